#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "json/scan.h"
#include "json/value.h"
#include "plan/plan.h"

// An operation with its names bound to a role's schema, its fragments merged away and its values
// checked. Views point into the Document and the schema, which ResolvedOperation keeps alive.
namespace joinery::planner {

struct ResolvedMember;

// A value given to an argument, at any depth.
struct ResolvedValue {
  enum class Kind : uint8_t { kNull, kScalar, kEnum, kList, kObject };
  Kind kind = Kind::kNull;
  graphql::TypeRef type;
  // The value of a scalar; the name of an enum value (a string).
  json::Value scalar;
  const graphql::EnumValueDefinition* enum_value = nullptr;
  // Where the value came from, when it came in a variable: the same plan may meet another value
  // there.
  std::string_view variable;
  std::vector<json::PathStep> variable_path;
  std::vector<ResolvedValue> items;
  std::vector<ResolvedMember> members;  // In the order written.

  bool from_variable() const { return !variable.empty(); }
  const ResolvedValue* Find(std::string_view name) const;
};

// An argument, or a field of an input object, that was given.
struct ResolvedMember {
  const graphql::InputValueDefinition* definition = nullptr;
  ResolvedValue value;
};

struct ResolvedField;

// The fields below a field. Below an interface or union they are told per object type.
struct ResolvedSelection {
  std::vector<ResolvedField> fields;
  struct PerType {
    const graphql::ObjectType* type = nullptr;
    std::vector<ResolvedField> fields;
  };
  std::vector<PerType> by_type;  // Only where the parent is abstract; `fields` is then empty.
};

struct ResolvedField {
  std::string_view response_key;
  const graphql::FieldDefinition* definition = nullptr;
  const graphql::NamedType* parent = nullptr;
  std::vector<ResolvedMember> arguments;
  ResolvedSelection selection;
  std::vector<const graphql::ast::Field*> sources;  // As written.
  std::string path;                                 // "$.selectionSet.author"

  const ResolvedValue* argument(std::string_view name) const;
  bool is_typename() const { return definition->name == "__typename"; }
};

struct ResolvedOperation {
  std::shared_ptr<const graphql::Document> document;
  plan::OperationKind kind = plan::OperationKind::kQuery;
  std::vector<ResolvedField> fields;
  // @_multiple_top_level_fields: a subscription may have several.
  bool several_top_level_fields = false;
  // Of each variable that was used: what about it decides the plan.
  std::map<std::string, plan::VariableUse::Mode, std::less<>> variables;
  // Defaults of declared variables that have one, as JSON.
  std::map<std::string, json::Value, std::less<>> variable_defaults;
  // Declared types, as GraphQL text, for variables that are passed on.
  std::map<std::string, const graphql::ast::TypeNode*, std::less<>> variable_types;
  // Values with defaults applied, for introspection.
  json::Value variable_values;
};

}  // namespace joinery::planner
