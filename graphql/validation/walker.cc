#include "graphql/validation/walker.h"

namespace joinery::graphql::validation {
namespace {

class Walker {
 public:
  Walker(const Context& context, const std::vector<std::unique_ptr<Visitor>>& visitors)
      : context_(context), schema_(context.schema()), visitors_(visitors) {}

  void Operation(const ast::Operation& operation);
  void Fragment(const ast::FragmentDefinition& fragment);

 private:
  void Selections(const ast::SelectionSet& selections, const NamedType* parent);
  void Field(const ast::Field& field, const NamedType* parent);
  void Spread(const ast::FragmentSpread& spread, const NamedType* parent);
  void Inline(const ast::InlineFragment& fragment, const NamedType* parent);
  void Directives(const NodeList<ast::Directive>& directives, DirectiveLocation location);
  void Arguments(const NodeList<ast::Argument>& arguments, const ArgumentsOwner& owner);
  void Value(const ast::Value& value, TypeRef expected, bool has_default);

  template <typename Call>
  void Show(Call call) {
    for (const auto& visitor : visitors_) call(*visitor);
  }

  const Context& context_;
  const Schema& schema_;
  const std::vector<std::unique_ptr<Visitor>>& visitors_;
};

DirectiveLocation LocationOf(ast::OperationKind kind) {
  switch (kind) {
    case ast::OperationKind::kQuery:
      return DirectiveLocation::kQuery;
    case ast::OperationKind::kMutation:
      return DirectiveLocation::kMutation;
    case ast::OperationKind::kSubscription:
      return DirectiveLocation::kSubscription;
  }
  return DirectiveLocation::kQuery;
}

void Walker::Operation(const ast::Operation& operation) {
  Show([&](Visitor& visitor) { visitor.EnterOperation(operation); });
  for (const ast::VariableDefinition& variable : operation.variables) {
    const TypeRef type = schema_.Resolve(*variable.type);
    Show([&](Visitor& visitor) { visitor.OnVariableDefinition(variable, type); });
    if (variable.default_value != nullptr) {
      Value(*variable.default_value, type && type.named()->is_input() ? type : TypeRef(), false);
    }
    Directives(variable.directives, DirectiveLocation::kVariableDefinition);
  }
  Directives(operation.directives, LocationOf(operation.kind));
  Selections(operation.selections, schema_.root(operation.kind));
}

void Walker::Fragment(const ast::FragmentDefinition& fragment) {
  const NamedType* type = schema_.type(fragment.type_condition);
  Show([&](Visitor& visitor) { visitor.EnterFragment(fragment, type); });
  Directives(fragment.directives, DirectiveLocation::kFragmentDefinition);
  Selections(fragment.selections, type);
}

void Walker::Selections(const ast::SelectionSet& selections, const NamedType* parent) {
  for (const ast::Selection& selection : selections) {
    if (context_.full()) return;
    if (const ast::Field* field = selection.field()) {
      Field(*field, parent);
    } else if (const ast::FragmentSpread* spread = selection.spread()) {
      Spread(*spread, parent);
    } else {
      Inline(*selection.inline_fragment(), parent);
    }
  }
}

void Walker::Field(const ast::Field& field, const NamedType* parent) {
  const FieldDefinition* definition =
      parent == nullptr ? nullptr : schema_.FieldOf(*parent, field.name);
  Show([&](Visitor& visitor) { visitor.OnField(field, parent, definition); });
  Arguments(field.arguments,
            {.name = field.name,
             .parent = parent,
             .location = field.location,
             .definitions = definition == nullptr ? nullptr : &definition->arguments});
  Directives(field.directives, DirectiveLocation::kField);
  Selections(field.selections, definition == nullptr ? nullptr : definition->type.named());
}

void Walker::Spread(const ast::FragmentSpread& spread, const NamedType* parent) {
  Show([&](Visitor& visitor) { visitor.OnSpread(spread, parent); });
  Directives(spread.directives, DirectiveLocation::kFragmentSpread);
}

void Walker::Inline(const ast::InlineFragment& fragment, const NamedType* parent) {
  const NamedType* type =
      fragment.type_condition.empty() ? parent : schema_.type(fragment.type_condition);
  Show([&](Visitor& visitor) { visitor.OnInlineFragment(fragment, parent, type); });
  Directives(fragment.directives, DirectiveLocation::kInlineFragment);
  Selections(fragment.selections, type);
}

void Walker::Directives(const NodeList<ast::Directive>& directives, DirectiveLocation location) {
  Show([&](Visitor& visitor) { visitor.OnDirectives(directives, location); });
  for (const ast::Directive& directive : directives) {
    const DirectiveDefinition* definition = schema_.directive(directive.name);
    Arguments(directive.arguments,
              {.name = directive.name,
               .parent = nullptr,
               .location = directive.location,
               .definitions = definition == nullptr ? nullptr : &definition->arguments});
  }
}

void Walker::Arguments(const NodeList<ast::Argument>& arguments, const ArgumentsOwner& owner) {
  if (owner.definitions != nullptr) {
    Show([&](Visitor& visitor) { visitor.OnArguments(arguments, owner); });
  }
  for (const ast::Argument& argument : arguments) {
    const InputValueDefinition* definition =
        owner.definitions == nullptr ? nullptr : owner.definitions->Find(argument.name);
    if (definition == nullptr) {
      Value(argument.value, TypeRef(), false);
    } else {
      Value(argument.value, definition->type, definition->has_default());
    }
  }
}

void Walker::Value(const ast::Value& value, TypeRef expected, bool has_default) {
  // A single value stands for a list of one.
  if (expected && value.kind != ast::ValueKind::kList && value.kind != ast::ValueKind::kVariable &&
      value.kind != ast::ValueKind::kNull) {
    while (expected.is_any_list()) expected = expected.Item();
  }
  Show([&](Visitor& visitor) { visitor.OnValue(value, expected, has_default); });
  const TypeRef item = expected && expected.is_any_list() ? expected.Item() : TypeRef();
  for (const ast::Value& each : value.items) Value(each, item, false);

  const InputObjectType* object =
      expected && !expected.is_any_list() ? expected.named()->AsInputObject() : nullptr;
  for (const ast::ObjectField& field : value.fields) {
    const InputValueDefinition* definition =
        object == nullptr ? nullptr : object->field(field.name);
    if (definition == nullptr) {
      Value(field.value, TypeRef(), false);
    } else {
      Value(field.value, definition->type, definition->has_default());
    }
  }
}

}  // namespace

void Walk(const Context& context, const std::vector<std::unique_ptr<Visitor>>& visitors) {
  Walker walker(context, visitors);
  for (const ast::Definition& definition : context.document().definitions()) {
    if (context.full()) return;
    if (definition.operation != nullptr) walker.Operation(*definition.operation);
    if (definition.fragment != nullptr) walker.Fragment(*definition.fragment);
  }
}

}  // namespace joinery::graphql::validation
