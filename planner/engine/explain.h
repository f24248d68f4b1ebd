#pragma once

#include "base/call_context.h"
#include "base/issue.h"
#include "base/status.h"
#include "json/value.h"
#include "plan/planner.h"
#include "planner/engine/engine.h"

namespace joinery::planner {

// What /v1/graphql/explain is asked.
struct ExplainRequest {
  plan::PlanRequest operation;
  plan::Session session;
};
MaybeIssue ReadExplainRequest(const json::Value& body, ExplainRequest& out);

// One entry per root field, as Hasura has it: {"field", "sql", "plan"}; with them `joins`, the
// fetches that hang below, and in the first entry `fetches`, the whole DAG. A subscription is one
// object.
StatusOr<IssueOr<json::Value>> ExplainPlan(const CallContext& context,
                                           const EngineConnectors& connectors,
                                           const plan::Plan& plan, uint64_t schema_version,
                                           const ExplainRequest& request);

}  // namespace joinery::planner
