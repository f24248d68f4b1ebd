#include "graphql/limits.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

namespace joinery::graphql {
namespace {

constexpr size_t kUnlimited = SIZE_MAX;

constexpr OperationCost kEverything = {kUnlimited, kUnlimited, kUnlimited, kUnlimited, kUnlimited};

size_t Add(size_t a, size_t b) { return a > kUnlimited - b ? kUnlimited : a + b; }

// Measures selection sets; what a fragment costs is computed once and remembered.
class Meter {
 public:
  explicit Meter(const Document& document) : document_(document) {}

  OperationCost Selections(const ast::SelectionSet& selections);

 private:
  static constexpr int kMaxDepth = 2000;  // Of this recursion; what nests deeper is unlimited.

  OperationCost One(const ast::Selection& selection);
  OperationCost Fragment(std::string_view name);

  struct Known {
    bool done = false;
    OperationCost cost;
  };

  const Document& document_;
  int depth_ = 0;
  std::unordered_map<const ast::FragmentDefinition*, Known> fragments_;
};

OperationCost Meter::Fragment(std::string_view name) {
  const ast::FragmentDefinition* fragment = document_.fragment(name);
  if (fragment == nullptr) return {};
  const auto [at, is_new] = fragments_.emplace(fragment, Known{});
  if (!is_new) {
    if (at->second.done) return at->second.cost;
    return kEverything;  // A cycle.
  }
  OperationCost cost = Selections(fragment->selections);
  cost.directives = Add(cost.directives, fragment->directives.size());
  fragments_[fragment] = {.done = true, .cost = cost};
  return cost;
}

OperationCost Meter::One(const ast::Selection& selection) {
  if (const ast::Field* field = selection.field()) {
    OperationCost cost = Selections(field->selections);
    cost.depth = Add(cost.depth, 1);
    cost.fields = Add(cost.fields, 1);
    cost.aliases = Add(cost.aliases, field->alias.empty() ? 0 : 1);
    cost.directives = Add(cost.directives, field->directives.size());
    cost.root_fields = 1;
    return cost;
  }
  const ast::InlineFragment* inlined = selection.inline_fragment();
  const ast::FragmentSpread* spread = selection.spread();
  OperationCost cost =
      inlined != nullptr ? Selections(inlined->selections) : Fragment(spread->name);
  cost.directives = Add(
      cost.directives, inlined != nullptr ? inlined->directives.size() : spread->directives.size());
  return cost;
}

OperationCost Meter::Selections(const ast::SelectionSet& selections) {
  if (depth_ >= kMaxDepth) return kEverything;
  ++depth_;
  OperationCost sum;
  for (const ast::Selection& selection : selections) {
    const OperationCost cost = One(selection);
    sum.depth = std::max(sum.depth, cost.depth);
    sum.fields = Add(sum.fields, cost.fields);
    sum.aliases = Add(sum.aliases, cost.aliases);
    sum.root_fields = Add(sum.root_fields, cost.root_fields);
    sum.directives = Add(sum.directives, cost.directives);
  }
  --depth_;
  return sum;
}

}  // namespace

OperationCost MeasureOperation(const Document& document, const ast::Operation& operation) {
  OperationCost cost = Meter(document).Selections(operation.selections);
  cost.directives = Add(cost.directives, operation.directives.size());
  for (const ast::VariableDefinition& variable : operation.variables) {
    cost.directives = Add(cost.directives, variable.directives.size());
  }
  return cost;
}

std::optional<LimitExceeded> CheckLimits(const OperationCost& cost, const OperationLimits& limits) {
  const auto broken = [](size_t limit, size_t actual) { return limit != 0 && actual > limit; };
  if (broken(limits.max_depth, cost.depth)) {
    return LimitExceeded{"depth", limits.max_depth, cost.depth};
  }
  if (broken(limits.max_aliases, cost.aliases)) {
    return LimitExceeded{"aliases", limits.max_aliases, cost.aliases};
  }
  if (broken(limits.max_root_fields, cost.root_fields)) {
    return LimitExceeded{"root fields", limits.max_root_fields, cost.root_fields};
  }
  if (broken(limits.max_directives, cost.directives)) {
    return LimitExceeded{"directives", limits.max_directives, cost.directives};
  }
  return std::nullopt;
}

}  // namespace joinery::graphql
