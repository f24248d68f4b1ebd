#pragma once

#include <string>

#include "base/call_context.h"
#include "base/status.h"
#include "connectors/postgres/pool/server_error.h"
#include "connectors/postgres/pool/settings.h"
#include "connectors/postgres/pool/statement.h"

// Blocking use of libpq: for opening connections (on helper threads) and for the control plane.
namespace joinery::connectors::postgres {

// A session ready for use: UTF-8, ISO dates, Postgres intervals, the source's isolation level.
// Unavailable: the server cannot be reached or refuses; the message says why, without password.
// Cancelled, DeadlineExceeded: as `context` says.
StatusOr<ConnectionPtr> OpenSession(const CallContext& context, const Settings& settings);

// Runs `sql`, which may hold several statements, and gives the last result, or that of the one
// which failed. Cancels at the server when `context` ends. Unavailable: the connection is gone.
StatusOr<ResultPtr> RunStatements(const CallContext& context, PGconn* connection,
                                  const std::string& sql);

// The same for one statement with parameters.
StatusOr<ResultPtr> RunStatement(const CallContext& context, PGconn* connection,
                                 const Statement& statement, const Values& values);

// As RunStatements; a refusal by the server is InvalidArgument with its message.
StatusOr<ResultPtr> RunQuery(const CallContext& context, PGconn* connection,
                             const std::string& sql);

// The value of a field; empty for null.
std::string FieldText(const PGresult& result, int row, int column);

}  // namespace joinery::connectors::postgres
