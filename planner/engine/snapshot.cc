#include "planner/engine/snapshot.h"

#include "planner/schema/role_schema.h"

namespace joinery::planner {

std::shared_ptr<const RoleSchema> Snapshot::WholeSchemaOf(const std::string& role,
                                                          bool backend) const {
  return BuildRoleSchema(*graph, role, graph->options, backend);
}

}  // namespace joinery::planner
