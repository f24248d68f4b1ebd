#pragma once

#include <vector>

#include "graphql/type_system.h"
#include "plan/schema_change.h"

namespace joinery::planner {

// What changes for the clients of `before` when it becomes `after`: types, fields, arguments, enum
// values, input fields, unions, interfaces, directives, their types and defaults. Breaking and
// dangerous mean what findBreakingChanges and findDangerousChanges of graphql-js mean by them;
// additions and deprecations are safe. Descriptions do not count. Sorted by coordinate, then kind.
// `roles` are left empty.
std::vector<plan::SchemaChange> CompareSchemas(const graphql::Schema& before,
                                               const graphql::Schema& after);

}  // namespace joinery::planner
