#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace joinery {

// Tells running work that nobody waits for it any more. Shared by all calls of one request;
// thread-safe. A callback runs once, on the thread that cancels, or at once when already cancelled.
class Cancellation {
 public:
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  void Cancel();

  // Returns an id for Forget; 0 when the callback ran at once.
  uint64_t OnCancel(std::function<void()> callback);
  // After it returns, the callback does not start any more.
  void Forget(uint64_t id);

 private:
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, std::function<void()>> callbacks_;
};

// What travels with every call: deadline, cancellation and trace.
struct CallContext {
  using Clock = std::chrono::steady_clock;

  Clock::time_point deadline = Clock::time_point::max();
  std::shared_ptr<Cancellation> cancellation;  // Null: cannot be cancelled.
  std::string traceparent;                     // W3C trace context; empty: none.
  std::string request_id;

  bool cancelled() const { return cancellation != nullptr && cancellation->cancelled(); }
  // Never negative; max() when there is no deadline.
  std::chrono::milliseconds remaining() const;
  static CallContext WithTimeout(std::chrono::milliseconds timeout);
};

}  // namespace joinery
