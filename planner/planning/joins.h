#pragma once

#include <string>
#include <vector>

#include "base/issue.h"
#include "planner/planning/draft.h"

namespace joinery::planner {

// The joined field `field` hangs below `parent`, at a place whose keys are `key_set`: drafts the
// fetch that fills it (or a root of one that is there) and returns the index of the join in
// `parent`.
IssueOr<uint32_t> AddJoin(Workbench& bench, Draft& parent, uint32_t key_set,
                          const ResolvedField& field, const RemoteRelationshipField& relationship,
                          const Places& places);

// The key set of `parent` that a relationship needs at a place over rows of a table. Equal needs at
// one place share a set: `place` names the place.
IssueOr<uint32_t> RowKeySet(Workbench& bench, Draft& parent,
                            const RemoteRelationshipField& relationship,
                            std::vector<uint32_t>& place);

}  // namespace joinery::planner
