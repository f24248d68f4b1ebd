#pragma once

#include <string_view>

#include "plan/connector.h"

namespace joinery::connectors {

// Adds a header unless one of that name, in any case, is there already.
void AddHeader(plan::Headers& headers, std::string_view name, std::string_view value);

// Adds the client's own headers that may go on: not those that describe the client's connection, and
// not its session. `X-Forwarded-Host` and `X-Forwarded-User-Agent` tell what was left out.
void AddForwardedHeaders(plan::Headers& headers, const plan::Headers& client);

inline constexpr std::string_view kUserAgent = "joinery/0.1";

}  // namespace joinery::connectors
