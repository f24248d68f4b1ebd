#pragma once

#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Adds what actions.graphql says to the document: arguments and output types of the actions, and
// the fields of the custom types. InvalidArgument: the text is no SDL, with line and column.
Status ApplyActionTypes(const std::string& sdl, json::Value& document);

}  // namespace joinery::metadata
