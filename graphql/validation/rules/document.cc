#include <unordered_set>

#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

Location LocationOf(const ast::Definition& definition) {
  if (definition.schema != nullptr) return definition.schema->location;
  if (definition.type != nullptr) return definition.type->location;
  return definition.directive->location;
}

std::string NameOf(const ast::Definition& definition) {
  if (definition.schema != nullptr) return "schema";
  if (definition.type != nullptr) return StrCat('"', definition.type->name, '"');
  return StrCat("\"@", definition.directive->name, '"');
}

void CheckExecutable(Context& context) {
  for (const ast::Definition& definition : context.document().definitions()) {
    if (definition.operation != nullptr || definition.fragment != nullptr) continue;
    context.Report(Rule::kExecutableDefinitions,
                   StrCat("The ", NameOf(definition), " definition is not executable."),
                   {LocationOf(definition)});
  }
}

void CheckOperationNames(Context& context) {
  const auto& operations = context.document().operations();
  std::vector<const ast::Operation*> named;
  for (const ast::Operation* operation : operations) {
    if (!operation->name.empty()) {
      named.push_back(operation);
    } else if (operations.size() > 1) {
      context.Report(Rule::kLoneAnonymousOperation,
                     "This anonymous operation must be the only defined operation.",
                     {operation->location});
    }
  }
  ForEachDuplicate(
      named, [](const ast::Operation* operation) { return operation->name; },
      [&](const ast::Operation* operation, const ast::Operation* first) {
        context.Report(Rule::kUniqueOperationNames,
                       StrCat("There can be only one operation named \"", operation->name, "\"."),
                       {first->location, operation->location});
      });
}

void CheckRoots(Context& context) {
  for (const ast::Operation* operation : context.document().operations()) {
    if (context.schema().root(operation->kind) != nullptr) continue;
    context.Report(Rule::kRootTypes,
                   StrCat("The schema has no root type for ", OperationKindName(operation->kind),
                          " operations."),
                   {operation->location});
  }
}

// The fields at the root of a subscription, fragments included.
class SubscriptionRoot {
 public:
  SubscriptionRoot(Context& context, const ast::Operation& operation)
      : context_(context), operation_(operation) {}

  void Check() {
    VisitAll();
    const std::string name = operation_.name.empty()
                                 ? std::string("Anonymous Subscription")
                                 : StrCat("Subscription \"", operation_.name, '"');
    if (second_ != nullptr) {
      context_.Report(Rule::kSingleFieldSubscriptions,
                      StrCat(name, " must select only one top level field."), {second_->location});
    }
    if (meta_ != nullptr) {
      context_.Report(Rule::kSingleFieldSubscriptions,
                      StrCat(name, " must not select an introspection top level field."),
                      {meta_->location});
    }
  }

 private:
  // Follows fragments with a stack of its own: their chains can be as long as the document.
  void VisitAll() {
    std::vector<const ast::SelectionSet*> waiting{&operation_.selections};
    while (!waiting.empty()) {
      const ast::SelectionSet& selections = *waiting.back();
      waiting.pop_back();
      Visit(selections, waiting);
    }
  }

  void Visit(const ast::SelectionSet& selections, std::vector<const ast::SelectionSet*>& waiting) {
    for (const ast::Selection& selection : selections) {
      if (const ast::Field* field = selection.field()) {
        Add(*field);
      } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
        waiting.push_back(&fragment->selections);
      } else {
        const ast::FragmentDefinition* named =
            context_.document().fragment(selection.spread()->name);
        if (named != nullptr && visited_.insert(named).second) {
          waiting.push_back(&named->selections);
        }
      }
    }
  }

  void Add(const ast::Field& field) {
    if (first_ == nullptr) first_ = &field;
    if (second_ == nullptr && field.response_key() != first_->response_key()) second_ = &field;
    if (meta_ == nullptr && field.name.starts_with("__")) meta_ = &field;
  }

  Context& context_;
  const ast::Operation& operation_;
  std::unordered_set<const ast::FragmentDefinition*> visited_;
  const ast::Field* first_ = nullptr;
  const ast::Field* second_ = nullptr;
  const ast::Field* meta_ = nullptr;
};

}  // namespace

void CheckDocument(Context& context) {
  CheckExecutable(context);
  CheckOperationNames(context);
  CheckRoots(context);
  for (const ast::Operation* operation : context.document().operations()) {
    if (operation->kind != ast::OperationKind::kSubscription) continue;
    if (!context.Spend(Rule::kSingleFieldSubscriptions, context.document().fragments().size())) {
      return;
    }
    SubscriptionRoot(context, *operation).Check();
  }
}

}  // namespace joinery::graphql::validation
