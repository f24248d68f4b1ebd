#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "executor/executor.h"
#include "services/edge/caller.h"
#include "services/edge/graphql_request.h"
#include "services/edge/live_queries/live_queries.h"
#include "services/edge/plan_cache/plan_finder.h"
#include "services/edge/schema_watch.h"
#include "services/edge/websocket/graphql_socket.h"

namespace joinery::edge {

struct OperationOptions {
  bool partial_results = true;
  size_t max_answer_bytes = size_t{1} << 30;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds stream_time{600'000};  // As of executor::Request.
};

// Operations from the client's text to the answer: finds the plan, runs it. Thread-safe; held by
// shared_ptr, each call on the caller's loop.
class Operations : public std::enable_shared_from_this<Operations> {
 public:
  // The connectors outlive it.
  Operations(OperationOptions options, const executor::Connectors& connectors,
             std::shared_ptr<SchemaWatch> watch, std::shared_ptr<LiveQueries> live_queries,
             std::unique_ptr<const PlanFinder> plans)
      : options_(options),
        connectors_(connectors),
        watch_(std::move(watch)),
        live_queries_(std::move(live_queries)),
        plans_(std::move(plans)) {}

  // Runs a query or a mutation; a subscription is an Issue.
  void Run(const SharedCaller& caller, const SharedGraphqlRequest& operation, Answered done);
  // Runs a query of which the planner may tell the statements: the response has its trace.
  void Trace(const SharedCaller& caller, const SharedGraphqlRequest& operation, Answered done);
  // Runs any operation, as SocketHost::Run does.
  void RunOrSubscribe(Caller caller, GraphqlRequest operation, SocketHost::Delivered delivered);

 private:
  // Calls `then` with the plan once the caller may be served: a kept one at once, or the planner's.
  template <typename Then>
  void WithPlan(const SharedCaller& caller, const SharedGraphqlRequest& operation, Then then);
  std::shared_ptr<executor::Request> NewRequest(const Caller& caller,
                                                const GraphqlRequest& operation,
                                                const Planned& planned) const;
  void RunPlan(const SharedCaller& caller, const SharedGraphqlRequest& operation,
               const Planned& planned, Answered done);
  void Subscribe(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                 const Planned& planned, const SocketHost::Delivered& delivered);

  const OperationOptions options_;
  const executor::Connectors connectors_;
  const std::shared_ptr<SchemaWatch> watch_;
  const std::shared_ptr<LiveQueries> live_queries_;
  const std::unique_ptr<const PlanFinder> plans_;
};

}  // namespace joinery::edge
