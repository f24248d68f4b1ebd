#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "base/status.h"
#include "connectors/postgres/pool/pool.h"
#include "connectors/postgres/pool/settings.h"

namespace joinery::connectors::postgres {

// One database that fragments may name, and its pools. Thread-safe.
class Source {
 public:
  Source(StatusOr<Settings> settings, size_t loops, size_t most_prepared);

  // Why it cannot be used at all, if so.
  const Status& status() const { return status_; }
  const Settings& settings() const { return shared_->settings; }
  const PoolCounters& counters() const { return shared_->counters; }

  // The pool of `loop`, made when first asked for; on that loop. nullptr once closed at once.
  std::shared_ptr<Pool> PoolOf(EventLoop& loop);

  // Sessions end when their work is done, late requests' too; or at once.
  void Close(bool at_once);
  // Waits for the threads that open sessions.
  void Stop() { shared_->Stop(); }

 private:
  Status status_ = OkStatus();
  std::shared_ptr<PoolShared> shared_;
  std::mutex mutex_;
  bool closed_ = false;
  bool aborted_ = false;
  std::vector<std::pair<EventLoop*, std::shared_ptr<Pool>>> pools_;
};

}  // namespace joinery::connectors::postgres
