#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "json/value.h"
#include "planner/catalog/world.h"
#include "planner/engine/engine.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// Asks sources what they have, and remembers it until they or their definitions change. Calls of
// one engine are made one at a time.
class Introspector {
 public:
  explicit Introspector(const EngineConnectors& connectors) : connectors_(connectors) {}

  // What is known of every source of the metadata; asks those that are new, changed or forgotten.
  World Observe(std::shared_ptr<const metadata::Metadata> metadata, const json::Value& document);

  // A source has this catalog, whatever it would answer, until it is forgotten.
  void Pin(const std::string& source, std::shared_ptr<const plan::DatabaseCatalog> catalog);

  void ForgetSource(std::string_view name);
  void ForgetRemoteSchema(std::string_view name);
  void ForgetSources();
  void ForgetRemoteSchemas();
  // Forgets what could not be read, so that it is tried again.
  void ForgetFailures();

 private:
  SourceState ReadSource(const std::string& name, const json::Value& definition);
  RemoteSchemaState ReadRemoteSchema(const std::string& name, const json::Value& definition);

  template <typename State>
  struct Known {
    std::string key;  // What the state depends on.
    State state;
    bool pinned = false;
  };

  const EngineConnectors connectors_;
  std::map<std::string, Known<SourceState>, std::less<>> sources_;
  std::map<std::string, Known<RemoteSchemaState>, std::less<>> remote_schemas_;
};

// The sources of one kind as connectors need them.
std::vector<plan::SourceConfig> SourcesOf(const json::Value& document, plan::SourceKind kind);

}  // namespace joinery::planner
