#include "connectors/postgres/pool/pool.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "connectors/postgres/pool/session.h"

namespace joinery::connectors::postgres {
namespace {

constexpr std::string_view kNoSuchStatement = "26000";
constexpr std::string_view kStatementExists = "42P05";
constexpr std::chrono::seconds kHousekeeping{5};
// A server that does not react to a cancel request within it loses the session.
constexpr std::chrono::seconds kCancelPatience{5};

}  // namespace

void PoolShared::Stop() {
  stopping->Cancel();
  connecting.Stop();
  cancelling.Stop();
}

struct Pool::Call {
  CallContext context;
  std::shared_ptr<const Program> program;
  std::shared_ptr<const ProgramValues> values;
  bool plan_each_time = false;
  plan::Access access;
  RowSink sink;
  std::shared_ptr<RowFlow> flow;
  AnswerCallback done;
  int repetitions = 0;
  Clock::time_point waits_until = Clock::time_point::max();
  uint64_t cancel_id = 0;
  bool answered = false;
  std::weak_ptr<Connection> connection;  // While it runs.

  Clock::time_point deadline() const {
    const auto put_off = answered || flow == nullptr ? std::nullopt : flow->deadline();
    return put_off.value_or(context.deadline);
  }
};

struct Pool::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

Pool::Pool(EventLoop& loop, std::shared_ptr<PoolShared> shared)
    : loop_(loop), shared_(std::move(shared)), timer_(std::make_unique<Timer>(loop.context())) {}

Pool::~Pool() { shared_->counters.open -= static_cast<int64_t>(connections_.size()); }

void Pool::Run(CallContext context, std::shared_ptr<const Program> program,
               std::shared_ptr<const ProgramValues> values, plan::Access access, RowSink sink,
               AnswerCallback done, std::shared_ptr<RowFlow> flow) {
  auto call = std::make_shared<Call>();
  call->context = std::move(context);
  call->plan_each_time = program->plan_each_time();
  call->program = std::move(program);
  call->values = std::move(values);
  call->access = access;
  call->sink = std::move(sink);
  call->flow = std::move(flow);
  call->done = std::move(done);
  const Settings& settings = shared_->settings;
  if (settings.pool_timeout.count() > 0) call->waits_until = Clock::now() + settings.pool_timeout;
  WatchCancellation(call);
  Admit(std::move(call), /*first=*/false);
}

void Pool::WatchCancellation(const CallPtr& call) {
  if (call->context.cancellation == nullptr) return;
  // The request's own thread may be any: only the loop touches the call.
  call->cancel_id = call->context.cancellation->OnCancel(
      [&loop = loop_, pool = weak_from_this(), weak = std::weak_ptr<Call>(call)] {
        loop.Post([pool, weak] {
          const auto self = pool.lock();
          const auto held = weak.lock();
          if (self && held) self->End(held, Cancelled("the call was cancelled"));
        });
      });
}

void Pool::Admit(CallPtr call, bool first) {
  Status refusal = OkStatus();
  if (aborted_) {
    refusal = Unavailable(StrCat("source \"", shared_->settings.source, "\" is being closed"));
  } else if (call->context.cancelled()) {
    refusal = Cancelled("the call was cancelled");
  } else if (call->context.deadline <= Clock::now()) {
    refusal = DeadlineExceeded("the deadline passed");
  } else if (waiting_.size() >= shared_->most_waiting) {
    refusal = ResourceExhausted(
        StrCat("source \"", shared_->settings.source, "\": too many statements wait"));
  }
  if (!refusal.ok()) {
    loop_.Post([self = shared_from_this(), call, refusal] { self->Answered(call, refusal); });
    return;
  }
  if (closed_) keep_ = shared_from_this();
  WakeAt(call->context.deadline);
  if (const ConnectionRef connection = TakeIdle(*call)) {
    StartOn(connection, call);
    return;
  }
  WakeAt(call->waits_until);
  if (first) {
    waiting_.push_front(std::move(call));
  } else {
    waiting_.push_back(std::move(call));
  }
  OpenMore();
}

// What must not be repeated gets only a session that is surely there.
Pool::ConnectionRef Pool::TakeIdle(const Call& call) {
  while (!idle_.empty()) {
    const ConnectionRef connection = PopIdle(call);
    const bool safe = call.access == plan::Access::kRead && call.repetitions == 0 &&
                      shared_->settings.retries > 0;
    if (safe || !connection->HungUp()) return connection;
    Drop(connection);
  }
  return nullptr;
}

// The last used one that plans as the statement wants, if any.
Pool::ConnectionRef Pool::PopIdle(const Call& call) {
  auto chosen = std::prev(idle_.end());
  for (auto next = idle_.rbegin(); next != idle_.rend(); ++next) {
    if ((*next)->plans_each_time() != call.plan_each_time) continue;
    chosen = std::prev(next.base());
    break;
  }
  ConnectionRef connection = std::move(*chosen);
  idle_.erase(chosen);
  return connection;
}

void Pool::StartOn(const ConnectionRef& connection, const CallPtr& call) {
  call->connection = connection;
  running_.insert(call);
  shared_->counters.executed += call->program->statements.size();
  connection->Run(
      call->program, *call->values, shared_->keeps_statements(),
      [pool = weak_from_this(), call](size_t statement, const PGresult& rows) {
        if (call->answered || !call->sink || call->sink(statement, rows)) return true;
        if (const auto self = pool.lock()) self->StopReading(call);
        return false;
      },
      call->flow,
      [pool = weak_from_this(), weak = std::weak_ptr<Connection>(connection),
       call](Connection::Outcome outcome) {
        const auto self = pool.lock();
        const auto held = weak.lock();
        if (self && held) self->OnFinished(held, call, std::move(outcome));
      });
}

void Pool::StopReading(const CallPtr& call) {
  call->sink = nullptr;
  // Not from inside the connection.
  loop_.Post([pool = weak_from_this(), call] {
    if (const auto self = pool.lock()) self->End(call, Cancelled("no more rows are wanted"));
  });
}

bool Pool::ShouldRepeat(const Call& call, const Connection::Outcome& outcome) const {
  if (call.answered || call.repetitions >= shared_->settings.retries) return false;
  if (outcome.kind == Connection::Outcome::Kind::kLost) {
    return call.access == plan::Access::kRead && !outcome.rows_seen;
  }
  if (outcome.kind == Connection::Outcome::Kind::kDone) return false;
  // The session forgot the statement, or a table changed under it: nothing was executed.
  const std::string& state = outcome.error.sqlstate;
  return state == kNoSuchStatement || state == kStatementExists ||
         (state == "0A000" && outcome.was_prepared);
}

void Pool::OnFinished(const ConnectionRef& connection, const CallPtr& call,
                      Connection::Outcome outcome) {
  const auto self = shared_from_this();
  running_.erase(call);
  call->connection.reset();
  shared_->counters.prepared += outcome.prepared;
  const bool repeat = ShouldRepeat(*call, outcome);
  const bool lost = outcome.kind == Connection::Outcome::Kind::kLost;
  if (lost) {
    ++shared_->counters.lost;
    Drop(connection);
  } else {
    const std::string& state = outcome.error.sqlstate;
    if (state == kNoSuchStatement || state == kStatementExists) {
      ++shared_->mixed_up;
      connection->ForgetAll();
    }
    if (repeat) connection->Forget(*call->program);
    // The database goes on with the next statement while this answer is looked at.
    if (connection->idle()) Serve(connection);
  }
  if (repeat) {
    ++call->repetitions;
    Admit(call, /*first=*/true);
    return;
  }
  if (lost) {
    OpenMore();
    Answered(call, Unavailable(StrCat(
                       "source \"", shared_->settings.source,
                       "\": the connection to the database broke: ", outcome.error.message)));
  } else if (outcome.kind == Connection::Outcome::Kind::kRefused) {
    Answered(call, Answer(std::move(outcome.error)));
  } else {
    Answered(call, Answer());
  }
  ReleaseIfDrained();
}

void Pool::Serve(const ConnectionRef& connection) {
  if ((closed_ && waiting_.empty()) || IsStale(*connection, Clock::now())) {
    Drop(connection);
    OpenMore();
    ReleaseIfDrained();
    return;
  }
  if (waiting_.empty()) {
    idle_.push_back(connection);
    WakeAt(Clock::now() + kHousekeeping);
    return;
  }
  const CallPtr call = std::move(waiting_.front());
  waiting_.pop_front();
  StartOn(connection, call);
}

void Pool::Drop(const ConnectionRef& connection) {
  const ConnectionRef held = connection;
  const auto removed = std::erase(connections_, held);
  std::erase(idle_, held);
  shared_->counters.open -= static_cast<int64_t>(removed);
  held->Close();
}

void Pool::OpenMore() {
  while (opening_ < waiting_.size() && connections_.size() + opening_ < shared_->most_connections) {
    ++opening_;
    // Helper threads must never hold the last reference to what belongs to the loop. The settings
    // live as long as the threads, which are their neighbours.
    shared_->connecting.Submit([weak = weak_from_this(), shared = shared_.get(), &loop = loop_] {
      CallContext context = CallContext::WithTimeout(shared->settings.connect_timeout * 2);
      context.cancellation = shared->stopping;
      auto session =
          std::make_shared<StatusOr<ConnectionPtr>>(OpenSession(context, shared->settings));
      loop.Post([weak, session] {
        if (const auto self = weak.lock()) self->OnOpened(std::move(*session));
      });
    });
  }
}

void Pool::OnOpened(StatusOr<ConnectionPtr> session) {
  --opening_;
  if (!session.ok()) {
    FailWaiting(session.status());
    ReleaseIfDrained();
    return;
  }
  auto connection =
      std::make_shared<Connection>(loop_, *std::move(session), shared_->most_prepared);
  connection->on_idle = [weak = weak_from_this(), self = std::weak_ptr<Connection>(connection)] {
    const auto pool = weak.lock();
    const auto held = self.lock();
    if (pool && held) pool->Serve(held);
  };
  connections_.push_back(connection);
  ++shared_->counters.opened;
  ++shared_->counters.open;
  Serve(connection);
}

// As long as some session works or is being opened there is hope for all who wait.
void Pool::FailWaiting(const Status& why) {
  if (!connections_.empty() || opening_ > 0) return;
  std::deque<CallPtr> failed;
  failed.swap(waiting_);
  for (const CallPtr& call : failed) Answered(call, why);
}

void Pool::End(const CallPtr& call, Status status) {
  if (call->answered) return;
  std::erase(waiting_, call);
  if (const ConnectionRef connection = call->connection.lock()) {
    ++shared_->counters.cancelled;
    connection->Cancel(shared_->cancelling);
    // From here on the deadline bounds the server's reaction.
    call->context.deadline = Clock::now() + kCancelPatience;
    WakeAt(call->context.deadline);
  }
  Answered(call, std::move(status));
}

void Pool::Answered(const CallPtr& call, StatusOr<Answer> answer) {
  if (std::exchange(call->answered, true)) return;
  if (call->cancel_id != 0) call->context.cancellation->Forget(call->cancel_id);
  call->sink = nullptr;
  const AnswerCallback done = std::exchange(call->done, nullptr);
  done(std::move(answer));
}

void Pool::WakeAt(Clock::time_point when) {
  if (when >= wake_at_) return;
  wake_at_ = when;
  timer_->timer.expires_at(when);
  timer_->timer.async_wait([weak = weak_from_this()](const auto& error) {
    if (const auto self = weak.lock(); self && !error) self->OnTimer();
  });
}

void Pool::OnTimer() {
  const auto self = shared_from_this();
  const Clock::time_point now = Clock::now();
  wake_at_ = Clock::time_point::max();
  const Clock::time_point overdue = EndOverdue(now);
  const Clock::time_point stale = CloseStale(now);
  WakeAt(std::min(overdue, stale));
  ReleaseIfDrained();
}

// Ends what waited or ran too long; the time of the next that will.
Pool::Clock::time_point Pool::EndOverdue(Clock::time_point now) {
  Clock::time_point next = Clock::time_point::max();
  std::vector<CallPtr> calls(waiting_.begin(), waiting_.end());
  for (const CallPtr& call : calls) {
    if (call->context.deadline <= now) {
      End(call, DeadlineExceeded("the deadline passed while waiting for a database connection"));
    } else if (call->waits_until <= now) {
      End(call, ResourceExhausted(StrCat("source \"", shared_->settings.source,
                                         "\": no database connection became free in time")));
    } else {
      next = std::min({next, call->context.deadline, call->waits_until});
    }
  }
  calls.assign(running_.begin(), running_.end());
  for (const CallPtr& call : calls) {
    if (call->deadline() > now) {
      next = std::min(next, call->deadline());
    } else if (!call->answered) {
      End(call, DeadlineExceeded("the deadline passed while the database worked"));
    } else if (const ConnectionRef connection = call->connection.lock()) {
      running_.erase(call);
      Drop(connection);
      OpenMore();
    }
  }
  return next;
}

bool Pool::IsStale(const Connection& connection, Clock::time_point now) const {
  const Settings& settings = shared_->settings;
  return settings.connection_lifetime.count() > 0 &&
         now - connection.opened() >= settings.connection_lifetime;
}

Pool::Clock::time_point Pool::CloseStale(Clock::time_point now) {
  const std::vector<ConnectionRef> idle = idle_;
  for (const ConnectionRef& connection : idle) {
    const bool unused = now - connection->last_used() >= shared_->settings.idle_timeout;
    if (unused || IsStale(*connection, now) || connection->HungUp()) Drop(connection);
  }
  return connections_.empty() ? Clock::time_point::max() : now + kHousekeeping;
}

void Pool::Close() {
  closed_ = true;
  const std::vector<ConnectionRef> idle = idle_;
  for (const ConnectionRef& connection : idle) Drop(connection);
  keep_ = shared_from_this();
  ReleaseIfDrained();
}

void Pool::ReleaseIfDrained() {
  if (keep_ == nullptr || !connections_.empty() || !waiting_.empty() || opening_ > 0) return;
  timer_->timer.cancel();
  wake_at_ = Clock::time_point::max();
  const auto last = std::exchange(keep_, nullptr);
  loop_.Post([last] {});  // Not while one of its functions is still on the stack.
}

void Pool::Abort() {
  const auto self = shared_from_this();
  closed_ = aborted_ = true;
  keep_ = nullptr;
  timer_->timer.cancel();
  const std::vector<ConnectionRef> connections = connections_;
  for (const ConnectionRef& connection : connections) Drop(connection);
  std::vector<CallPtr> calls(waiting_.begin(), waiting_.end());
  calls.insert(calls.end(), running_.begin(), running_.end());
  waiting_.clear();
  running_.clear();
  const Status why =
      Unavailable(StrCat("source \"", shared_->settings.source, "\" is being closed"));
  for (const CallPtr& call : calls) Answered(call, why);
}

}  // namespace joinery::connectors::postgres
