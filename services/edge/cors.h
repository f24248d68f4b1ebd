#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace joinery::edge {

// Whether an origin is on the list: "*", exact origins, or "https://*.example.com" for one label
// more.
bool OriginAllowed(const std::vector<std::string>& domains, std::string_view origin);

}  // namespace joinery::edge
