#include "base/call_context.h"

#include <algorithm>
#include <utility>

namespace joinery {

void Cancellation::Cancel() {
  std::map<uint64_t, std::function<void()>> callbacks;
  {
    std::lock_guard lock(mutex_);
    if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
    callbacks.swap(callbacks_);
  }
  for (auto& [id, callback] : callbacks) callback();
}

uint64_t Cancellation::OnCancel(std::function<void()> callback) {
  {
    std::lock_guard lock(mutex_);
    if (!cancelled_.load(std::memory_order_acquire)) {
      callbacks_.emplace(next_id_, std::move(callback));
      return next_id_++;
    }
  }
  callback();
  return 0;
}

void Cancellation::Forget(uint64_t id) {
  std::lock_guard lock(mutex_);
  callbacks_.erase(id);
}

std::chrono::milliseconds CallContext::remaining() const {
  if (deadline == Clock::time_point::max()) return std::chrono::milliseconds::max();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

CallContext CallContext::WithTimeout(std::chrono::milliseconds timeout) {
  CallContext context;
  context.deadline = Clock::now() + timeout;
  return context;
}

}  // namespace joinery
