#pragma once

#include <functional>
#include <string>

#include "json/value.h"
#include "planner/metadata/model.h"

namespace joinery::metadata {

// A place of the document that leads out of its own source: a remote relationship of a table, of a
// remote schema's type or of an action's object, in either generation of the format.
struct Reference {
  std::string owner_source;         // Where a table owns it; else empty.
  std::string owner_remote_schema;  // Where a remote schema's type owns it; else empty.
  std::string shown;  // As a dependency error lists it: "remote relationship t.r in source \"s\"".
  // Where it leads: a table, or a remote schema.
  std::string source;
  TableName table;
  std::string remote_schema;
  json::Value* target = nullptr;  // The object that names it, by `source` or `remote_schema`.
};

// Calls `erase` with every reference; those it returns true for are taken out of the document.
void EachReference(json::Value& document, const std::function<bool(const Reference&)>& erase);

}  // namespace joinery::metadata
