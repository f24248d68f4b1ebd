#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "planner/consistency/graph.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// The schemas of one graph's roles while they are made bit by bit. Each is lent to one borrower at
// a time and grows by what that one looks at; borrowers of one role at the same time get one each.
// What has grown large is let go when it comes back, so a role weighs little whatever it asks.
// Thread-safe; made as a shared_ptr.
class SchemaPool : public std::enable_shared_from_this<SchemaPool> {
 public:
  explicit SchemaPool(std::shared_ptr<const Graph> graph) : graph_(std::move(graph)) {}

  // A role that has no permission sees what nobody sees.
  std::shared_ptr<const RoleSchema> Lend(const std::string& role, bool backend);

 private:
  using Key = std::pair<std::string, bool>;
  void TakeBack(const Key& key, std::shared_ptr<const RoleSchema> schema);

  const std::shared_ptr<const Graph> graph_;
  std::mutex mutex_;
  std::map<Key, std::vector<std::shared_ptr<const RoleSchema>>> idle_;
};

}  // namespace joinery::planner
