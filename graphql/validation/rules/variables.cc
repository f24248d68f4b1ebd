#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "graphql/printer.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

// One place where a variable stands.
struct Use {
  const ast::Value* value;
  TypeRef expected;  // Empty: unknown.
  bool has_default;
};

// What an operation or a fragment uses by itself.
struct Uses {
  std::vector<Use> variables;
  std::vector<const ast::FragmentSpread*> spreads;
};

struct Declared {
  const ast::VariableDefinition* definition;
  TypeRef type;
  bool used = false;

  std::string_view name() const { return definition->name; }
};

// The variables of one operation, sorted by name; of equal names the first is found.
class DeclaredVariables {
 public:
  DeclaredVariables(const Schema& schema, const ast::Operation& operation) {
    for (const ast::VariableDefinition& variable : operation.variables) {
      sorted_.push_back({.definition = &variable, .type = schema.Resolve(*variable.type)});
    }
    std::ranges::stable_sort(sorted_, {}, &Declared::name);
  }

  Declared* Find(std::string_view name) {
    const auto at = std::ranges::lower_bound(sorted_, name, {}, &Declared::name);
    return at != sorted_.end() && at->name() == name ? &*at : nullptr;
  }

 private:
  std::vector<Declared> sorted_;
};

class VariableRulesImpl : public VariableRules {
 public:
  explicit VariableRulesImpl(Context& context) : context_(context) {}

  void EnterOperation(const ast::Operation& operation) override {
    operations_.push_back({.operation = &operation, .uses = {}});
    current_ = nullptr;
    CheckUnique(operation);
  }

  void EnterFragment(const ast::FragmentDefinition& fragment, const NamedType*) override {
    current_ = &fragments_[&fragment];
  }

  void OnVariableDefinition(const ast::VariableDefinition& variable, TypeRef type) override {
    if (type && type.named()->is_input()) return;
    context_.Report(
        Rule::kVariablesAreInputTypes,
        StrCat("Variable \"$", variable.name, "\" cannot be of ", type ? "non-input" : "unknown",
               " type \"", ToString(*variable.type), "\"."),
        {variable.type->location});
  }

  void OnSpread(const ast::FragmentSpread& spread, const NamedType*) override {
    Current().spreads.push_back(&spread);
  }

  void OnValue(const ast::Value& value, TypeRef expected, bool has_default) override {
    if (value.kind != ast::ValueKind::kVariable) return;
    Current().variables.push_back({&value, expected, has_default});
  }

  void CheckUses() override {
    for (const OperationUses& each : operations_) CheckOperation(each);
  }

 private:
  struct OperationUses {
    const ast::Operation* operation;
    Uses uses;
  };

  Uses& Current() { return current_ != nullptr ? *current_ : operations_.back().uses; }

  void CheckUnique(const ast::Operation& operation) {
    ForEachDuplicate(
        operation.variables, [](const ast::VariableDefinition& variable) { return variable.name; },
        [&](const ast::VariableDefinition& variable, const ast::VariableDefinition& first) {
          context_.Report(Rule::kUniqueVariableNames,
                          StrCat("There can be only one variable named \"$", variable.name, "\"."),
                          {first.location, variable.location});
        });
  }

  void CheckOperation(const OperationUses& each);
  void CheckUse(const ast::Operation& operation, const Use& use, Declared* variable);
  bool IsAllowed(const Declared& variable, const Use& use) const;
  static std::string In(const ast::Operation& operation, std::string_view preposition) {
    if (operation.name.empty()) return {};
    return StrCat(' ', preposition, " operation \"", operation.name, '"');
  }

  Context& context_;
  std::vector<OperationUses> operations_;
  std::unordered_map<const ast::FragmentDefinition*, Uses> fragments_;
  Uses* current_ = nullptr;  // nullptr: the last operation.
};

// 5.8.5, IsVariableUsageAllowed.
bool VariableRulesImpl::IsAllowed(const Declared& variable, const Use& use) const {
  if (!use.expected.is_non_null() || variable.type.is_non_null()) {
    return context_.schema().IsSubtype(variable.type, use.expected);
  }
  const ast::Value* by_default = variable.definition->default_value;
  const bool has_value = by_default != nullptr && by_default->kind != ast::ValueKind::kNull;
  return (has_value || use.has_default) &&
         context_.schema().IsSubtype(variable.type, use.expected.Unwrapped());
}

void VariableRulesImpl::CheckUse(const ast::Operation& operation, const Use& use,
                                 Declared* variable) {
  const std::string_view name = use.value->text;
  if (variable == nullptr) {
    context_.Report(Rule::kUndefinedVariables,
                    StrCat("Variable \"$", name, "\" is not defined", In(operation, "by"), '.'),
                    {use.value->location, operation.location});
    return;
  }
  variable->used = true;
  if (!variable->type || !use.expected || IsAllowed(*variable, use)) return;
  context_.Report(
      Rule::kVariableUsages,
      StrCat("Variable \"$", name, "\" of type \"", TypeRefToString(variable->type),
             "\" used in position expecting type \"", TypeRefToString(use.expected), "\"."),
      {use.value->location, variable->definition->location});
}

void VariableRulesImpl::CheckOperation(const OperationUses& each) {
  DeclaredVariables declared(context_.schema(), *each.operation);
  std::unordered_set<const ast::FragmentDefinition*> visited;
  std::vector<const Uses*> waiting{&each.uses};
  while (!waiting.empty() && !context_.full()) {
    const Uses& uses = *waiting.back();
    waiting.pop_back();
    if (!context_.Spend(Rule::kUndefinedVariables, uses.variables.size() + uses.spreads.size())) {
      return;
    }
    for (const Use& use : uses.variables) {
      CheckUse(*each.operation, use, declared.Find(use.value->text));
    }
    for (const ast::FragmentSpread* spread : uses.spreads) {
      const ast::FragmentDefinition* fragment = context_.document().fragment(spread->name);
      if (fragment == nullptr || !visited.insert(fragment).second) continue;
      if (const auto at = fragments_.find(fragment); at != fragments_.end()) {
        waiting.push_back(&at->second);
      }
    }
  }
  for (const ast::VariableDefinition& variable : each.operation->variables) {
    if (declared.Find(variable.name)->used) continue;
    context_.Report(
        Rule::kUnusedVariables,
        StrCat("Variable \"$", variable.name, "\" is never used", In(*each.operation, "in"), '.'),
        {variable.location});
  }
}

}  // namespace

std::unique_ptr<VariableRules> MakeVariableRules(Context& context) {
  return std::make_unique<VariableRulesImpl>(context);
}

}  // namespace joinery::graphql::validation
