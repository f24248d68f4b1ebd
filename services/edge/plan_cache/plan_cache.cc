#include "services/edge/plan_cache/plan_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::edge {
namespace {

// Compiled plans are this much larger than what they were made of; an estimate that keeps the bound
// honest.
constexpr size_t kPlanOverhead = 4096;

size_t BytesWithoutPlans(const OperationKey& key) { return key.query.size() + key.role.size(); }

char KindLetter(const json::Value& value) {
  switch (value.kind()) {
    case json::Value::Kind::kNull:
      return 'n';
    case json::Value::Kind::kBool:
      return 'b';
    case json::Value::Kind::kNumber:
      return 'd';
    case json::Value::Kind::kString:
      return 's';
    case json::Value::Kind::kArray:
      return 'a';
    case json::Value::Kind::kObject:
      return 'o';
  }
  return '?';
}

void AppendShape(const json::Value& value, std::string& out) {
  out.push_back(KindLetter(value));
  if (value.is_array()) {
    StrAppend(out, value.items().size(), "[");
    for (const json::Value& item : value.items()) AppendShape(item, out);
    out.push_back(']');
  } else if (value.is_object()) {
    out.push_back('{');
    for (const auto& [name, member] : value.members()) {
      json::AppendQuoted(out, name);
      AppendShape(member, out);
    }
    out.push_back('}');
  }
}

}  // namespace

std::string ShapeOf(const std::vector<plan::VariableUse>& uses, const json::Value& variables) {
  std::string out;
  for (const plan::VariableUse& use : uses) {
    const json::Value* value = variables.Find(use.name);
    if (value == nullptr) {
      out.push_back('-');
      continue;
    }
    switch (use.mode) {
      case plan::VariableUse::Mode::kValue:
        out.push_back(KindLetter(*value));
        break;
      case plan::VariableUse::Mode::kShape:
        AppendShape(*value, out);
        break;
      case plan::VariableUse::Mode::kExact:
        out.push_back('=');
        out.append(json::ToCanonicalString(*value));
        break;
    }
  }
  // Sent but unknown variables are an error that a cached plan must not hide.
  for (const auto& [name, value] : variables.members()) {
    const bool known = std::ranges::any_of(uses, [&](const auto& use) { return use.name == name; });
    if (!known) StrAppend(out, "!", name);
  }
  return out;
}

size_t PlanCache::KeyHash::operator()(const OperationKey& key) const {
  const std::hash<std::string_view> hash;
  size_t seed = hash(key.query);
  seed = seed * 31 + hash(key.operation_name);
  seed = seed * 31 + hash(key.role);
  return seed * 4 + (key.backend_only ? 2 : 0) + (key.stored ? 1 : 0);
}

std::shared_ptr<const plan::Plan> PlanCache::Find(const OperationKey& key,
                                                  const json::Value& variables,
                                                  uint64_t& schema_version) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->version != version_) return nullptr;
  if (found->second != order_.begin()) order_.splice(order_.begin(), order_, found->second);
  const Operation& operation = *found->second;
  const auto plan = operation.by_shape.find(ShapeOf(operation.uses, variables));
  if (plan == operation.by_shape.end()) return nullptr;
  schema_version = version_;
  return plan->second;
}

// False: the operation's modes changed, so shapes of its plans have to be told anew.
bool PlanCache::Merge(Operation& operation, const std::vector<plan::VariableUse>& uses) {
  bool same = true;
  for (const plan::VariableUse& use : uses) {
    const auto known = std::ranges::find(operation.uses, use.name, &plan::VariableUse::name);
    if (known == operation.uses.end()) {
      operation.uses.push_back(use);
      same = false;
    } else if (use.mode > known->mode) {
      known->mode = use.mode;
      same = false;
    }
  }
  return same;
}

void PlanCache::Add(const OperationKey& key, const json::Value& variables,
                    const plan::PlanResponse& planned) {
  std::lock_guard lock(mutex_);
  if (planned.schema_version != version_) return;
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    Operation& fresh = order_.emplace_front();
    fresh.query = key.query;
    fresh.operation_name = key.operation_name;
    fresh.role = key.role;
    fresh.backend_only = key.backend_only;
    fresh.stored = key.stored;
    fresh.bytes = BytesWithoutPlans(fresh.key()) + sizeof(Operation);
    bytes_ += fresh.bytes;
    found = by_key_.emplace(fresh.key(), order_.begin()).first;
  }
  Operation& operation = *found->second;
  if (operation.version != version_) {
    operation.uses.clear();
    Clear(operation);
    operation.version = version_;
  }
  if (!Merge(operation, planned.plan->variables)) Clear(operation);
  const size_t cost = kPlanOverhead * (1 + planned.plan->fetches.size());
  if (operation.by_shape.emplace(ShapeOf(operation.uses, variables), planned.plan).second) {
    operation.bytes += cost;
    bytes_ += cost;
  }
  Evict();
}

void PlanCache::Clear(Operation& operation) {
  const size_t left = BytesWithoutPlans(operation.key()) + sizeof(Operation);
  bytes_ -= operation.bytes - left;
  operation.bytes = left;
  operation.by_shape.clear();
}

void PlanCache::Evict() {
  while (bytes_ > max_bytes_ && !order_.empty()) {
    Erase(std::prev(order_.end()));
  }
}

PlanCache::Order::iterator PlanCache::Erase(Order::iterator operation) {
  bytes_ -= operation->bytes;
  by_key_.erase(operation->key());
  return order_.erase(operation);
}

void PlanCache::SetVersion(uint64_t schema_version, const plan::NewVersion* told) {
  std::lock_guard lock(mutex_);
  version_ = schema_version;
  if (told == nullptr) return;
  for (auto it = order_.begin(); it != order_.end();) {
    if (told->TakesOver(it->version, it->role)) it->version = told->schema_version;
    const bool stays = it->version == told->schema_version || it->version == version_;
    it = stays ? std::next(it) : Erase(it);
  }
}

size_t PlanCache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

uint64_t PlanCache::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace joinery::edge
