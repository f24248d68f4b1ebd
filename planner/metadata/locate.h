#pragma once

#include <string>
#include <string_view>

#include "json/value.h"

namespace joinery::metadata {

// The path of an object in a document, as get_inconsistent_metadata names it by type, name and
// definition. "$": it is not there.
std::string LocateObject(const json::Value& document, std::string_view type, std::string_view name,
                         const json::Value& definition);

// The path of the part of the object at `path` that `reason` is about: the first one that is or is
// called by a word that `reason` has in quotes, last words first. `path` itself: none is.
std::string LocateReason(const json::Value& document, const std::string& path,
                         std::string_view reason);

}  // namespace joinery::metadata
