#pragma once

#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Reads a metadata folder in the Hasura CLI's layout (version 3), or one JSON or YAML file, as a
// version 3 document. InvalidArgument names the file and what is wrong in it; NotFound: there is no
// such path.
StatusOr<json::Value> LoadMetadata(const std::string& path);

}  // namespace joinery::metadata
