#pragma once

#include <string>

#include "json/value.h"

namespace joinery::metadata {

// A value as block YAML in the style of the Hasura CLI's files: two blanks of indentation, lists
// indented below their key, texts of several lines as literal blocks, quotes only where they are
// needed. Members keep their order. ParseYaml gives back an equal value, but for texts that begin
// with `!include `: these are written between double quotes, and name a file to whoever reads them.
std::string WriteYaml(const json::Value& value);

}  // namespace joinery::metadata
