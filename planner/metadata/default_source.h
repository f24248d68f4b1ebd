#pragma once

#include <string>

#include "json/value.h"

namespace joinery::metadata {

// Adds the source `default`, whose database the environment variable `url_variable` names, when the
// document has no source of that name. An empty variable name adds nothing.
void AddDefaultSource(json::Value& document, const std::string& url_variable);

// A document with nothing in it but, where a variable is named, that source.
json::Value EmptyDocument(const std::string& url_variable);

}  // namespace joinery::metadata
