#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "base/issue.h"
#include "executor/executor.h"
#include "plan/planner.h"

namespace joinery::edge {

// On whose behalf operations run, over HTTP and over a WebSocket alike.
struct Caller {
  EventLoop* loop = nullptr;
  std::shared_ptr<const plan::Session> session;
  std::shared_ptr<const plan::Headers> client_headers;
  CallContext context;
  bool show_internal = false;  // Errors carry `extensions.internal`.
  // When what it was believed for ends; none: never.
  std::optional<std::chrono::system_clock::time_point> expires;
  // May take the beginning of a large answer. Null: answers are delivered whole.
  std::shared_ptr<plan::AnswerStream> stream;
};

using SharedCaller = std::shared_ptr<const Caller>;

// What became of an operation: it ran and answered, perhaps with errors, or an Issue kept it from
// running at all.
using Answered = std::function<void(IssueOr<executor::Response>)>;

}  // namespace joinery::edge
