#pragma once

#include <string_view>

namespace joinery::edge::http {

// "Not Found"; "Status" for a code without a name of its own.
std::string_view ReasonOf(int status);

// Fit to go into a head: a lower- or upper-case token, and a value without control characters.
bool IsSendable(std::string_view name, std::string_view value);

}  // namespace joinery::edge::http
