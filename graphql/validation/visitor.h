#pragma once

#include "graphql/ast.h"
#include "graphql/type_system.h"

namespace joinery::graphql::validation {

// Where a list of arguments stands: on a field or on a directive.
struct ArgumentsOwner {
  std::string_view name;    // Of the field or directive.
  const NamedType* parent;  // The field's; nullptr for a directive.
  Location location;
  const NamedList<InputValueDefinition>* definitions;
};

// A rule that looks at nodes one at a time. The walk visits each node of the document once, in the
// order written, with its types; a type or definition that is unknown is nullptr (TypeRef: empty).
class Visitor {
 public:
  virtual ~Visitor() = default;

  virtual void EnterOperation(const ast::Operation&) {}
  virtual void EnterFragment(const ast::FragmentDefinition&, const NamedType* /*type*/) {}
  virtual void OnVariableDefinition(const ast::VariableDefinition&, TypeRef /*type*/) {}
  virtual void OnField(const ast::Field&, const NamedType* /*parent*/,
                       const FieldDefinition* /*definition*/) {}
  virtual void OnSpread(const ast::FragmentSpread&, const NamedType* /*parent*/) {}
  virtual void OnInlineFragment(const ast::InlineFragment&, const NamedType* /*parent*/,
                                const NamedType* /*type*/) {}
  // Also for empty lists.
  virtual void OnDirectives(const NodeList<ast::Directive>&, DirectiveLocation) {}
  // Also for empty lists; only where the definition is known.
  virtual void OnArguments(const NodeList<ast::Argument>&, const ArgumentsOwner&) {}
  // Every value, nested ones after what they are in. `expected` is empty below custom scalars and
  // where nothing is known. `has_default`: the place has a default value.
  virtual void OnValue(const ast::Value&, TypeRef /*expected*/, bool /*has_default*/) {}
};

}  // namespace joinery::graphql::validation
