#pragma once

#include <memory>

#include "base/issue.h"
#include "plan/plan.h"
#include "planner/resolve/resolved.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// Turns a resolved operation into the DAG of fetches that answers it: one per database and one per
// remote schema at each level, whatever the number of rows. Issues: what only planning can tell,
// such as a bad json path or a missing function argument.
IssueOr<std::shared_ptr<const plan::Plan>> MakePlan(const RoleSchema& schema,
                                                    const ResolvedOperation& operation);

}  // namespace joinery::planner
