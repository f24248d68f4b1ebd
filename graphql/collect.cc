#include "graphql/collect.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace joinery::graphql {

// One call of Collect: where the fields go, and what was seen.
struct FieldCollector::Call {
  const TypeConditionApplies& applies;
  std::vector<CollectedField>& out;
  size_t first;  // Of this call in `out`.
  // Once there are many. Ordered: clients choose the keys, and could choose ones that hash alike.
  std::map<std::string_view, size_t> position_of_key = {};
  std::unordered_set<const ast::FragmentDefinition*> visited = {};
  int nesting = 0;

  static constexpr size_t kLinear = 16;

  CollectedField& Slot(std::string_view key) {
    if (position_of_key.empty()) {
      const auto begin = out.begin() + static_cast<std::ptrdiff_t>(first);
      const auto found = std::find_if(
          begin, out.end(), [&](const CollectedField& field) { return field.response_key == key; });
      if (found != out.end()) return *found;
      if (out.size() - first < kLinear) return out.emplace_back(CollectedField{key, {}});
      for (size_t i = first; i < out.size(); ++i) position_of_key[out[i].response_key] = i;
    }
    const auto [at, is_new] = position_of_key.emplace(key, out.size());
    return is_new ? out.emplace_back(CollectedField{key, {}}) : out[at->second];
  }
};

FieldCollector::FieldCollector(const Document& document, BooleanVariable variables,
                               size_t max_selections)
    : document_(document), variables_(std::move(variables)), left_(max_selections) {}

bool FieldCollector::IsIncluded(const NodeList<ast::Directive>& directives) const {
  for (const ast::Directive& directive : directives) {
    const bool skip = directive.name == "skip";
    if (!skip && directive.name != "include") continue;
    for (const ast::Argument& argument : directive.arguments) {
      if (argument.name != "if") continue;
      std::optional<bool> value;
      if (argument.value.kind == ast::ValueKind::kBoolean) value = argument.value.boolean;
      if (argument.value.kind == ast::ValueKind::kVariable) value = variables_(argument.value.text);
      if (value.value_or(false) == skip) return false;
    }
  }
  return true;
}

bool FieldCollector::VisitFragment(const ast::SelectionSet& selections, Call& call) {
  if (call.nesting >= kMaxFragmentNesting) return false;
  ++call.nesting;
  const bool complete = Visit(selections, call);
  --call.nesting;
  return complete;
}

bool FieldCollector::Visit(const ast::SelectionSet& selections, Call& call) {
  for (const ast::Selection& selection : selections) {
    if (left_ == 0) return false;
    --left_;
    if (const ast::Field* field = selection.field()) {
      if (IsIncluded(field->directives)) call.Slot(field->response_key()).fields.push_back(field);
    } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
      if (!IsIncluded(fragment->directives)) continue;
      if (!fragment->type_condition.empty() && !call.applies(fragment->type_condition)) continue;
      if (!VisitFragment(fragment->selections, call)) return false;
    } else {
      if (!IsIncluded(selection.spread()->directives)) continue;
      const ast::FragmentDefinition* named = document_.fragment(selection.spread()->name);
      if (named == nullptr || !call.visited.insert(named).second) continue;
      if (!call.applies(named->type_condition)) continue;
      if (!VisitFragment(named->selections, call)) return false;
    }
  }
  return true;
}

bool FieldCollector::Collect(const ast::SelectionSet& selections,
                             const TypeConditionApplies& applies,
                             std::vector<CollectedField>& out) {
  Call call{applies, out, out.size()};
  return Visit(selections, call);
}

bool FieldCollector::CollectSubfields(std::span<const ast::Field* const> fields,
                                      const TypeConditionApplies& applies,
                                      std::vector<CollectedField>& out) {
  Call call{applies, out, out.size()};
  return std::ranges::all_of(
      fields, [&](const ast::Field* field) { return Visit(field->selections, call); });
}

namespace {

TypeConditionApplies AppliesTo(const Schema& schema, const ObjectType& object) {
  return [&schema, &object](std::string_view condition) {
    if (condition == object.name) return true;
    const NamedType* type = schema.type(condition);
    return type != nullptr && type->is_abstract() && type->MayBe(object);
  };
}

}  // namespace

bool FieldCollector::Collect(const Schema& schema, const ObjectType& object,
                             const ast::SelectionSet& selections,
                             std::vector<CollectedField>& out) {
  return Collect(selections, AppliesTo(schema, object), out);
}

bool FieldCollector::CollectSubfields(const Schema& schema, const ObjectType& object,
                                      std::span<const ast::Field* const> fields,
                                      std::vector<CollectedField>& out) {
  return CollectSubfields(fields, AppliesTo(schema, object), out);
}

}  // namespace joinery::graphql
