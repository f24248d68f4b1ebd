#pragma once

#include <memory>
#include <string>

#include "planner/catalog/options.h"
#include "planner/consistency/graph.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// The GraphQL schema of one role, with the meaning of each field and input. Deny by default: a role
// that may do nothing gets a schema with the field `no_queries_available` alone. Costs time linear
// in what the role may see; made when the role is first used, then shared. `graph` may die
// afterwards. `backend`: with what permissions keep for requests of a backend (`backend_only`).
std::shared_ptr<const RoleSchema> BuildRoleSchema(const Graph& graph, const std::string& role,
                                                  const SchemaOptions& options,
                                                  bool backend = false);

}  // namespace joinery::planner
