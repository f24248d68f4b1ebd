#include <memory>
#include <string>
#include <utility>

#include "json/value.h"
#include "json/write.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/issues.h"

namespace joinery::edge {

constexpr int kMaxMetadataDepth = 2000;

bool IsMetadataPath(std::string_view path) {
  return path == "/v1/metadata" || path == "/v1/query" || path == "/v2/query";
}

void ServeMetadata(const SharedCore& core, const SharedExchange& exchange) {
  StatusOr<json::Value> body = json::Parse(exchange->body, kMaxMetadataDepth);
  if (!body.ok()) return exchange->SendIssue(InvalidJson(body.status()));
  auto call = std::make_shared<plan::MetadataRequest>();
  call->endpoint = exchange->writer.request().path;
  call->body = *std::move(body);
  call->session = *exchange->session;
  AskPlanner(
      core, exchange,
      [core, exchange, call](plan::Planner& planner) {
        CallContext context = exchange->context;
        context.deadline = CallContext::Clock::now() + core->options.metadata_timeout;
        StatusOr<plan::MetadataResponse> answer = planner.Metadata(context, *call);
        // Whoever made a change sees it with the next request.
        if (answer.ok()) core->watch->Hear(answer->schema_version);
        return answer;
      },
      [exchange](StatusOr<plan::MetadataResponse> answer) {
        if (!answer.ok()) return exchange->SendIssue(FromPlannerStatus(answer.status()));
        exchange->SendJson(answer->http_status, std::move(answer->body), true);
      });
}

}  // namespace joinery::edge
