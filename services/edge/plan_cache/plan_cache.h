#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/value.h"
#include "plan/new_version.h"
#include "plan/planner.h"

namespace joinery::edge {

// What decides a plan besides the variables. Views; owned by the request.
struct OperationKey {
  std::string_view query;
  std::string_view operation_name;
  std::string_view role;
  bool backend_only = false;
  bool stored = false;  // As of plan::PlanRequest.
  friend bool operator==(const OperationKey&, const OperationKey&) = default;
};

// What of `variables` decides a plan, by the modes that the planner gave: equal texts, equal plans.
std::string ShapeOf(const std::vector<plan::VariableUse>& uses, const json::Value& variables);

// Plans by operation and shape of the variables, bounded in bytes; the least recently used
// operations go first. Gives plans of one schema version only. Thread-safe.
class PlanCache {
 public:
  explicit PlanCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // nullptr: a miss.
  std::shared_ptr<const plan::Plan> Find(const OperationKey& key, const json::Value& variables,
                                         uint64_t& schema_version);
  // Ignored when the plan is not of the current version.
  void Add(const OperationKey& key, const json::Value& variables,
           const plan::PlanResponse& planned);
  // Gives plans of that version from now on. `told`: which plans it, or a version before it, takes
  // over; what is of neither goes. Null: that is told later, and what is there waits for it.
  void SetVersion(uint64_t schema_version, const plan::NewVersion* told);

  size_t bytes() const;
  uint64_t version() const;

 private:
  struct Operation {
    std::string query;
    std::string operation_name;
    std::string role;
    bool backend_only = false;
    bool stored = false;
    uint64_t version = 0;  // Of its plans.
    // Modes as far as they are known; a later plan may need more of a variable.
    std::vector<plan::VariableUse> uses;
    std::unordered_map<std::string, std::shared_ptr<const plan::Plan>> by_shape;
    size_t bytes = 0;
    OperationKey key() const { return {query, operation_name, role, backend_only, stored}; }
  };
  using Order = std::list<Operation>;
  struct KeyHash {
    size_t operator()(const OperationKey& key) const;
  };

  void Clear(Operation& operation);
  bool Merge(Operation& operation, const std::vector<plan::VariableUse>& uses);
  void Evict();
  Order::iterator Erase(Order::iterator operation);

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  Order order_;  // Most recently used first; the map's keys look into it.
  std::unordered_map<OperationKey, Order::iterator, KeyHash> by_key_;
  size_t bytes_ = 0;
  uint64_t version_ = 0;
};

}  // namespace joinery::edge
