#pragma once

#include <memory>
#include <string>

#include "planner/catalog/options.h"
#include "planner/consistency/graph.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// The GraphQL schema of one role, with the meaning of each field and input. Deny by default: a role
// that may do nothing gets a schema with the field `no_queries_available` alone. `backend`: with
// what permissions keep for requests of a backend (`backend_only`).

// All of it, for who wants to see it all: introspection, SDL. Costs time and memory linear in what
// the role may see. `graph` may die afterwards.
std::shared_ptr<const RoleSchema> BuildRoleSchema(const Graph& graph, const std::string& role,
                                                  const SchemaOptions& options,
                                                  bool backend = false);

// The same, made bit by bit: whatever is looked at adds the table, function or remote schema that
// it is of. Costs nothing at first. For one thread at a time; keeps `graph`. Its schema is not
// whole: there is no introspection in it (graphql/type_system.h, TypeMaker).
std::shared_ptr<const RoleSchema> OpenRoleSchema(std::shared_ptr<const Graph> graph,
                                                 const std::string& role, bool backend = false);

}  // namespace joinery::planner
