#include "services/edge/auth/webhook_mode.h"

#include <utility>

#include "base/http_client.h"
#include "base/http_headers.h"
#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"
#include "services/edge/auth/expiry.h"
#include "services/edge/auth/session_headers.h"

namespace joinery::edge {
namespace {

Issue Failed(std::string message) { return UnexpectedIssue(std::move(message)); }

// When the hook's answer says that it ends: `Cache-Control` before `Expires`.
std::optional<std::chrono::system_clock::time_point> ExpiryOf(const json::Value& answer) {
  std::string cache_control, expires;
  for (const auto& [name, value] : answer.members()) {
    if (!value.is_string()) continue;
    if (EqualsIgnoreCase(name, "cache-control")) cache_control = value.string();
    if (EqualsIgnoreCase(name, "expires")) expires = value.string();
  }
  const auto now = std::chrono::system_clock::now();
  if (const auto age = MaxAge(cache_control)) return now + *age;
  return ParseHttpDate(expires);
}

IssueOr<Authenticated> Read(const HttpResponse& response) {
  if (response.outcome != HttpResponse::Outcome::kAnswered) {
    return Failed("webhook authentication request failed");
  }
  if (response.status == 401) {
    return Issue{.code = "access-denied",
                 .message = "Authentication hook unauthorized this request",
                 .path = "$",
                 .internal = {},
                 .http_status = 401};
  }
  const StatusOr<json::Value> answer = json::Parse(response.body);
  if (response.status != 200 || !answer.ok() || !answer->is_object()) {
    return Failed("Invalid response from authorization hook");
  }
  Authenticated out;
  for (const auto& [name, value] : answer->members()) {
    const std::string lower = ToLower(name);
    if (!lower.starts_with("x-hasura-")) continue;
    if (!value.is_string()) return Failed("Invalid response from authorization hook");
    if (lower == kRoleVariable) out.session.role = value.string();
    out.session.variables.emplace_back(lower, value.string());
  }
  if (out.session.role.empty()) {
    return Issue{.code = "invalid-params",
                 .message = "x-hasura-role not found in session variables",
                 .path = "$"};
  }
  out.expires = ExpiryOf(*answer);
  out.set_cookies = response.set_cookies;
  return out;
}

class WebhookMode final : public Authenticator {
 public:
  explicit WebhookMode(const AuthOptions& options) : options_(options) {}

  void Authenticate(const AuthRequest& request, AuthDone done) override {
    HttpRequest call{.url = options_.hook_url, .timeout = options_.hook_timeout};
    if (options_.hook_post) {
      call.body = Body(request);
      AddHeader(call.headers, "Content-Type", "application/json");
    } else {
      call.method = "GET";
      for (const auto& [name, value] : request.headers) {
        if (GoesOn(name)) call.headers.emplace_back(name, value);
      }
    }
    AddHeader(call.headers, "User-Agent", kUserAgent);
    client_.Send(request.context, *request.loop, std::move(call),
                 [done = std::move(done)](const HttpResponse& response) { done(Read(response)); });
  }

 private:
  std::string Body(const AuthRequest& request) const {
    json::Value headers = json::Value::Object();
    for (const auto& [name, value] : request.headers)
      headers.Set(std::string(name), std::string(value));
    json::Value body = json::Value::Object();
    body.Set("headers", std::move(headers));
    if (options_.hook_sends_request) {
      StatusOr<json::Value> graphql = json::Parse(request.graphql);
      body.Set("request", graphql.ok() ? *std::move(graphql) : json::Value::Null());
    }
    return json::ToString(body);
  }

  const AuthOptions options_;
  HttpClient client_;
};

}  // namespace

std::unique_ptr<Authenticator> MakeWebhookMode(const AuthOptions& options) {
  return std::make_unique<WebhookMode>(options);
}

}  // namespace joinery::edge
