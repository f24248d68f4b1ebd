#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Told where the parts of the document that come from the text stand in it.
using TypePlaces = std::function<void(const std::string& path, int line, int column)>;

// Adds what actions.graphql says to the document: arguments and output types of the actions, and
// the fields of the custom types. InvalidArgument: the text is no SDL; begins with "line L, column
// C: ".
Status ApplyActionTypes(const std::string& sdl, json::Value& document,
                        const TypePlaces& places = {});

// The text of actions.graphql for a document, as the Hasura CLI lays it out.
std::string WriteActionTypes(const json::Value& document);

}  // namespace joinery::metadata
