#pragma once

#include <string>

#include "base/issue.h"

namespace joinery::edge {

// `{"path","error","code"}`: the error of every endpoint but GraphQL's.
std::string PlainError(const Issue& issue, bool show_internal);

}  // namespace joinery::edge
