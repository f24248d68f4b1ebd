#pragma once

// Stops the process when an invariant of our own is broken; never for anything from outside.
#define JOINERY_CHECK(condition) \
  ((condition) ? void() : ::joinery::CheckFailed(#condition, __FILE__, __LINE__))

namespace joinery {

// Prints the place and a stack to stderr and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace joinery
