#pragma once

#include <string>

#include "base/status.h"

namespace joinery::cli {

// Writes what `object` ("REV:path", as git names it) is into the folder `into`, which exists: the
// files of a folder, or one file of its own name. Returns where they are. NotFound: there is no
// such thing; Unavailable: git cannot be run.
StatusOr<std::string> CheckOut(const std::string& object, const std::string& into);

}  // namespace joinery::cli
