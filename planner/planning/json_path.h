#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"

namespace joinery::planner {

// The steps of the argument `path` of a json field: `$`, `.name`, `[0]`, `['any key']`. `$` alone,
// like an empty text, gives no step. validation-failed with `place` for a text that is no path.
IssueOr<std::vector<std::string>> ParseJsonPath(std::string_view text, const std::string& place);

}  // namespace joinery::planner
