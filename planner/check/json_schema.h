#pragma once

#include <string>
#include <vector>

#include "json/value.h"

namespace joinery::planner {

struct SchemaMismatch {
  std::string path;  // "$.sources[0].tables[1].colour"
  std::string message;
  bool unknown_key = false;  // A member that the schema does not name.
};

// Where `value` is not what a JSON Schema says. Of draft 7 this knows type, enum,
// properties, additionalProperties, required, items, anyOf and references to definitions of the
// same schema, and passes over other keywords. Of an anyOf that nothing fits the mismatches of the
// alternative that comes nearest are told.
std::vector<SchemaMismatch> MatchSchema(const json::Value& schema, const json::Value& value);

// The JSON Schema of metadata documents, as docs/metadata.schema.json has it.
const json::Value& MetadataSchema();

}  // namespace joinery::planner
