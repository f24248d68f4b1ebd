#pragma once

#include <memory>
#include <string>

#include "json/value.h"
#include "plan/connector.h"
#include "plan/metadata_review.h"
#include "plan/planner.h"
#include "planner/catalog/options.h"

namespace joinery::planner {

struct EngineOptions {
  SchemaOptions schema;
  // Metadata at start: a version 3 document. Null: empty.
  json::Value document;
  // Where changes are saved; empty: they live in memory only.
  std::string save_to;
  // Adds the source `default` when the document has none of that name; empty: it does not.
  std::string default_database_env;
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

// The planner: owns the metadata document, keeps the graph of what is consistent, builds roles'
// schemas when first used, plans. Thread-safe; readers never wait for a change in progress.
class Engine : public plan::Planner, public plan::MetadataReviewer {};

// Reads the sources once before it returns.
std::unique_ptr<Engine> MakeEngine(EngineOptions options, const EngineConnectors& connectors);

}  // namespace joinery::planner
