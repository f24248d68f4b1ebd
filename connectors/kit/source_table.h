#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/connector.h"

namespace joinery::connectors {

// The sources of one connector, by name, with what was made of their definitions. Thread-safe.
template <typename Made>
class SourceTable {
 public:
  // nullptr: no such source.
  std::shared_ptr<const Made> Find(std::string_view name) const {
    std::shared_lock lock(mutex_);
    const auto it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : it->second;
  }

  template <typename Make>
  void Set(plan::SourceKind kind, const std::vector<plan::SourceConfig>& sources,
           const Make& make) {
    std::map<std::string, std::shared_ptr<const Made>, std::less<>> next;
    for (const plan::SourceConfig& source : sources) {
      if (source.name.kind != kind) continue;
      next.emplace(source.name.name, std::make_shared<const Made>(make(source)));
    }
    std::unique_lock lock(mutex_);
    by_name_.swap(next);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<const Made>, std::less<>> by_name_;
};

}  // namespace joinery::connectors
