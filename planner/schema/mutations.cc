#include "planner/schema/role_builder.h"

namespace joinery::planner {

// The place where insert_T, update_T and delete_T come in, with their input types and permissions
// (Table::insert, update, remove). Called once per table, also for tables that the role may not select
// from. Nothing stands here yet.
void AddTableMutations(RoleBuilder&, const Table&) {}

}  // namespace joinery::planner
