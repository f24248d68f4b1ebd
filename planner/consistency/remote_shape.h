#pragma once

#include <string>
#include <string_view>

#include "graphql/type_system.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// What of a type counts when two of one name are compared: all but descriptions and deprecations.
// With `permission`, as its role sees it: without what has presets.
std::string ShapeOf(const graphql::NamedType& type, const RemotePermission* permission = nullptr);

// Why the role cannot have `permission` on `remote` besides those on other remote schemas: a type
// that they share would show more than one of them grants. Empty: it can.
std::string RoleTypeClash(const Graph& graph, std::string_view role, const RemoteSchema& remote,
                          const RemotePermission& permission);

}  // namespace joinery::planner
