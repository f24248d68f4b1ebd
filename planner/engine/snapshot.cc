#include "planner/engine/snapshot.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "planner/consistency/changed_roles.h"
#include "planner/schema/role_schema.h"

namespace joinery::planner {
namespace {

bool SameMember(const json::Value& a, const json::Value& b, std::string_view name) {
  const json::Value* one = a.Find(name);
  const json::Value* other = b.Find(name);
  return one == nullptr || other == nullptr ? one == other : *one == *other;
}

// What is looked at when a plan is made, besides the role's schema.
bool SameRules(const json::Value& a, const json::Value& b, bool allow_list) {
  constexpr std::array<std::string_view, 2> kAllowed = {"allowlist", "query_collections"};
  return SameMember(a, b, "graphql_schema_introspection") &&
         (!allow_list || std::ranges::all_of(kAllowed, [&](std::string_view name) {
           return SameMember(a, b, name);
         }));
}

}  // namespace

std::shared_ptr<const RoleSchema> Snapshot::WholeSchemaOf(const std::string& role,
                                                          bool backend) const {
  return BuildRoleSchema(*graph, role, graph->options, backend);
}

plan::NewVersion ChangeOf(const Snapshot& before, const Snapshot& after, bool allow_list) {
  plan::NewVersion out{.schema_version = after.version};
  if (!SameRules(before.document, after.document, allow_list)) return out;
  ChangedRoles changed = RolesThatDiffer(*before.graph, *after.graph);
  if (changed.all) return out;
  out.previous = before.version;
  out.changed_roles = std::move(changed.roles);
  return out;
}

}  // namespace joinery::planner
