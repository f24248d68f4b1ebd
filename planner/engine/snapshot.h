#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "json/value.h"
#include "plan/new_version.h"
#include "planner/consistency/build_graph.h"
#include "planner/engine/schema_pool.h"
#include "planner/metadata/store/store.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// All that requests need at one version: swapped whole. Immutable but for the schemas of roles,
// which grow as they are used. Thread-safe.
class Snapshot {
 public:
  Snapshot(uint64_t version, metadata::Revision revision, json::Value document, GraphResult built)
      : version(version),
        revision(std::move(revision)),
        document(std::move(document)),
        graph(std::move(built.graph)),
        inconsistent(std::move(built.inconsistent)),
        schemas_(std::make_shared<SchemaPool>(graph)) {}

  const uint64_t version;
  const metadata::Revision revision;  // Of the document in the store.
  const json::Value document;
  const std::shared_ptr<const Graph> graph;
  const std::vector<InconsistentObject> inconsistent;

  // The role's schema, made bit by bit (role_schema.h): the caller's alone until it lets go.
  // `backend`: as a backend's request sees it.
  std::shared_ptr<const RoleSchema> SchemaOf(const std::string& role, bool backend = false) const {
    return schemas_->Lend(role, backend);
  }
  // All of it, for introspection and SDL; made for the caller.
  std::shared_ptr<const RoleSchema> WholeSchemaOf(const std::string& role,
                                                  bool backend = false) const;

 private:
  const std::shared_ptr<SchemaPool> schemas_;
};

// For whom plans of `before` are none of `after`. `allow_list`: it decides what may be planned.
plan::NewVersion ChangeOf(const Snapshot& before, const Snapshot& after, bool allow_list);

}  // namespace joinery::planner
