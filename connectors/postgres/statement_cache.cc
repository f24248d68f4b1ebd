#include "connectors/postgres/statement_cache.h"

#include <mutex>
#include <utility>

namespace joinery::connectors::postgres {

std::shared_ptr<const CompiledFragment> StatementCache::Find(std::string_view id) const {
  std::shared_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  // Writing only when it changes something keeps the cache line shared.
  if (!found->second.used.load(std::memory_order_relaxed)) {
    found->second.used.store(true, std::memory_order_relaxed);
  }
  return found->second.compiled;
}

void StatementCache::Add(const std::string& id, std::shared_ptr<const CompiledFragment> compiled,
                         size_t bytes) {
  std::unique_lock lock(mutex_);
  const auto [entry, added] = entries_.try_emplace(id);
  if (!added) return;
  entry->second.compiled = std::move(compiled);
  entry->second.bytes = bytes;
  entry->second.used.store(true, std::memory_order_relaxed);
  bytes_ += bytes;
  order_.push_back(id);
  MakeRoom();
}

// Each gets a second round if it was asked for since the last one, or is new.
void StatementCache::MakeRoom() {
  while (order_.size() > 1 && (entries_.size() > most_entries_ || bytes_ > most_bytes_)) {
    std::string id = std::move(order_.front());
    order_.pop_front();
    const auto entry = entries_.find(id);
    if (entry->second.used.exchange(false, std::memory_order_relaxed)) {
      order_.push_back(std::move(id));
      continue;
    }
    bytes_ -= entry->second.bytes;
    entries_.erase(entry);
  }
}

size_t StatementCache::size() const {
  std::shared_lock lock(mutex_);
  return entries_.size();
}

}  // namespace joinery::connectors::postgres
