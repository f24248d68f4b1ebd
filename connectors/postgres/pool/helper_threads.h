#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace joinery::connectors::postgres {

// A few threads for what libpq can only do by blocking: name lookup, handshakes, cancel requests.
// They start when first needed. Thread-safe.
class HelperThreads {
 public:
  explicit HelperThreads(size_t most) : most_(most) {}
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;
  ~HelperThreads() { Stop(); }

  // `job` runs on one of the threads; after Stop it is dropped.
  void Submit(std::function<void()> job);

  // Drops what has not begun and waits for what has.
  void Stop();

 private:
  void Work();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace joinery::connectors::postgres
