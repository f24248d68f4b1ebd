#include "planner/diff/role_diff.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/strings.h"
#include "planner/diff/schema_diff.h"
#include "planner/schema/role_schema.h"

namespace joinery::planner {
namespace {

using plan::SchemaChange;

// What stands in a query root without fields.
constexpr std::string_view kPlaceholder = ".no_queries_available";

SchemaChange RoleChange(bool added, const std::string& role) {
  return {.severity = added ? SchemaChange::Severity::kSafe : SchemaChange::Severity::kBreaking,
          .kind = added ? "ROLE_ADDED" : "ROLE_REMOVED",
          .coordinate = StrCat("role ", role),
          .message = added ? StrCat("role \"", role, "\" has permissions now")
                           : StrCat("role \"", role, "\" has no permissions any more")};
}

std::vector<SchemaChange> CompareRole(const RoleSchemas& before, const RoleSchemas& after,
                                      const std::string& role) {
  const bool was = before.roles.contains(role);
  const bool is = after.roles.contains(role);
  if (was != is) return {RoleChange(is, role)};
  const auto old_schema = before.schema_of(role);
  const auto new_schema = after.schema_of(role);
  if (old_schema == nullptr || new_schema == nullptr) return {};
  std::vector<SchemaChange> changes = CompareSchemas(*old_schema, *new_schema);
  std::erase_if(changes, [](const SchemaChange& change) {
    return change.coordinate.ends_with(kPlaceholder);
  });
  return changes;
}

}  // namespace

RoleSchemas SchemasOf(const Graph& graph, const SchemaOptions& options) {
  RoleSchemas out;
  out.roles = graph.roles;
  out.roles.insert("admin");
  for (const auto& [role, parents] : graph.inherited_roles) out.roles.insert(role);
  out.schema_of = [&graph, options](const std::string& role) {
    return BuildRoleSchema(graph, role, options)->schema;
  };
  return out;
}

std::vector<SchemaChange> CompareRoles(const RoleSchemas& before, const RoleSchemas& after,
                                       const std::vector<std::string>& roles) {
  std::set<std::string, std::less<>> all = before.roles;
  all.insert(after.roles.begin(), after.roles.end());
  using Key = std::tuple<SchemaChange::Severity, std::string, std::string, std::string>;
  std::map<Key, SchemaChange> merged;
  for (const std::string& role : all) {
    if (!roles.empty() && std::ranges::find(roles, role) == roles.end()) continue;
    for (SchemaChange& change : CompareRole(before, after, role)) {
      Key key{change.severity, change.coordinate, change.kind, change.message};
      merged.emplace(std::move(key), std::move(change)).first->second.roles.push_back(role);
    }
  }
  std::vector<SchemaChange> out;
  for (auto& [key, change] : merged) out.push_back(std::move(change));
  return out;
}

}  // namespace joinery::planner
