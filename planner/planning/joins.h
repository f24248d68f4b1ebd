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

// The batch of `child` that `keys` feed.
uint32_t FeedBatch(Draft& child, plan::KeyInput keys, uint32_t columns);

// Columns of a key set of that many keys. One without keys has a constant, so that what hangs there
// is fetched once for all parents.
uint32_t KeyColumns(size_t keys);

// A joined field that calls a query action; one call per distinct key. action.cc
IssueOr<plan::JoinTarget> JoinAction(Workbench& bench, uint32_t parent, uint32_t key_set,
                                     const ResolvedField& field,
                                     const RemoteRelationshipField& relationship,
                                     const RemoteRelationshipField::ToAction& target,
                                     const Places& places);

}  // namespace joinery::planner
