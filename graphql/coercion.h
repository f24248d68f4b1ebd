#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "json/value.h"

namespace joinery::graphql {

// Why a value does not fit its type.
struct CoercionError {
  std::string message;
  std::string variable;  // The variable concerned; empty for a literal.
  std::vector<std::variant<std::string, size_t>> path;  // Below the variable or literal.
  Location location;
};

struct CoercedVariables {
  json::Value values = json::Value::Object();  // By name; absent ones without default are absent.
  std::vector<CoercionError> errors;

  bool ok() const { return errors.empty(); }
};

// The specification's CoerceVariableValues (6.1.2): checks `raw` (an object or null) against the
// operation's variable definitions, applies defaults, wraps single values into lists where a list
// is wanted, and fills in input field defaults. Custom scalars take any JSON. Int takes whole
// numbers of 32 bits, ID strings and whole numbers. Variables of an unknown type are errors; values
// of no variable are left out. Members keep the order of the definitions.
CoercedVariables CoerceVariables(const Schema& schema, const ast::Operation& operation,
                                 const json::Value& raw);

// A literal as JSON by its type, with variables filled in from `variables` (coerced values, an
// object); an absent variable leaves its input field or argument out, and is null in a list.
// Appends to `errors` and returns nullopt when it does not fit.
std::optional<json::Value> CoerceLiteral(TypeRef type, const ast::Value& literal,
                                         const json::Value& variables,
                                         std::vector<CoercionError>& errors);

// A literal as JSON without any type: enums become strings, variables are filled in.
json::Value LiteralToJson(const ast::Value& literal, const json::Value& variables);

// The arguments of one field or directive as an object (the specification's CoerceArgumentValues,
// 6.4.1), defaults applied.
std::optional<json::Value> CoerceArguments(const NamedList<InputValueDefinition>& definitions,
                                           const NodeList<ast::Argument>& arguments,
                                           const json::Value& variables, Location location,
                                           std::vector<CoercionError>& errors);

}  // namespace joinery::graphql
