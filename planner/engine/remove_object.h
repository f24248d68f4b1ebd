#pragma once

#include <string>

#include "json/value.h"

namespace joinery::planner {

// Takes an inconsistent object out of the document, as get_inconsistent_metadata names it by type,
// name and definition. False: it is not there.
bool RemoveObject(json::Value& document, const std::string& type, const json::Value& definition,
                  const std::string& name);

}  // namespace joinery::planner
