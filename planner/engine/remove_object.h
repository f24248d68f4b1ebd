#pragma once

#include <cstddef>
#include <string>

#include "json/value.h"

namespace joinery::planner {

// Takes an inconsistent object out of the document, as get_inconsistent_metadata names it by type,
// name and definition. Of several that have the name the first `keep` stay. False: it is not there.
bool RemoveObject(json::Value& document, const std::string& type, const json::Value& definition,
                  const std::string& name, size_t keep = 0);

}  // namespace joinery::planner
