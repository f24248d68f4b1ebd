#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/consistency/graph.h"

namespace joinery::planner {

// Permissions of `source` that depend on the type of the column, as a dependency error lists them:
// their filter, check or preset gives it a literal, or compares it with another column. A
// comparison with session variables only does not count: these are cast to whatever the type is.
std::vector<std::string> TypeDependents(const Graph& graph, std::string_view source,
                                        const plan::TableName& table, std::string_view column);

}  // namespace joinery::planner
