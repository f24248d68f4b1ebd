#pragma once

#include <cstdint>

namespace joinery::planner {

enum class NamingConvention : uint8_t { kHasuraDefault, kGraphqlDefault };

// What of the engine's configuration decides the graph and the schemas of roles.
struct SchemaOptions {
  // bigint, numeric and float8 are JSON strings (HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES).
  bool stringify_numeric_types = false;
  // Off: every role sees all of every remote schema.
  bool remote_schema_permissions = false;
  // Non-volatile functions are there for whoever may select from their table.
  bool infer_function_permissions = true;
  // Of sources that do not say.
  NamingConvention default_naming_convention = NamingConvention::kHasuraDefault;
  // Experimental feature `naming_convention`: without it a source's own convention does not count.
  bool naming_convention_enabled = true;
  // Columns of array types are lists of the element's type instead of scalars named `_int4`.
  bool array_columns_are_lists = true;

  friend bool operator==(const SchemaOptions&, const SchemaOptions&) = default;
};

}  // namespace joinery::planner
