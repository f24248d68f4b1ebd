#include "services/joinery/cli/server.h"

#include <chrono>
#include <utility>

#include "base/call_context.h"
#include "base/strings.h"
#include "json/write.h"

namespace joinery::cli {
namespace {

using json::Value;

constexpr std::chrono::seconds kPatience{120};
constexpr int kMaxDepth = 2000;
// Without what older servers do not know.
constexpr std::string_view kIntrospection =
    "query Schema { __schema { queryType { name } mutationType { name } subscriptionType { name } "
    "types { ...T } directives { name locations args { ...I } } } } "
    "fragment T on __Type { kind name fields(includeDeprecated: true) { name args { ...I } "
    "type { ...R } isDeprecated deprecationReason } inputFields { ...I } interfaces { ...R } "
    "enumValues(includeDeprecated: true) { name isDeprecated deprecationReason } "
    "possibleTypes { ...R } } "
    "fragment I on __InputValue { name type { ...R } defaultValue } "
    "fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name "
    "ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

std::string WithoutSlash(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

Issue IssueOf(const Value& body, int status) {
  Issue out{.code = std::string(body.FindString("code").value_or("unexpected")),
            .message = std::string(body.FindString("error").value_or("the server gave no reason")),
            .path = std::string(body.FindString("path").value_or("$")),
            .http_status = status};
  if (const Value* internal = body.Find("internal")) out.internal = json::ToString(*internal);
  return out;
}

}  // namespace

Server::Server(std::string endpoint, std::string admin_secret)
    : endpoint_(WithoutSlash(std::move(endpoint))), admin_secret_(std::move(admin_secret)) {}

StatusOr<HttpResponse> Server::Post(const std::string& path, const Value& body,
                                    const std::string& role) {
  HttpRequest request{.url = endpoint_ + path,
                      .body = json::ToString(body),
                      .headers = {{"Content-Type", "application/json"}},
                      .timeout = kPatience};
  if (!admin_secret_.empty()) request.headers.emplace_back("X-Hasura-Admin-Secret", admin_secret_);
  if (!role.empty()) request.headers.emplace_back("X-Hasura-Role", role);
  HttpResponse response = client_.SendAndWait(CallContext::WithTimeout(kPatience), request);
  if (response.outcome != HttpResponse::Outcome::kAnswered) {
    return Unavailable(StrCat("no answer from ", endpoint_, ": ", response.failure));
  }
  return response;
}

StatusOr<IssueOr<Value>> Server::Call(const std::string& type, Value args, int version) {
  Value body = Value::Object({{"type", Value(type)}, {"args", std::move(args)}});
  if (version != 1) body.Set("version", version);
  ASSIGN_OR_RETURN(const HttpResponse response, Post("/v1/metadata", body, ""));
  StatusOr<Value> answer = json::Parse(response.body, kMaxDepth);
  if (!answer.ok()) {
    return Unavailable(
        StrCat(endpoint_, "/v1/metadata answered ", response.status, " and no JSON"));
  }
  if (response.status == 200) return IssueOr<Value>(*std::move(answer));
  return IssueOr<Value>(IssueOf(*answer, response.status));
}

StatusOr<Value> Server::Introspect(const std::string& role) {
  const Value body = Value::Object({{"query", Value(kIntrospection)}});
  ASSIGN_OR_RETURN(const HttpResponse response, Post("/v1/graphql", body, role));
  const StatusOr<Value> answer = json::Parse(response.body, kMaxDepth);
  const Value* data = answer.ok() ? answer->Find("data") : nullptr;
  if (data == nullptr || data->Find("__schema") == nullptr) {
    return Unavailable(StrCat("the schema of role \"", role, "\" cannot be read from ", endpoint_,
                              " (status ", response.status, ")"));
  }
  return Value(*data);
}

}  // namespace joinery::cli
