#include "connectors/postgres/pool/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace joinery::connectors::postgres {

using boost::asio::posix::stream_descriptor;

struct Connection::Socket {
  explicit Socket(boost::asio::io_context& context, int descriptor)
      : descriptor(context, descriptor) {}
  // The socket is libpq's: it closes it.
  ~Socket() { descriptor.release(); }

  stream_descriptor descriptor;
};

Connection::Connection(EventLoop& loop, ConnectionPtr session, size_t most_prepared)
    : loop_(loop), session_(std::move(session)), prepared_(most_prepared) {
  PQsetnonblocking(session_.get(), 1);
  JOINERY_CHECK(PQenterPipelineMode(session_.get()) == 1);
  socket_ = std::make_unique<Socket>(loop_.context(), PQsocket(session_.get()));
}

Connection::~Connection() { Close(); }

void Connection::Run(const std::shared_ptr<const Program>& program, const ProgramValues& values,
                     bool keep, RowSink sink, std::shared_ptr<RowFlow> flow, Finished finished) {
  JOINERY_CHECK(idle() && session_ != nullptr);
  running_ = true;
  program_ = program;
  sink_ = std::move(sink);
  flow_ = std::move(flow);
  if (flow_ != nullptr) {
    flow_->OnResume([&loop = loop_, weak = weak_from_this(), flow = std::weak_ptr(flow_)] {
      loop.Post([weak, flow] {
        const auto self = weak.lock();
        if (self && self->running_ && self->flow_ == flow.lock()) self->TakeResults();
      });
    });
  }
  finished_ = std::move(finished);
  outcome_ = Outcome();
  steps_.clear();
  step_ = 0;
  if (Send(values, keep)) {
    BeginStep();
    Flush();
    return;
  }
  // The caller is still in Run: it hears of it later.
  loop_.Post([self = shared_from_this()] {
    if (self->running_) self->Lose(OneLine(PQerrorMessage(self->session_.get())));
  });
}

bool Connection::Send(const ProgramValues& values, bool keep) {
  if (!SendDeallocate() || !SendPlanMode()) return false;
  const size_t count = program_->statements.size();
  for (size_t i = 0; i < count; ++i) {
    if (!SendStatement(i, values[i], keep)) return false;
  }
  // What constraints put off to the end fails where it can be told: libpq has no place for an error
  // of the commit that comes with the sync.
  if (count > 1 && !SendCommand("set constraints all immediate", Step::Kind::kSettle)) return false;
  return PQpipelineSync(session_.get()) == 1;
}

bool Connection::SendStatement(size_t index, const Values& values, bool keep) {
  const Statement& statement = program_->statements[index];
  value_texts_.clear();
  value_lengths_.clear();
  for (const auto& value : values) {
    value_texts_.push_back(value ? value->c_str() : nullptr);
    value_lengths_.push_back(value ? static_cast<int>(value->size()) : 0);
  }
  const std::string* name = keep ? prepared_.Find(statement.id) : nullptr;
  outcome_.was_prepared = outcome_.was_prepared || name != nullptr;
  std::string fresh;
  if (name == nullptr) {
    if (keep) fresh = prepared_.NextName();
    name = &fresh;
    steps_.push_back({Step::Kind::kPrepare, index, fresh});
    const auto& types = statement.parameter_types;
    if (PQsendPrepare(session_.get(), name->c_str(), statement.sql.c_str(),
                      static_cast<int>(types.size()), types.data()) != 1) {
      return false;
    }
  }
  steps_.push_back({Step::Kind::kExecute, index, {}});
  return PQsendQueryPrepared(session_.get(), name->c_str(), static_cast<int>(values.size()),
                             value_texts_.data(), value_lengths_.data(), nullptr,
                             /*resultFormat=*/0) == 1;
}

bool Connection::SendDeallocate() {
  for (const std::string& name : prepared_.TakeDropped()) {
    if (!SendCommand(StrCat("deallocate ", name), Step::Kind::kCommand)) return false;
  }
  return true;
}

bool Connection::SendPlanMode() {
  const bool wanted = program_->plan_each_time();
  if (plan_mode_known_ && wanted == plans_each_time_) return true;
  plan_mode_known_ = true;
  plans_each_time_ = wanted;
  return SendCommand(StrCat("set plan_cache_mode to ", wanted ? "force_custom_plan" : "auto"),
                     Step::Kind::kCommand);
}

bool Connection::SendCommand(const std::string& sql, Step::Kind kind) {
  steps_.push_back({kind, program_->statements.size() - 1, {}});
  return PQsendQueryParams(session_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                           /*resultFormat=*/0) == 1;
}

void Connection::Flush() {
  WaitRead();
  const int left = PQflush(session_.get());
  if (left == 0) return;
  // A failure to send shows as one to read, with the server's last words.
  if (left < 0) return;
  socket_->descriptor.async_wait(stream_descriptor::wait_write,
                                 [self = shared_from_this()](const auto& error) {
                                   if (!error && self->running_) self->Flush();
                                 });
}

void Connection::WaitRead() {
  if (reading_) return;
  reading_ = true;
  socket_->descriptor.async_wait(stream_descriptor::wait_read,
                                 [self = shared_from_this()](const auto& error) {
                                   self->reading_ = false;
                                   if (!error && self->running_) self->OnReadable();
                                 });
}

void Connection::OnReadable() {
  if (PQconsumeInput(session_.get()) == 0) {
    Lose(OneLine(PQerrorMessage(session_.get())));
    return;
  }
  TakeResults();
}

void Connection::TakeResults() {
  while (running_ && (flow_ == nullptr || !flow_->paused()) && PQisBusy(session_.get()) == 0) {
    if (!TakeResult()) return;
  }
  // While rows are held back nothing is read, so that the server waits too.
  if (running_ && (flow_ == nullptr || !flow_->paused())) WaitRead();
}

void Connection::BeginStep() {
  if (!program_->row_by_row || step_ >= steps_.size()) return;
  // No effect on what has no rows.
  if (steps_[step_].kind == Step::Kind::kExecute) PQsetSingleRowMode(session_.get());
}

bool Connection::TakeResult() {
  const ResultPtr result(PQgetResult(session_.get()));
  if (result == nullptr) {
    ++step_;
    BeginStep();
    return true;
  }
  if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
    Finish();
    return false;
  }
  TakeStepResult(*result);
  const bool ends = outcome_.kind == Outcome::Kind::kRefused && EndsSession(outcome_.error);
  if (ends || PQstatus(session_.get()) == CONNECTION_BAD) {
    Lose(outcome_.error.message.empty() ? OneLine(PQerrorMessage(session_.get()))
                                        : outcome_.error.message);
    return false;
  }
  return true;
}

void Connection::TakeStepResult(const PGresult& result) {
  static const Step kBeyond;
  const Step& step = step_ < steps_.size() ? steps_[step_] : kBeyond;
  switch (PQresultStatus(&result)) {
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
      if (step.kind != Step::Kind::kExecute || sink_ == nullptr) break;
      outcome_.rows_seen = true;
      if (!sink_(step.statement, result)) sink_ = nullptr;
      break;
    case PGRES_COMMAND_OK:
      if (step.kind == Step::Kind::kPrepare && !step.name.empty()) {
        ++outcome_.prepared;
        prepared_.Add(program_->statements[step.statement].id, step.name);
      }
      break;
    case PGRES_PIPELINE_ABORTED:
      break;
    default:
      if (outcome_.kind == Outcome::Kind::kRefused) break;
      // The setting rolls back with everything else up to the sync.
      if (std::ranges::find(steps_, Step::Kind::kCommand, &Step::kind) != steps_.end()) {
        plan_mode_known_ = false;
      }
      outcome_.kind = Outcome::Kind::kRefused;
      outcome_.error = ServerErrorOf(result);
      outcome_.error.statement = step.statement;
  }
}

void Connection::Lose(std::string message) {
  outcome_.kind = Outcome::Kind::kLost;
  outcome_.error.message = std::move(message);
  Finish();
}

void Connection::Finish() {
  running_ = false;
  last_used_ = Clock::now();
  sink_ = nullptr;
  flow_ = nullptr;
  program_.reset();
  const Finished finished = std::exchange(finished_, nullptr);
  finished(std::move(outcome_));
}

void Connection::Cancel(HelperThreads& helpers) {
  sink_ = nullptr;
  // Nobody holds rows back that are dropped.
  if (const auto flow = std::exchange(flow_, nullptr); running_ && flow && flow->paused()) {
    loop_.Post([self = shared_from_this()] {
      if (self->running_) self->TakeResults();
    });
  }
  if (!running_ || cancelling_) return;
  PGcancel* request = PQgetCancel(session_.get());
  if (request == nullptr) return;
  cancelling_ = true;
  std::shared_ptr<PGcancel> shared(request, PQfreeCancel);
  // The helper must not hold the last reference: only the loop may drop it.
  helpers.Submit([shared = std::move(shared), weak = weak_from_this(), &loop = loop_] {
    char message[256];
    PQcancel(shared.get(), message, sizeof(message));
    loop.Post([weak] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->cancelling_ = false;
      if (!self->running_ && self->on_idle) self->on_idle();
    });
  });
}

void Connection::Close() {
  running_ = false;
  sink_ = nullptr;
  flow_ = nullptr;
  finished_ = nullptr;
  on_idle = nullptr;
  socket_.reset();
  session_.reset();
}

bool Connection::HungUp() const {
  char byte = 0;
  const ssize_t got = recv(PQsocket(session_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  // A server that ends a session says so with an error first; through TLS it cannot be told apart.
  if (got > 0) return byte == 'E' || PQsslInUse(session_.get()) != 0;
  return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

int Connection::backend_pid() const {
  return session_ == nullptr ? 0 : PQbackendPID(session_.get());
}

}  // namespace joinery::connectors::postgres
