#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plan/connector.h"

namespace joinery::connectors {

// Adds a header unless one of that name, in any case, is there already: who comes first wins.
void AddHeader(plan::Headers& headers, std::string_view name, std::string_view value);

// Adds the client's own headers that may go on: not those that describe the client's connection,
// nor its session. `X-Forwarded-Host` and `X-Forwarded-User-Agent` tell what was left out.
// `ignored`, when it has any, stands in place of the usual list of those that do not go on; those
// that would break the call itself never do.
void AddForwardedHeaders(plan::Headers& headers, const plan::Headers& client,
                         std::span<const std::string> ignored = {});

inline constexpr std::string_view kUserAgent = "joinery/0.1";

}  // namespace joinery::connectors
