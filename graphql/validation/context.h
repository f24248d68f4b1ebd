#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "graphql/validation/validate.h"

namespace joinery::graphql::validation {

// What all rules of one Validate call share. Not thread-safe.
class Context {
 public:
  Context(const Schema& schema, const Document& document, const ValidationOptions& options)
      : schema_(schema), document_(document), options_(options) {}

  const Schema& schema() const { return schema_; }
  const Document& document() const { return document_; }

  void Report(Rule rule, std::string message, std::initializer_list<Location> locations) {
    if (!Wants(rule) || full()) return;
    errors_.push_back({.rule = rule, .message = std::move(message), .locations = locations});
  }
  bool Wants(Rule rule) const { return (options_.skip & ValidationOptions::Bit(rule)) == 0; }
  // No further error is kept; rules may stop.
  bool full() const { return errors_.size() >= options_.max_errors; }

  // Rules that may look at a node several times pay for each look. False, and an error once, when
  // the document asks for more than it can need.
  bool Spend(Rule rule, size_t looks);
  // Reports that the document nests or repeats more than a rule can follow.
  void TooComplex(Rule rule);

  std::vector<ValidationError> TakeErrors() && { return std::move(errors_); }

 private:
  static constexpr size_t kMaxLooks = 1'000'000;

  const Schema& schema_;
  const Document& document_;
  const ValidationOptions& options_;
  std::vector<ValidationError> errors_;
  size_t looks_ = 0;
};

// ` Did you mean "x"?`, or nothing when no candidate is near.
std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates);

// Calls `found(item, first)` for each item whose name an earlier item, `first`, has. Sorts where
// there are many: clients choose the names, and could choose ones that hash alike.
template <typename List, typename NameOf, typename Found>
void ForEachDuplicate(const List& items, NameOf name_of, Found found) {
  constexpr size_t kLinear = 12;
  if (items.size() <= kLinear) {
    for (size_t i = 1; i < items.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (name_of(items[i]) != name_of(items[j])) continue;
        found(items[i], items[j]);
        break;
      }
    }
    return;
  }
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto name_at = [&](size_t i) { return name_of(items[i]); };
  std::ranges::stable_sort(order, {}, name_at);
  std::vector<std::pair<size_t, size_t>> duplicates;  // Position, and the first of that name.
  for (size_t i = 1, first = 0; i < order.size(); ++i) {
    if (name_at(order[i]) != name_at(order[first])) {
      first = i;
    } else {
      duplicates.emplace_back(order[i], order[first]);
    }
  }
  std::ranges::sort(duplicates);
  for (const auto& [later, first] : duplicates) found(items[later], items[first]);
}

}  // namespace joinery::graphql::validation
