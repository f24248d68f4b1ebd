#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "executor/trace.h"
#include "json/value.h"
#include "plan/connector.h"
#include "plan/plan.h"
#include "plan/planner.h"

// Runs a Plan: starts each fetch as soon as its keys are there, and splices the results by
// position. Services other than the edge may link it.
namespace joinery::executor {

// The connectors of this process, or clients of theirs, by kind. Null: that kind is not served.
struct Connectors {
  std::array<plan::Connector*, 3> by_kind = {};
  plan::Connector* of(plan::SourceKind kind) const { return by_kind[static_cast<size_t>(kind)]; }
};

// All that one run needs. Immutable; shared by its fetches.
struct Request {
  std::shared_ptr<const plan::Plan> plan;
  uint64_t schema_version = 0;  // That the plan was made on.
  json::Value variables;        // Object or null.
  std::string query;            // The client's document, where an action wants it.
  std::shared_ptr<const plan::Session> session;
  std::shared_ptr<const plan::Headers> client_headers;
  // A failing join gives null and an error; false: it fails the request, as Hasura does.
  bool partial_results = true;
  // `extensions.internal` is shown.
  bool show_internal = false;
  size_t max_answer_bytes = size_t{1} << 30;
  // May take the beginning of a large answer while it is still being made, where the plan lets it
  // pass through. Null: the whole answer comes with `done`.
  std::shared_ptr<plan::AnswerStream> stream;
  bool trace = false;  // The response says what each fetch did.
  // How long an answer may take that streams: the deadline holds for its beginning only.
  std::chrono::milliseconds stream_time{600'000};
};

struct Response {
  enum class Kind {
    kAnswer,
    // A value does not fit what the plan assumes: plan this very request again, which gives the
    // exact error or a plan of its own. Nothing has been sent to any source.
    kReplan,
  };
  Kind kind = Kind::kAnswer;
  // The whole GraphQL response, in pieces to be sent one after another; where `streamed`, what
  // follows the bytes that the stream took. An answer that failed then cannot be told any more: it
  // is cut.
  std::vector<std::string> body;
  bool streamed = false;
  bool failed = false;    // There is no data: only errors.
  int http_status = 200;  // Where the endpoint tells errors by status.
  std::vector<std::string> set_cookies;
  std::vector<FetchTrace> trace;  // By fetch, where it was wanted.
};

// Runs on `loop`, calls `done` there exactly once. `context.deadline` bounds all of it.
void Execute(const CallContext& context, EventLoop& loop, const Connectors& connectors,
             std::shared_ptr<const Request> request, std::function<void(Response)> done);

}  // namespace joinery::executor
