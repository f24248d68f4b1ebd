#pragma once

#include <optional>
#include <string>

#include "planner/consistency/graph.h"

namespace joinery::planner {

// The function's arguments as a field gives them. `row`: position of the argument that takes the
// row; `session`: of the one that takes the session's variables. Unnamed ones are called `arg_1`,
// `arg_2`, ….
FunctionUse UseFunction(const plan::CatalogFunction& function, std::optional<size_t> row,
                        std::optional<size_t> session, const SchemaOptions& options);

// Position of the argument of that name.
std::optional<size_t> FindArgument(const plan::CatalogFunction& function, std::string_view name);

bool IsJsonArgument(const plan::CatalogArgument& argument);

}  // namespace joinery::planner
