#pragma once

#include <chrono>

#include "base/call_context.h"
#include "base/status.h"
#include "connectors/postgres/admin/held_transactions.h"
#include "connectors/postgres/pool/settings.h"
#include "json/value.h"
#include "plan/connector.h"

namespace joinery::connectors::postgres {

// The commands of a Postgres source, beside its data. Each opens a session of its own. Thread-safe;
// calls block.
//
//   {"type": "ping"} -> {"server_version": "15.2"}
//   {"type": "run_sql", "sql": "…", "read_only": false} -> {"result_type": "TuplesOk", "result":
//       [["id"], ["1"], ["NULL"]]} or {"result_type": "CommandOk", "result": null}; all statements
//       in one transaction, the result is the last one's.
//   {"type": "run_sql", …, "check": true} -> the same with "token" and "catalog", the database as
//   it
//       would be (an encoded DatabaseCatalog in base64); the transaction stays open for 30 s until
//   {"type": "commit", "token": "…"} or {"type": "rollback", "token": "…"} -> {}
//
// What the server refuses is {"error": {"statement", "prepared", "error": {…}, "arguments": []}}.
// InvalidArgument: an unknown command, or a member missing. NotFound: an unknown token.
// Unavailable: no connection.
class Admin {
 public:
  explicit Admin(std::chrono::milliseconds patience = std::chrono::seconds(30)) : held_(patience) {}

  StatusOr<json::Value> Run(const CallContext& context, const plan::SourceConfig& source,
                            const json::Value& command);

 private:
  StatusOr<json::Value> Ping(const CallContext& context, const Settings& settings);
  StatusOr<json::Value> RunSql(const CallContext& context, const plan::SourceConfig& source,
                               const Settings& settings, const json::Value& command);
  StatusOr<json::Value> End(const CallContext& context, const json::Value& command,
                            const char* statement);

  HeldTransactions held_;
};

}  // namespace joinery::connectors::postgres
