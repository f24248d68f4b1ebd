#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "connectors/postgres/pool/server_error.h"

namespace joinery::connectors::postgres {

// One SQL statement as sessions prepare it. Immutable, shared by all loops.
struct Statement {
  std::string id;                         // Equal ids are equal statements; 32 bytes.
  std::string sql;                        // One statement, parameters $1….
  std::vector<uint32_t> parameter_types;  // OIDs; 0 or missing: what the SQL says.
  // Plan anew for each execution: how many rows are wanted, or such, is a parameter and decides a
  // lot. Else the server plans the first five times and then keeps one plan if it looks no worse
  // (plan_cache_mode auto). Measured on nested rows with a limit as parameter: 482 executions per
  // second with the kept plan, 2,127 planned anew; on rows by key 24,650 against 20,998.
  bool plan_each_time = false;
};

// One per parameter, as text; nullopt is SQL's null.
using Values = std::vector<std::optional<std::string>>;

// Statements that go to the server together and run one after another, several in one transaction:
// each sees what those before it did, and all is undone when one fails.
struct Program {
  std::vector<Statement> statements;  // At least one.
  // Rows go to the sink one by one as they come, instead of all at the end: libpq then makes a
  // result of each, about 0.1 µs.
  bool row_by_row = false;

  bool plan_each_time() const {
    return std::ranges::any_of(statements, &Statement::plan_each_time);
  }
};
using ProgramValues = std::vector<Values>;  // One per statement.

// Lets whoever takes rows stop for a while; the server then waits. May put the call's deadline off.
// Loop thread only.
class RowFlow {
 public:
  void Pause() { paused_ = true; }
  void Resume() {
    if (!std::exchange(paused_, false) || go_on_ == nullptr) return;
    go_on_();
  }
  bool paused() const { return paused_; }
  void PutOffDeadline(std::chrono::steady_clock::time_point to) { deadline_ = to; }
  // Of the call, when it was put off.
  std::optional<std::chrono::steady_clock::time_point> deadline() const { return deadline_; }
  // By the connection: what Resume calls.
  void OnResume(std::function<void()> go_on) { go_on_ = std::move(go_on); }

 private:
  bool paused_ = false;
  std::function<void()> go_on_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

// Takes rows of statement `statement` of a program, on the loop's thread. May be called several
// times, and not at all when there are none. What came counts only when the program ends well.
// False: enough; no more come, and the server is told to stop.
using RowSink = std::function<bool(size_t statement, const PGresult&)>;

// How a statement ended: nothing to say, or the server's refusal.
using Answer = std::optional<ServerError>;
using AnswerCallback = std::function<void(StatusOr<Answer>)>;

}  // namespace joinery::connectors::postgres
