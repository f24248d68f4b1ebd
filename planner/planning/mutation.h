#pragma once

#include "base/issue.h"
#include "planner/planning/draft.h"

namespace joinery::planner {

// Adds what a field that changes a table's rows writes, and the root that answers it, to a draft of
// the table's source. `places` leads to the field.
MaybeIssue AddInsert(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const InsertField& binding, const Places& places);
MaybeIssue AddUpdate(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const UpdateField& binding, const Places& places);
MaybeIssue AddDelete(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const DeleteField& binding, const Places& places);

}  // namespace joinery::planner
