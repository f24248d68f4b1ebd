#include "services/edge/operations.h"

#include <utility>

#include "services/edge/exchange.h"
#include "services/edge/issues.h"

namespace joinery::edge {
namespace {

Issue NoSubscriptionsHere() {
  return {.code = "unexpected-payload",
          .message = "subscriptions are not supported over HTTP, use websockets instead",
          .path = "$"};
}

}  // namespace

template <typename Then>
void Operations::WithPlan(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                          Then then) {
  if (!watch_->MayServe(*caller->session)) {
    return watch_->Await(*caller->loop, [self = shared_from_this(), caller, operation,
                                         then = std::move(then)](bool may_serve) mutable {
      if (!may_serve) return then(Stale());
      self->WithPlan(caller, operation, std::move(then));
    });
  }
  if (std::optional<Planned> kept = plans_->FindKept(*caller, *operation)) {
    return then(*std::move(kept));
  }
  plans_->Ask(caller, operation, PlanFinder::Keep::kYes, std::move(then));
}

void Operations::Run(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                     Answered done) {
  WithPlan(caller, operation,
           [self = shared_from_this(), caller, operation,
            done = std::move(done)](IssueOr<Planned> planned) mutable {
             if (!planned.ok()) return done(planned.issue());
             self->RunPlan(caller, operation, planned.value(), std::move(done));
           });
}

void Operations::Trace(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                       Answered done) {
  WithPlan(caller, operation,
           [self = shared_from_this(), caller, operation,
            done = std::move(done)](IssueOr<Planned> planned) mutable {
             if (!planned.ok()) return done(planned.issue());
             auto request = self->NewRequest(*caller, *operation, planned.value());
             request->trace = true;
             executor::Execute(caller->context, *caller->loop, self->connectors_,
                               std::move(request), std::move(done));
           });
}

void Operations::RunOrSubscribe(Caller caller, GraphqlRequest operation,
                                SocketHost::Delivered delivered) {
  caller.context.deadline = CallContext::Clock::now() + options_.timeout;
  caller.context.request_id = FreshRequestId();
  auto shared = std::make_shared<const Caller>(std::move(caller));
  auto wanted = std::make_shared<GraphqlRequest>(std::move(operation));
  WithPlan(shared, wanted,
           [self = shared_from_this(), shared, wanted,
            delivered = std::move(delivered)](IssueOr<Planned> planned) {
             if (!planned.ok()) return delivered(planned.issue(), true);
             if (planned->plan->operation == plan::OperationKind::kSubscription) {
               return self->Subscribe(shared, wanted, planned.value(), delivered);
             }
             self->RunPlan(shared, wanted, planned.value(),
                           [delivered](auto answer) { delivered(std::move(answer), true); });
           });
}

void Operations::Subscribe(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                           const Planned& planned, const SocketHost::Delivered& delivered) {
  live_queries_->Add(
      {.caller = caller,
       .request = NewRequest(*caller, *operation, planned),
       .deliver = [delivered](executor::Response answer) { delivered(std::move(answer), false); },
       .outdated =
           [self = shared_from_this(), caller, operation, delivered] {
             const auto& cancellation = caller->context.cancellation;
             if (cancellation != nullptr && cancellation->cancelled()) return;
             self->RunOrSubscribe(*caller, *operation, delivered);
           }});
}

std::shared_ptr<executor::Request> Operations::NewRequest(const Caller& caller,
                                                          const GraphqlRequest& operation,
                                                          const Planned& planned) const {
  auto request = std::make_shared<executor::Request>();
  request->plan = planned.plan;
  request->schema_version = planned.schema_version;
  request->session = caller.session;
  request->client_headers = caller.client_headers;
  request->partial_results = options_.partial_results;
  request->show_internal = caller.show_internal;
  request->max_answer_bytes = options_.max_answer_bytes;
  request->stream = caller.stream;
  request->stream_time = options_.stream_time;
  request->variables = operation.variables;
  request->query = operation.query;
  return request;
}

void Operations::RunPlan(const SharedCaller& caller, const SharedGraphqlRequest& operation,
                         const Planned& planned, Answered done) {
  if (planned.plan->operation == plan::OperationKind::kSubscription) {
    return done(NoSubscriptionsHere());
  }
  executor::Execute(
      caller->context, *caller->loop, connectors_, NewRequest(*caller, *operation, planned),
      [self = shared_from_this(), caller, operation, may_replan = planned.from_cache,
       done = std::move(done)](executor::Response response) mutable {
        if (response.kind != executor::Response::Kind::kReplan) return done(std::move(response));
        if (!may_replan) return done(UnexpectedIssue("a variable does not fit its type"));
        self->plans_->Ask(
            caller, operation, PlanFinder::Keep::kNo,
            [self, caller, operation, done = std::move(done)](IssueOr<Planned> fresh) {
              if (!fresh.ok()) return done(fresh.issue());
              self->RunPlan(caller, operation, fresh.value(), done);
            });
      });
}

}  // namespace joinery::edge
