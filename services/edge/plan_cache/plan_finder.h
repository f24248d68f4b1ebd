#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/issue.h"
#include "plan/plan.h"
#include "plan/planner.h"
#include "services/edge/caller.h"
#include "services/edge/graphql_request.h"
#include "services/edge/plan_cache/plan_cache.h"
#include "services/edge/schema_watch.h"
#include "services/kit/worker_pool.h"

namespace joinery::edge {

struct Planned {
  std::shared_ptr<const plan::Plan> plan;
  uint64_t schema_version = 0;
  // It was made for an earlier request, whose values may have been others.
  bool from_cache = false;
};

// Plans of operations: kept ones, and new ones from the planner. Thread-safe; what it is made of
// outlives its calls.
class PlanFinder {
 public:
  using OnPlanned = std::function<void(IssueOr<Planned>)>;
  enum class Keep : bool { kNo, kYes };

  PlanFinder(std::shared_ptr<PlanCache> kept, std::shared_ptr<SchemaWatch> watch,
             plan::Planner& planner, kit::WorkerPool& workers)
      : kept_(std::move(kept)), watch_(std::move(watch)), planner_(planner), workers_(workers) {}

  std::optional<Planned> FindKept(const Caller& caller, const GraphqlRequest& operation) const;

  // Asks the planner on a worker; `done` is called once, on the caller's loop or at once.
  void Ask(const SharedCaller& caller, const SharedGraphqlRequest& operation, Keep keep,
           OnPlanned done) const;

 private:
  const std::shared_ptr<PlanCache> kept_;
  const std::shared_ptr<SchemaWatch> watch_;
  plan::Planner& planner_;
  kit::WorkerPool& workers_;
};

}  // namespace joinery::edge
