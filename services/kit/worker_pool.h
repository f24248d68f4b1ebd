#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace joinery::kit {

// Threads for calls that block: planning on a miss, metadata. Thread-safe.
class WorkerPool {
 public:
  // `max_queued`: beyond it Run refuses, so that overload answers early.
  WorkerPool(size_t threads, size_t max_queued);
  // Ends after the tasks that have started; the others are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: too much is waiting already, the task will not run.
  bool Run(std::function<void()> task);

 private:
  void Work();

  const size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace joinery::kit
