#pragma once

#include <string>
#include <string_view>

#include "planner/consistency/graph.h"

namespace joinery::planner {

// A document's tokens without selections of `__typename`: equal for documents that differ only in
// layout. Empty: no GraphQL.
std::string NormalFormOf(std::string_view query);

// Whether the role may send the operation where an allow list is enforced.
bool IsAllowed(const Graph& graph, std::string_view role, std::string_view query);

}  // namespace joinery::planner
