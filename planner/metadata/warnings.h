#pragma once

#include <string>
#include <vector>

#include "json/value.h"

namespace joinery::metadata {

// Something in a document that is kept and exported, and has no effect.
struct Warning {
  std::string code;  // "unknown-key", "not-acted-on", "track-table-failed" …
  std::string type;  // Of the object, as an inconsistent object's,
  std::string name;  // and its name.
  std::string message;

  json::Value ToJson() const;
};

// Keys of a version 3 document that nobody knows, and parts that Hasura acts on and Joinery does
// not. In the order of the document.
std::vector<Warning> WarningsOf(const json::Value& document);

}  // namespace joinery::metadata
