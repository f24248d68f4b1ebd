#include "planner/engine/snapshot.h"

#include "planner/schema/role_schema.h"

namespace joinery::planner {

std::shared_ptr<const RoleSchema> Snapshot::SchemaOf(const std::string& role, bool backend) const {
  // Roles that exist only in requests must not fill the memory: they share one empty schema.
  const bool known =
      role == "admin" || graph->roles.contains(role) || graph->inherited_roles.contains(role);
  const std::string& name = known ? role : kNobody;
  // Roles without such permissions look the same to both.
  const bool more =
      backend && (graph->backend_roles.contains(name) || graph->inherited_roles.contains(name));
  std::lock_guard lock(mutex_);
  std::shared_ptr<const RoleSchema>& schema = schemas_[{name, more}];
  if (schema == nullptr) schema = BuildRoleSchema(*graph, name, options_, more);
  return schema;
}

}  // namespace joinery::planner
