#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/remote_document.h"
#include "planner/consistency/remote_shape.h"

namespace joinery::planner {
namespace {

InconsistentObject::Member MemberOf(const RemoteSchema& remote,
                                    const metadata::RemoteSchemaPermission& permission) {
  json::Value definition = json::Value::Object({{"remote_schema", json::Value(remote.name)}});
  for (const auto& [name, value] : permission.definition.members()) definition.Set(name, value);
  return {.type = "remote_schema_permission",
          .name = StrCat("remote_schema_permission ", permission.role,
                         " permission in remote schema ", remote.name),
          .definition = std::move(definition)};
}

}  // namespace

RemotePermissionResult ReadRemotePermission(const graphql::Schema& upstream,
                                            const std::string& text) {
  RemotePermissionResult out;
  const graphql::ParseResult parsed = graphql::ParseTypeSystem(text);
  if (!parsed.ok()) {
    out.error = StrCat("not a valid schema document: ", parsed.error.message);
    return out;
  }
  std::vector<std::string> reasons = CheckRemoteDocument(*parsed.document, upstream);
  graphql::SchemaResult built;
  if (reasons.empty()) {
    built = graphql::BuildSchema(*parsed.document);
    for (const graphql::SchemaError& error : built.errors) reasons.push_back(error.message);
  }
  if (reasons.empty()) {
    ReadRemotePresets(*parsed.document, *built.schema, upstream, out.permission, reasons);
  }
  if (!reasons.empty()) {
    out.error = BecauseOf("validation for the given role-based schema failed", reasons);
    return out;
  }
  out.permission.text = text;
  out.permission.schema = std::move(built.schema);
  return out;
}

void AddRemotePermissions(Graph& graph, Inconsistencies& problems) {
  if (!graph.options.remote_schema_permissions) return;
  for (const auto& remote : graph.remote_schemas) {
    for (const metadata::RemoteSchemaPermission& metadata : remote->metadata->permissions) {
      RemotePermissionResult result = ReadRemotePermission(*remote->upstream, metadata.sdl);
      if (result.error.empty()) {
        result.error = RoleTypeClash(graph, metadata.role, *remote, result.permission);
      }
      if (!result.error.empty()) {
        problems.Add(MemberOf(*remote, metadata),
                     StrCat("in remote schema \"", remote->name, "\": in permission for role \"",
                            metadata.role, "\": ", result.error));
        continue;
      }
      graph.roles.insert(metadata.role);
      remote->permissions.emplace(metadata.role, std::move(result.permission));
    }
  }
}

}  // namespace joinery::planner
