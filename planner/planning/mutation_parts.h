#pragma once

#include <string>
#include <vector>

#include "planner/planning/mutation.h"
#include "planner/planning/relational.h"

// What inserts, updates and deletes share. Private to mutation.cc and insert.cc.
namespace joinery::planner {

// The member whose input has that meaning; null: not given, or null.
const ResolvedValue* WriteArgumentOf(const Workbench& bench,
                                     const std::vector<ResolvedMember>& members,
                                     WriteArgument wanted);

// Adds the root that answers `field`: the response about `writes`, whose rows are those of `rows`,
// or with `one` the first of these rows.
MaybeIssue AddAnswer(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const WriteBinding& binding, std::vector<uint32_t> writes,
                     std::vector<uint32_t> rows, plan::RootShape shape, const Places& places);

// The presets of a permission as assignments.
std::vector<plan::Assignment> PresetAssignments(Workbench& bench, Draft& draft,
                                                const WriteBinding& binding);

}  // namespace joinery::planner
