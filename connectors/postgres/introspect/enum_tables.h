#pragma once

#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "connectors/postgres/pool/server_error.h"
#include "plan/catalog.h"

namespace joinery::connectors::postgres {

// Reads the rows of `tables` into `catalog.enum_tables`, one element per table that
// `catalog.tables` has and that is made like an enum table: a primary key of one column and at most
// one further column. Others get an element without values: the planner says what is wrong with
// them.
Status ReadEnumTables(const CallContext& context, PGconn* session,
                      const std::vector<plan::TableName>& tables, plan::DatabaseCatalog& catalog);

}  // namespace joinery::connectors::postgres
