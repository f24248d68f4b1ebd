#pragma once

#include <memory>
#include <vector>

#include "planner/consistency/graph.h"
#include "planner/consistency/inconsistency.h"

namespace joinery::planner {

struct GraphResult {
  std::shared_ptr<const Graph> graph;
  std::vector<InconsistentObject> inconsistent;
};

// Resolves `world.metadata` against what the sources have. What does not fit, and what depends on
// it, is left out and reported once each; the rest is the graph. Never fails.
GraphResult BuildGraph(std::shared_ptr<const World> world, const SchemaOptions& options);

}  // namespace joinery::planner
