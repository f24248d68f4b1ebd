#pragma once

#include <string_view>

#include "connectors/postgres/pool/statement.h"
#include "json/value.h"
#include "plan/connector.h"

namespace joinery::connectors::postgres {

// The server's refusal in full, for admins: `extensions.internal` of answers.
json::Value InternalError(std::string_view statement, bool prepared, const ServerError& error,
                          const Values& arguments);

// The server's refusal as users see it: broken constraints, data that a type does not take and
// wrong conflict targets by their own codes; everything else is "database query error" with the
// whole as `internal`. Concerns all roots.
plan::SourceError SourceErrorOf(const Statement& statement, const Values& arguments,
                                const ServerError& error);

}  // namespace joinery::connectors::postgres
