#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "base/status.h"
#include "connectors/postgres/pool/connection.h"
#include "connectors/postgres/pool/helper_threads.h"
#include "connectors/postgres/pool/settings.h"
#include "connectors/postgres/pool/statement.h"
#include "plan/plan.h"

namespace joinery::connectors::postgres {

// What all pools of a source did so far; for tests and metrics. Thread-safe.
struct PoolCounters {
  std::atomic<uint64_t> opened{0};    // Sessions.
  std::atomic<uint64_t> executed{0};  // Statements sent, repetitions included.
  std::atomic<uint64_t> prepared{0};
  std::atomic<uint64_t> cancelled{0};  // Cancel requests.
  std::atomic<uint64_t> lost{0};       // Sessions that broke while a statement ran.
  std::atomic<int64_t> open{0};        // Sessions now.
};

// What the pools of one source share, on whatever loop they are. Immutable but for the counters.
struct PoolShared {
  PoolShared() = default;
  ~PoolShared() { Stop(); }

  Settings settings;
  size_t most_connections = 1;  // Per pool.
  size_t most_prepared = 500;   // Per session.
  size_t most_waiting = 10000;  // Per pool.
  // Opening sessions blocks, so each source has threads of its own: a dead host delays no other's.
  HelperThreads connecting{4};
  HelperThreads cancelling{2};
  PoolCounters counters;
  // Counts when sessions did not know what they had prepared, or knew more: somebody between us and
  // the server hands the same session to several (PgBouncer). From a few on, statements are not
  // kept.
  std::atomic<int> mixed_up{0};
  bool keeps_statements() const { return mixed_up.load(std::memory_order_relaxed) < 3; }

  // Waits for what the threads are at. Loops must not be waited for by whoever calls it.
  void Stop();
  std::shared_ptr<Cancellation> stopping = std::make_shared<Cancellation>();
};

// Sessions of one source that live on one loop: no lock, no change of threads. Statements wait
// their turn when all sessions are busy. Everything but the constructor runs on the loop's thread.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(EventLoop& loop, std::shared_ptr<PoolShared> shared);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs a program, one Values per statement. `done` is called once, later, on the loop.
  // Reads are repeated (settings.retries) when the session turns out to be gone before any row
  // came. Unavailable: no session to be had, or it broke. ResourceExhausted: too many wait, or
  // `pool_timeout` passed. Cancelled, DeadlineExceeded: as `context` says; the server is told to
  // stop, as it is when `sink` has enough: Cancelled as well. While `flow` is paused rows wait at
  // the server, and the deadline goes on unless `flow` puts it off.
  void Run(CallContext context, std::shared_ptr<const Program> program,
           std::shared_ptr<const ProgramValues> values, plan::Access access, RowSink sink,
           AnswerCallback done, std::shared_ptr<RowFlow> flow = nullptr);

  // From now on sessions end when they have nothing to do. Statements, new ones too, are served.
  void Close();
  // Ends everything now: what runs or waits is answered Unavailable.
  void Abort();

  size_t connections() const { return connections_.size(); }
  size_t waiting() const { return waiting_.size(); }

 private:
  struct Call;
  struct Timer;  // Keeps Asio's headers out of here.
  using CallPtr = std::shared_ptr<Call>;
  using ConnectionRef = std::shared_ptr<Connection>;
  using Clock = std::chrono::steady_clock;

  void Admit(CallPtr call, bool first);
  void WatchCancellation(const CallPtr& call);
  ConnectionRef TakeIdle(const Call& call);
  ConnectionRef PopIdle(const Call& call);
  void StartOn(const ConnectionRef& connection, const CallPtr& call);
  void StopReading(const CallPtr& call);
  void OnFinished(const ConnectionRef& connection, const CallPtr& call,
                  Connection::Outcome outcome);
  bool ShouldRepeat(const Call& call, const Connection::Outcome& outcome) const;
  void Serve(const ConnectionRef& connection);
  void Drop(const ConnectionRef& connection);
  void OpenMore();
  void OnOpened(StatusOr<ConnectionPtr> session);
  void FailWaiting(const Status& why);
  void ReleaseIfDrained();
  void End(const CallPtr& call, Status status);
  void Answered(const CallPtr& call, StatusOr<Answer> answer);
  void WakeAt(Clock::time_point when);
  void OnTimer();
  Clock::time_point EndOverdue(Clock::time_point now);
  Clock::time_point CloseStale(Clock::time_point now);
  bool IsStale(const Connection& connection, Clock::time_point now) const;

  EventLoop& loop_;
  const std::shared_ptr<PoolShared> shared_;
  std::vector<ConnectionRef> connections_;  // All that are open.
  std::vector<ConnectionRef> idle_;         // The last used one at the end.
  std::deque<CallPtr> waiting_;
  std::set<CallPtr> running_;
  size_t opening_ = 0;
  bool closed_ = false;
  bool aborted_ = false;
  std::shared_ptr<Pool> keep_;  // Itself, when closed and not drained.
  std::unique_ptr<Timer> timer_;
  Clock::time_point wake_at_ = Clock::time_point::max();
};

}  // namespace joinery::connectors::postgres
