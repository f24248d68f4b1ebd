#pragma once

#include <string>
#include <string_view>

namespace joinery::connectors {

// The start of what a source answered, as text that may be shown in `internal` whatever came: at
// most 2,000 bytes, cut between characters; bytes that are no UTF-8 become `?`.
std::string ShownBody(std::string_view body);

}  // namespace joinery::connectors
