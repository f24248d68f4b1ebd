#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "graphql/type_system.h"
#include "json/value.h"
#include "plan/catalog.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// What a database said it has, or why it could not be asked.
struct SourceState {
  std::shared_ptr<const plan::DatabaseCatalog> catalog;  // Null: `error` says why.
  std::string error;
  uint64_t digest = 0;  // Of what the database said: equal digests, equal states.
  std::string detail;   // What the driver said, where `error` is general; may be empty.
};

// What a remote schema's introspection gave, or why there is none.
struct RemoteSchemaState {
  std::shared_ptr<const graphql::Schema> schema;  // Null: `error` says why.
  std::shared_ptr<const json::Value> introspection;
  std::string error;
  uint64_t digest = 0;  // As SourceState's.
};

// All that is known at one moment: the metadata document and what its sources say. Independent of
// the environment: whoever resolves `from_env` reports what is missing as an error here. Plain data
// with shared parts, immutable once made.
struct World {
  std::shared_ptr<const metadata::Metadata> metadata;
  std::map<std::string, SourceState, std::less<>> sources;
  std::map<std::string, RemoteSchemaState, std::less<>> remote_schemas;
  // Why an action's handler is of no use (an environment variable that is not set); by action.
  std::map<std::string, std::string, std::less<>> action_errors;
};

}  // namespace joinery::planner
