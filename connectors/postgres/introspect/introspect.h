#pragma once

#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "connectors/postgres/pool/server_error.h"
#include "json/value.h"
#include "plan/catalog.h"

namespace joinery::connectors::postgres {

// Tables that a source's metadata marks `is_enum`. Empty when `definition` has none.
std::vector<plan::TableName> EnumTablesOf(const json::Value& definition);

// Reads what the database has, in a fixed number of statements whatever the number of tables.
// Schemas of the system and of the metadata store are left out, functions of extensions too.
// Blocking; runs inside whatever transaction the session is in, so that it sees its uncommitted
// changes; begin one with isolation level repeatable read for a snapshot of one moment. A faulty
// enum table is told in its element's `error`, all else is a Status without secrets.
StatusOr<plan::DatabaseCatalog> ReadCatalog(const CallContext& context, PGconn* session,
                                            const std::vector<plan::TableName>& enum_tables);

}  // namespace joinery::connectors::postgres
