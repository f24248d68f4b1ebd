#include "services/edge/plan_cache/plan_finder.h"

#include <utility>

#include "services/edge/issues.h"

namespace joinery::edge {
namespace {

OperationKey KeyOf(const Caller& caller, const GraphqlRequest& operation) {
  return {operation.query, operation.operation_name, caller.session->role,
          caller.session->backend_only, operation.stored};
}

plan::PlanRequest RequestOf(const Caller& caller, const GraphqlRequest& operation) {
  plan::PlanRequest wanted;
  wanted.query = operation.query;
  wanted.operation_name = operation.operation_name;
  wanted.variables = operation.variables;
  wanted.role = caller.session->role;
  wanted.backend_only = caller.session->backend_only;
  wanted.stored = operation.stored;
  return wanted;
}

IssueOr<Planned> PlannedOf(const StatusOr<IssueOr<plan::PlanResponse>>& answer) {
  if (!answer.ok()) return FromPlannerStatus(answer.status());
  if (!answer->ok()) return answer->issue();
  return Planned{(*answer)->plan, (*answer)->schema_version, false};
}

}  // namespace

std::optional<Planned> PlanFinder::FindKept(const Caller& caller,
                                            const GraphqlRequest& operation) const {
  uint64_t version = 0;
  auto plan = kept_->Find(KeyOf(caller, operation), operation.variables, version);
  if (plan == nullptr) return std::nullopt;
  return Planned{std::move(plan), version, true};
}

void PlanFinder::Ask(const SharedCaller& caller, const SharedGraphqlRequest& operation, Keep keep,
                     OnPlanned done) const {
  auto shared_done = std::make_shared<OnPlanned>(std::move(done));
  const bool queued = workers_.Run(
      [kept = kept_, watch = watch_, &planner = planner_, caller, operation, keep, shared_done] {
        plan::PlanRequest wanted = RequestOf(*caller, *operation);
        wanted.at_least = watch->version();
        const StatusOr<IssueOr<plan::PlanResponse>> answer = planner.Plan(caller->context, wanted);
        if (answer.ok() && answer->ok()) {
          const plan::PlanResponse& planned = answer->value();
          watch->Hear(planned.schema_version);
          if (keep == Keep::kYes && planned.plan->cacheable) {
            kept->Add(KeyOf(*caller, *operation), operation->variables, planned);
          }
        }
        caller->loop->Post([planned = PlannedOf(answer), shared_done]() mutable {
          (*shared_done)(std::move(planned));
        });
      });
  if (!queued) (*shared_done)(Busy());
}

}  // namespace joinery::edge
