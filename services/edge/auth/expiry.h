#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace joinery::edge {

// `max-age` (or `s-maxage`, which wins) of a Cache-Control value.
std::optional<std::chrono::seconds> MaxAge(std::string_view cache_control);

// Whether a Cache-Control value forbids to keep what it came with.
bool ForbidsKeeping(std::string_view cache_control);

// An HTTP date, such as "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::system_clock::time_point> ParseHttpDate(std::string_view text);

}  // namespace joinery::edge
