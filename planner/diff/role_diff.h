#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "graphql/type_system.h"
#include "plan/schema_change.h"
#include "planner/catalog/options.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// The schemas of all roles, each made when it is asked for.
struct RoleSchemas {
  std::set<std::string, std::less<>> roles;  // "admin" among them.
  std::function<std::shared_ptr<const graphql::Schema>(const std::string& role)> schema_of;
};

// Those of a graph; it must outlive them.
RoleSchemas SchemasOf(const Graph& graph, const SchemaOptions& options);

// What changes for the clients of each role. Equal changes of several roles are one. A role that
// comes or goes is one change, not one per field. `roles`: only these; empty: all. Sorted by
// severity, coordinate, kind.
std::vector<plan::SchemaChange> CompareRoles(const RoleSchemas& before, const RoleSchemas& after,
                                             const std::vector<std::string>& roles = {});

}  // namespace joinery::planner
