#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "connectors/postgres/pool/helper_threads.h"
#include "connectors/postgres/pool/prepared_statements.h"
#include "connectors/postgres/pool/statement.h"

namespace joinery::connectors::postgres {

// One session driven by a loop: one program at a time, in libpq's pipeline mode, so that preparing
// and executing a new statement is one round trip. Held by shared_ptr; everything runs on the
// loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  // What became of a program.
  struct Outcome {
    enum class Kind : uint8_t {
      kDone,     // Rows went to the sink; the session is free.
      kRefused,  // The server refused, `error`; the session is free.
      kLost,     // The session is gone, `error.message` says why.
    };
    Kind kind = Kind::kDone;
    ServerError error;
    bool rows_seen = false;     // The sink was called.
    bool was_prepared = false;  // Executed what an earlier use had prepared.
    size_t prepared = 0;        // Statements prepared now.
  };
  using Finished = std::function<void(Outcome)>;

  // Takes over a session that is open and idle. `most_prepared` bounds its prepared statements.
  Connection(EventLoop& loop, ConnectionPtr session, size_t most_prepared);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Only while not busy. `finished` is called once, later. `keep`: prepare it for later uses too.
  // `flow`, if any, holds rows back while it is paused.
  void Run(const std::shared_ptr<const Program>& program, const ProgramValues& values, bool keep,
           RowSink sink, std::shared_ptr<RowFlow> flow, Finished finished);
  // Asks the server to give up the running statement, from a helper thread. `finished` follows as
  // usual. The rows still to come are dropped.
  void Cancel(HelperThreads& helpers);
  // Ends the session; a running statement is lost, its `finished` is not called.
  void Close();

  // Neither a statement nor a cancel request is under way.
  bool idle() const { return !running_ && !cancelling_; }
  // The server has hung up on this idle session. Costs a system call.
  bool HungUp() const;
  // Makes the next use of its statements prepare them anew.
  void Forget(const Program& program) {
    for (const Statement& statement : program.statements) prepared_.Forget(statement.id);
  }
  // The server knows none of its prepared statements any more.
  void ForgetAll() { prepared_.Clear(); }

  // How it plans now; a statement that wants it otherwise costs a command more.
  bool plans_each_time() const { return plans_each_time_; }

  Clock::time_point opened() const { return opened_; }
  Clock::time_point last_used() const { return last_used_; }
  size_t prepared() const { return prepared_.size(); }
  int backend_pid() const;

  // Called when a cancel request ends after its statement did: the session is free only then.
  std::function<void()> on_idle;

 private:
  // A command of the pipeline; `statement` of the program, which fails when it does.
  struct Step {
    enum class Kind : uint8_t { kCommand, kPrepare, kExecute, kSettle };
    Kind kind = Kind::kCommand;
    size_t statement = 0;
    std::string name;  // kPrepare: of what is kept; empty: it is not.
  };

  bool Send(const ProgramValues& values, bool keep);
  bool SendStatement(size_t index, const Values& values, bool keep);
  bool SendDeallocate();
  bool SendPlanMode();
  bool SendCommand(const std::string& sql, Step::Kind kind);
  void Flush();
  void WaitRead();
  void OnReadable();
  // Takes what libpq has read, as long as the flow lets it.
  void TakeResults();
  // False: nothing more to read for now.
  bool TakeResult();
  void BeginStep();
  void TakeStepResult(const PGresult& result);
  void Lose(std::string message);
  void Finish();

  struct Socket;  // Keeps Asio's headers out of here.

  EventLoop& loop_;
  ConnectionPtr session_;
  std::unique_ptr<Socket> socket_;
  PreparedStatements prepared_;
  const Clock::time_point opened_ = Clock::now();
  Clock::time_point last_used_ = opened_;

  bool running_ = false;
  bool cancelling_ = false;
  bool plans_each_time_ = false;
  bool plan_mode_known_ = true;
  bool reading_ = false;  // A wait for input is under way.
  std::shared_ptr<const Program> program_;
  std::vector<Step> steps_;
  size_t step_ = 0;
  RowSink sink_;
  std::shared_ptr<RowFlow> flow_;
  Finished finished_;
  Outcome outcome_;
  std::vector<const char*> value_texts_;  // Kept between statements for their memory.
  std::vector<int> value_lengths_;
};

}  // namespace joinery::connectors::postgres
