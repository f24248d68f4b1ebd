#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "json/value.h"
#include "planner/consistency/build_graph.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// All that requests need at one version: swapped whole. Immutable but for the schemas of roles,
// which are built when first asked for. Thread-safe.
class Snapshot {
 public:
  Snapshot(uint64_t version, json::Value document, GraphResult built, SchemaOptions options)
      : version(version),
        document(std::move(document)),
        graph(std::move(built.graph)),
        inconsistent(std::move(built.inconsistent)),
        options_(options) {}

  const uint64_t version;
  const json::Value document;
  const std::shared_ptr<const Graph> graph;
  const std::vector<InconsistentObject> inconsistent;

  // `backend`: as a backend's request sees it.
  std::shared_ptr<const RoleSchema> SchemaOf(const std::string& role, bool backend = false) const;

 private:
  // Stands for every role that has no permission.
  static inline const std::string kNobody = "";

  const SchemaOptions options_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, bool>, std::shared_ptr<const RoleSchema>> schemas_;
};

}  // namespace joinery::planner
