#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "connectors/postgres/sql/compile.h"
#include "plan/connector.h"

namespace joinery::connectors::postgres {

// A statement's parameters as Postgres reads them: text, or nothing for null. A key that cannot be
// of its column's type becomes null, which matches nothing. InvalidArgument: counts do not fit.
StatusOr<std::vector<std::optional<std::string>>> Bind(const SqlStatement& statement,
                                                       const plan::ExecuteRequest& request);

}  // namespace joinery::connectors::postgres
