#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "connectors/postgres/pool/server_error.h"

namespace joinery::connectors::postgres {

// One SQL statement as sessions prepare it. Immutable, shared by all loops.
struct Statement {
  std::string id;   // Equal ids are equal statements; 32 bytes.
  std::string sql;  // One statement, parameters $1….
  std::vector<uint32_t> parameter_types;  // OIDs; 0 or missing: what the SQL says.
};

// One per parameter, as text; nullopt is SQL's null.
using Values = std::vector<std::optional<std::string>>;

// Takes rows of a successful statement, on the loop's thread. May be called several times, and not at
// all when there are none.
using RowSink = std::function<void(const PGresult&)>;

// How a statement ended: nothing to say, or the server's refusal.
using Answer = std::optional<ServerError>;
using AnswerCallback = std::function<void(StatusOr<Answer>)>;

}  // namespace joinery::connectors::postgres
