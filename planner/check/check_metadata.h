#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "plan/finding.h"
#include "planner/catalog/options.h"
#include "planner/catalog/world.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// What the sources of a document have: asked, or recorded.
using Observer =
    std::function<World(std::shared_ptr<const metadata::Metadata>, const json::Value&)>;

struct CheckedMetadata {
  std::shared_ptr<const Graph> graph;   // What is consistent.
  std::vector<Issue> issues;            // Parts that are not what the format wants.
  json::Value inconsistent;             // A list, as get_inconsistent_metadata shows it.
  std::vector<plan::Finding> findings;  // All of that, and warnings.
};

// Everything that is wrong with a version 3 document: parts that cannot be read, objects that are
// not consistent with what the sources have, and (warnings) parts that are kept but not acted on.
// Each finding has the path of what it is about.
CheckedMetadata CheckMetadata(const json::Value& document, const Observer& observe,
                              const SchemaOptions& options);

// Inconsistent objects (a list as get_inconsistent_metadata shows it) as findings. `document`: what
// they are of, for paths; may be null.
std::vector<plan::Finding> FindingsOf(const json::Value& inconsistent, const json::Value* document);

}  // namespace joinery::planner
