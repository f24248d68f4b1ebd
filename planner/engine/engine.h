#pragma once

#include <chrono>
#include <memory>

#include "plan/connector.h"
#include "plan/metadata_review.h"
#include "plan/planner.h"
#include "planner/catalog/options.h"
#include "planner/metadata/store/store.h"

namespace joinery::planner {

struct EngineOptions {
  SchemaOptions schema;
  // Where the metadata lives, and what it held at start. Null: in memory, from `start.document`.
  std::shared_ptr<metadata::Store> store;
  metadata::StoredDocument start;
  // Between two looks at the store, which may tell of changes earlier.
  std::chrono::milliseconds look{100};
  // Between two looks at what a source has, which tell of changes outside of Joinery. 0: none.
  std::chrono::seconds introspection{60};
  // A store that is down for everybody counts as unchanged: what was known stays fresh.
  bool trust_when_down = true;
  bool internal_errors = true;
  // Roles but admin may send only operations of the allow list.
  bool enforce_allow_list = false;
};

// The connectors that introspect; they outlive the engine.
struct EngineConnectors {
  plan::Connector* postgres = nullptr;
  plan::Connector* remote_schema = nullptr;
  plan::Connector* action = nullptr;
};

// The planner: keeps the graph of what is consistent in step with the metadata in the store, builds
// roles' schemas when first used, plans. Any number of them may share a store. Thread-safe; readers
// never wait for a change in progress.
class Engine : public plan::Planner, public plan::MetadataReviewer {};

// Reads the sources once before it returns.
std::unique_ptr<Engine> MakeEngine(EngineOptions options, const EngineConnectors& connectors);

}  // namespace joinery::planner
