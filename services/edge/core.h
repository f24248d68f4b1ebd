#pragma once

#include <memory>
#include <utility>

#include "executor/executor.h"
#include "plan/planner.h"
#include "services/edge/auth/authenticator.h"
#include "services/edge/edge_options.h"
#include "services/edge/exchange.h"
#include "services/edge/issues.h"
#include "services/edge/live_queries/live_queries.h"
#include "services/edge/operations.h"
#include "services/edge/rest/rest_routes.h"
#include "services/edge/schema_watch.h"
#include "services/kit/worker_pool.h"

namespace joinery::edge {

// What the endpoints of one edge share. Requests in flight keep it alive. Thread-safe.
struct Core {
  const EdgeOptions options;
  Authenticator& authenticator;
  plan::Planner& planner;
  kit::WorkerPool& workers;
  const std::shared_ptr<SchemaWatch> watch;
  const std::shared_ptr<LiveQueries> live_queries;
  const std::shared_ptr<Operations> operations;
  RestRoutes routes;

  // Hears no planner any more; subscriptions end.
  void Stop();
};
using SharedCore = std::shared_ptr<Core>;

// Listens to the planner from here on.
SharedCore MakeCore(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
                    const executor::Connectors& connectors, kit::WorkerPool& workers);

// Calls `ask(planner)` on a worker and `then` with its answer on the exchange's loop. When there is
// no worker the client is told.
template <typename Ask, typename Then>
void AskPlanner(const SharedCore& core, const SharedExchange& exchange, Ask ask, Then then) {
  const bool queued =
      core->workers.Run([core, exchange, ask = std::move(ask), then = std::move(then)] {
        using Answer = decltype(ask(core->planner));
        auto answer = std::make_shared<Answer>(ask(core->planner));
        exchange->writer.Post([then, answer] { then(std::move(*answer)); });
      });
  if (!queued) exchange->SendIssue(Busy());
}

}  // namespace joinery::edge
