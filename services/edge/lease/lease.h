#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/event_loop.h"
#include "plan/planner.h"

namespace joinery::edge {

// For how long the edge may serve from what it knows of the metadata, which others change: `length`
// from the last moment at which that was known to be the newest. Asks planners, any of them, again
// and again; an answer counts from when it was asked for, less the age that it tells, so that
// neither a slow network nor a planner that lost its store can make old knowledge young.
// Thread-safe.
class Lease {
 public:
  // Told a planner's version; says whether the edge knows that document or has just learnt it.
  using Heard = std::function<bool(uint64_t schema_version)>;

  // A length of 0 is a lease that never ends. The planner is there until Stop.
  Lease(std::chrono::milliseconds length, plan::Planner& planner, Heard heard);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  bool valid() const;

  // No renewals from here on; who waits is not answered.
  void Stop();

  // Calls `done` on `loop` once the lease is valid; with false when it is not in time.
  void Await(EventLoop& loop, std::function<void(bool valid)> done);

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiter {
    EventLoop* loop;
    std::function<void(bool)> done;
    Clock::time_point until;
  };

  void Run();
  void Renew();
  void AnswerWaiters();

  const std::chrono::milliseconds length_;
  plan::Planner& planner_;
  const Heard heard_;
  std::atomic<Clock::rep> end_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<Waiter> waiters_;
  std::thread thread_;  // Last: uses the rest.
};

}  // namespace joinery::edge
