#include "base/call_context.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

namespace joinery {

namespace {

// Whose callbacks this thread runs.
thread_local const Cancellation* cancelling = nullptr;
std::condition_variable_any callback_ended;

}  // namespace

void Cancellation::Cancel() {
  std::unique_lock lock(mutex_);
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  const Cancellation* const before = std::exchange(cancelling, this);
  while (!callbacks_.empty()) {
    // An empty function in the map says that it runs.
    const uint64_t id = callbacks_.begin()->first;
    std::function<void()> callback = std::exchange(callbacks_.begin()->second, nullptr);
    lock.unlock();
    callback();
    callback = nullptr;
    lock.lock();
    callbacks_.erase(id);
    callback_ended.notify_all();
  }
  cancelling = before;
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
  std::unique_lock lock(mutex_);
  const auto it = callbacks_.find(id);
  if (it == callbacks_.end()) return;
  if (it->second != nullptr) {
    callbacks_.erase(it);
  } else if (cancelling != this) {
    callback_ended.wait(lock, [&] { return !callbacks_.contains(id); });
  }
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
