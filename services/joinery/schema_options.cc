#include "services/joinery/schema_options.h"

#include <string>

namespace joinery {

planner::SchemaOptions ReadSchemaOptions(kit::Settings& settings) {
  planner::SchemaOptions out;
  out.stringify_numeric_types = settings.Bool("", "HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES", false);
  out.remote_schema_permissions =
      settings.Bool("", "HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS", false);
  out.infer_function_permissions =
      settings.Bool("", "HASURA_GRAPHQL_INFER_FUNCTION_PERMISSIONS", true);
  const std::string convention =
      settings.Text("", "HASURA_GRAPHQL_DEFAULT_NAMING_CONVENTION", "hasura-default");
  if (convention == "graphql-default") {
    out.default_naming_convention = planner::NamingConvention::kGraphqlDefault;
  } else if (convention != "hasura-default") {
    settings.AddMistake(
        "Environment variable HASURA_GRAPHQL_DEFAULT_NAMING_CONVENTION: expected hasura-default or "
        "graphql-default");
  }
  return out;
}

}  // namespace joinery
