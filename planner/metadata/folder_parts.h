#pragma once

#include <array>
#include <string_view>

namespace joinery::metadata {

// The files of a metadata folder that hold one member of the document each, in the order of the
// document.
struct FolderPart {
  std::string_view file;
  std::string_view member;
  std::string_view empty;  // What the file says when the document has no such member.
};

inline constexpr std::array<FolderPart, 12> kFolderParts = {
    {{"remote_schemas.yaml", "remote_schemas", "[]\n"},
     {"query_collections.yaml", "query_collections", "[]\n"},
     {"allow_list.yaml", "allowlist", "[]\n"},
     {"cron_triggers.yaml", "cron_triggers", "[]\n"},
     {"rest_endpoints.yaml", "rest_endpoints", "[]\n"},
     {"api_limits.yaml", "api_limits", "{}\n"},
     {"metrics_config.yaml", "metrics_config", "{}\n"},
     {"inherited_roles.yaml", "inherited_roles", "[]\n"},
     {"graphql_schema_introspection.yaml", "graphql_schema_introspection",
      "disabled_for_roles: []\n"},
     {"network.yaml", "network", "{}\n"},
     {"backend_configs.yaml", "backend_configs", "{}\n"},
     {"opentelemetry.yaml", "opentelemetry", "{}\n"}}};

// Members that no file of the CLI holds: kept here, so that nothing is lost.
inline constexpr std::string_view kOtherParts = "other.yaml";

}  // namespace joinery::metadata
