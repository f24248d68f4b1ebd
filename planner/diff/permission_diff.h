#pragma once

#include <vector>

#include "json/value.h"
#include "plan/schema_change.h"

namespace joinery::planner {

// What two version 3 documents let the same role do with the same table, where no schema shows it:
// which rows it sees and writes, how many, and which values are set for it. All dangerous, but for
// equal permissions, which give nothing. Permissions that come or go are left to the schemas.
std::vector<plan::SchemaChange> ComparePermissions(const json::Value& before,
                                                   const json::Value& after);

}  // namespace joinery::planner
