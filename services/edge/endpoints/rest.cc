#include <memory>
#include <string>
#include <utility>

#include "base/strings.h"
#include "json/value.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/identify.h"
#include "services/edge/issues.h"
#include "services/edge/rest/rest_router.h"

namespace joinery::edge {
namespace {

using SharedRouter = std::shared_ptr<const RestRouter>;

// The router of the version that is served now.
template <typename Then>
void WithRouter(const SharedCore& core, const SharedExchange& exchange, Then then) {
  if (SharedRouter router = core->routes.Find(core->watch->version())) {
    return then(std::move(router));
  }
  AskPlanner(
      core, exchange,
      [core, exchange](plan::Planner& planner) -> StatusOr<SharedRouter> {
        StatusOr<plan::RestEndpoints> endpoints = planner.Endpoints(exchange->context);
        if (!endpoints.ok()) return endpoints.status();
        auto router = std::make_shared<const RestRouter>(*std::move(endpoints));
        core->routes.Set(router);
        return router;
      },
      [exchange, then = std::move(then)](StatusOr<SharedRouter> router) {
        if (!router.ok()) return exchange->SendIssue(FromPlannerStatus(router.status()));
        then(*std::move(router));
      });
}

// The first error of a GraphQL answer.
Issue FirstError(std::string_view answer) {
  Issue issue = UnexpectedIssue("the operation failed");
  const StatusOr<json::Value> parsed = json::Parse(answer);
  const json::Value* errors = parsed.ok() ? parsed->Find("errors") : nullptr;
  if (errors == nullptr || !errors->is_array() || errors->items().empty()) return issue;
  const json::Value& first = errors->items().front();
  issue.message = std::string(first.FindString("message").value_or(issue.message));
  if (const json::Value* extensions = first.Find("extensions"); extensions != nullptr) {
    issue.code = std::string(extensions->FindString("code").value_or(issue.code));
    issue.path = std::string(extensions->FindString("path").value_or("$"));
  }
  return issue;
}

// The content of `data` alone, or the first error in its plain form.
void SendRest(Exchange& exchange, const IssueOr<executor::Response>& outcome) {
  if (!outcome.ok()) return exchange.SendIssue(outcome.issue());
  std::string text;
  for (const std::string& piece : outcome->body) text.append(piece);
  constexpr std::string_view kData = "{\"data\":";
  const bool has_errors = outcome->failed || outcome->body.back().starts_with(",\"errors\"");
  if (!has_errors && text.starts_with(kData)) {
    text.pop_back();
    return exchange.SendJson(200, text.substr(kData.size()), true, outcome->set_cookies);
  }
  Issue issue = FirstError(text);
  issue.http_status = outcome->failed ? outcome->http_status : 500;
  exchange.SendIssue(issue);
}

// What of a request names the endpoint and its variables, besides the body.
struct Address {
  std::string method;
  std::string path;
  std::string query;
};

void Run(const SharedCore& core, const SharedExchange& exchange, const RestRouter& router,
         const Address& address) {
  IssueOr<GraphqlRequest> operation =
      router.Route(address.method, address.path, address.query, exchange->body);
  if (!operation.ok()) return exchange->SendIssue(operation.issue());
  core->operations->Run(exchange, std::make_shared<GraphqlRequest>(std::move(operation).value()),
                        [exchange](auto outcome) { SendRest(*exchange, outcome); });
}

}  // namespace

void ServeRest(const SharedCore& core, http::Request& request, const SharedExchange& exchange,
               std::string_view path) {
  exchange->client_headers = ForwardedHeaders(FieldsOf(request));
  exchange->CancelOnClose();
  Address address{std::string(request.method_name), std::string(path), std::string(request.query)};
  if (request.headers.Get("content-type").starts_with("application/x-www-form-urlencoded")) {
    // A form's fields are written like those of the address.
    StrAppend(address.query, address.query.empty() ? "" : "&", request.body);
  } else {
    exchange->body = std::move(request.body);
  }
  Identify(core, request, exchange, "",
           [core, exchange, address = std::move(address)](const Issue* fault) {
             if (fault != nullptr) return exchange->SendIssue(*fault);
             WithRouter(core, exchange, [core, exchange, address](const SharedRouter& router) {
               Run(core, exchange, *router, address);
             });
           });
}

}  // namespace joinery::edge
