#include "connectors/postgres/source.h"

#include <algorithm>

namespace joinery::connectors::postgres {

Source::Source(StatusOr<Settings> settings, size_t loops, size_t most_prepared)
    : shared_(std::make_shared<PoolShared>()) {
  shared_->most_prepared = most_prepared;
  if (!settings.ok()) {
    status_ = settings.status();
    return;
  }
  shared_->settings = *std::move(settings);
  const auto most = static_cast<size_t>(shared_->settings.max_connections);
  shared_->most_connections = std::max<size_t>(1, most / std::max<size_t>(1, loops));
}

std::shared_ptr<Pool> Source::PoolOf(EventLoop& loop) {
  std::lock_guard lock(mutex_);
  for (const auto& [known, pool] : pools_) {
    if (known == &loop) return pool;
  }
  if (aborted_) return nullptr;
  const auto pool = std::make_shared<Pool>(loop, shared_);
  if (closed_) pool->Close();
  return pools_.emplace_back(&loop, pool).second;
}

void Source::Close(bool at_once) {
  std::vector<std::pair<EventLoop*, std::shared_ptr<Pool>>> pools;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    aborted_ |= at_once;
    pools = pools_;
    // A loop may be gone before the source: the last that ends a pool is on its loop.
    if (at_once) pools_.clear();
  }
  for (auto& [loop, pool] : pools) {
    loop->Post([at_once, pool = std::move(pool)] { at_once ? pool->Abort() : pool->Close(); });
  }
}

}  // namespace joinery::connectors::postgres
