#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/strings.h"

namespace joinery::connectors::postgres {

struct CompiledFragment;

// Compiled fragments by id, for all loops: many readers at once, writers only on a miss. Bounded by
// count and by the bytes that entries say they take; what was not asked for lately goes first.
// Thread-safe.
class StatementCache {
 public:
  StatementCache(size_t most_entries, size_t most_bytes)
      : most_entries_(most_entries), most_bytes_(most_bytes) {}

  // Null: not there.
  std::shared_ptr<const CompiledFragment> Find(std::string_view id) const;
  // Keeps it; where two threads compiled the same, both may go on with their own.
  void Add(const std::string& id, std::shared_ptr<const CompiledFragment> compiled, size_t bytes);
  size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const CompiledFragment> compiled;
    size_t bytes = 0;
    mutable std::atomic<bool> used{false};
  };

  void MakeRoom();

  const size_t most_entries_;
  const size_t most_bytes_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry, StringHash, std::equal_to<>> entries_;
  std::deque<std::string> order_;  // Oldest first; a used one gets a second round.
  size_t bytes_ = 0;
};

}  // namespace joinery::connectors::postgres
