#pragma once

#include <string>

namespace joinery {

// A random UUID (version 4), lower case. Thread-safe.
std::string RandomUuid();

}  // namespace joinery
