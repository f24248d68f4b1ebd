#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Reads a file that a text `!include path` or a tag `!include` names.
using IncludeReader = std::function<StatusOr<json::Value>(const std::string& path)>;

// A YAML text as JSON: plain scalars keep their kinds, quoted ones are strings.
StatusOr<json::Value> ParseYaml(const std::string& text, const IncludeReader& include);

}  // namespace joinery::metadata
