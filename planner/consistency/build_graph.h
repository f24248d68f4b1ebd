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
//
// Parts whose inputs are those of `previous` are shared with it, so that the cost is that of the
// change and a pass over the tables; the result is the one that building from nothing gives, which
// is what `previous == nullptr` does. `previous` may die afterwards.
GraphResult BuildGraph(std::shared_ptr<const World> world, const SchemaOptions& options,
                       const Graph* previous = nullptr);

}  // namespace joinery::planner
