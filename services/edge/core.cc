#include "services/edge/core.h"

#include "services/edge/plan_cache/plan_cache.h"
#include "services/edge/plan_cache/plan_finder.h"

namespace joinery::edge {

void Core::Stop() {
  live_queries->Stop();
  watch->Stop();
}

SharedCore MakeCore(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
                    const executor::Connectors& connectors, kit::WorkerPool& workers) {
  auto watch = std::make_shared<SchemaWatch>();
  auto plans = std::make_shared<PlanCache>(options.plan_cache_bytes);
  auto live_queries = std::make_shared<LiveQueries>(
      connectors, options.live_query_interval, options.request_timeout,
      [watch](const plan::Session& session) { return watch->MayServe(session); });
  auto finder = std::make_unique<PlanFinder>(plans, watch, planner, workers);
  auto operations =
      std::make_shared<Operations>(OperationOptions{.partial_results = options.partial_results,
                                                    .max_answer_bytes = options.max_answer_bytes,
                                                    .timeout = options.request_timeout,
                                                    .stream_time = options.stream_time},
                                   connectors, watch, live_queries, std::move(finder));
  watch->Start(planner, options.metadata_lease,
               [plans, weak = std::weak_ptr<LiveQueries>(live_queries)](
                   uint64_t version, const plan::NewVersion* told) {
                 plans->SetVersion(version, told);
                 if (const auto live = weak.lock()) live->SetVersion(version);
               });
  return SharedCore(new Core{.options = std::move(options),
                             .authenticator = authenticator,
                             .planner = planner,
                             .workers = workers,
                             .watch = watch,
                             .live_queries = live_queries,
                             .operations = operations});
}

}  // namespace joinery::edge
