#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// What the reader of a text tells and asks while it reads; `path` is of the part at hand. Either
// may be empty.
struct YamlHooks {
  // Reads a file that a text `!include file` or a tag `!include` names.
  std::function<StatusOr<json::Value>(const std::string& file, const std::string& path)> include;
  // A part stands there: line and column, from 1.
  std::function<void(const std::string& path, int line, int column)> place;
};

// A YAML text as JSON: plain scalars keep their kinds, quoted ones are strings. `path` is where the
// value will stand in the document. InvalidArgument begins with "line L, column C: ".
StatusOr<json::Value> ParseYaml(const std::string& text, const YamlHooks& hooks,
                                const std::string& path = "$");

}  // namespace joinery::metadata
