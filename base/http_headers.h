#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace joinery {

// Names and values, in the order sent.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Whether a client's header of that name goes on to a service that is asked on its behalf: it is
// not one of a hop, of the body or of what the client itself can take.
bool GoesOn(std::string_view name);

// Adds a header unless one of that name, in any case, is there already: who comes first wins.
void AddHeader(HttpHeaders& headers, std::string_view name, std::string_view value);

// Adds the client's own headers that may go on: not those that describe the client's connection,
// nor its session. `X-Forwarded-Host` and `X-Forwarded-User-Agent` tell what was left out.
// `ignored`, when it has any, stands in place of the usual list of those that do not go on; those
// that would break the call itself never do.
void AddForwardedHeaders(HttpHeaders& headers, const HttpHeaders& client,
                         std::span<const std::string> ignored = {});

inline constexpr std::string_view kUserAgent = "joinery/0.1";

}  // namespace joinery
