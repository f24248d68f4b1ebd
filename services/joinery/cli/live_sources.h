#pragma once

#include <memory>

#include "json/value.h"
#include "planner/catalog/world.h"
#include "planner/metadata/model.h"

namespace joinery::cli {

// Asks the sources of a document from this process, with secrets from its environment.
class LiveSources {
 public:
  LiveSources();
  ~LiveSources();

  // Blocking.
  planner::World Observe(std::shared_ptr<const metadata::Metadata> metadata,
                         const json::Value& document);

 private:
  struct Connectors;
  std::unique_ptr<Connectors> connectors_;
};

}  // namespace joinery::cli
