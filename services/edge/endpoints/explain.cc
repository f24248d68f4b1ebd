#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/issues.h"

namespace joinery::edge {
namespace {

using SharedJson = std::shared_ptr<json::Value>;

// On behalf of the user whose session variables the body gives; admin without a role.
SharedCaller UserOf(const Exchange& exchange, const json::Value& body) {
  auto session = std::make_shared<plan::Session>();
  session->role = "admin";
  if (const json::Value* user = body.Find("user"); user != nullptr) {
    for (const auto& [name, value] : user->members()) {
      std::string text = value.is_string() ? value.string() : json::ToString(value);
      if (EqualsIgnoreCase(name, "x-hasura-role")) session->role = text;
      session->variables.emplace_back(ToLower(name), std::move(text));
    }
  }
  auto caller = std::make_shared<Caller>(exchange);
  caller->session = std::move(session);
  caller->stream = nullptr;
  return caller;
}

json::Value TraceJson(const executor::FetchTrace& trace) {
  const auto number = [](auto value) { return json::Value(static_cast<int64_t>(value)); };
  return json::Value::Object({{"ran", json::Value(trace.ran)},
                              {"began_us", number(trace.began.count())},
                              {"took_us", number(trace.took.count())},
                              {"keys", number(trace.keys)},
                              {"rows", number(trace.rows)},
                              {"bytes", number(trace.bytes)}});
}

// Puts what each fetch did beside its statement.
void AddTraces(const std::vector<executor::FetchTrace>& traces, json::Value& explained) {
  if (!explained.is_array() || explained.items().empty()) return;
  json::Value& first = explained.items().front();
  json::Value* fetches = first.Find("fetches");
  if (fetches == nullptr) {
    if (traces.size() == 1) first.Set("analyze", TraceJson(traces.front()));
    return;
  }
  // Another version of the metadata may have come between the two plans.
  if (fetches->items().size() != traces.size()) return;
  for (size_t i = 0; i < traces.size(); ++i) {
    fetches->items()[i].Set("analyze", TraceJson(traces[i]));
  }
}

void Analyze(const SharedCore& core, const SharedExchange& exchange, json::Value& body,
             const SharedJson& explained) {
  const SharedCaller caller = UserOf(*exchange, body);
  json::Value* query = body.Find("query");
  IssueOr<GraphqlRequest> operation =
      ParseGraphqlOperation(query->is_object() ? *query : body, "$.query");
  if (!operation.ok()) return exchange->SendIssue(operation.issue());
  core->operations->Trace(caller, std::make_shared<GraphqlRequest>(std::move(operation).value()),
                          [exchange, explained](IssueOr<executor::Response> answer) {
                            if (!answer.ok()) return exchange->SendIssue(answer.issue());
                            AddTraces(answer->trace, *explained);
                            exchange->SendJson(200, json::ToString(*explained), true);
                          });
}

}  // namespace

void ServeExplain(const SharedCore& core, const SharedExchange& exchange) {
  StatusOr<json::Value> parsed = json::Parse(exchange->body);
  if (!parsed.ok()) return exchange->SendIssue(InvalidJson(parsed.status()));
  auto body = std::make_shared<json::Value>(*std::move(parsed));
  AskPlanner(
      core, exchange,
      [exchange, body](plan::Planner& planner) {
        return planner.Explain(exchange->context, *body);
      },
      [core, exchange, body](const StatusOr<IssueOr<json::Value>>& answer) {
        if (!answer.ok()) return exchange->SendIssue(FromPlannerStatus(answer.status()));
        if (!answer->ok()) return exchange->SendIssue(answer->issue());
        auto explained = std::make_shared<json::Value>(answer->value());
        if (body->FindBool("analyze", false)) return Analyze(core, exchange, *body, explained);
        exchange->SendJson(200, json::ToString(*explained), true);
      });
}

}  // namespace joinery::edge
