#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "base/issue.h"
#include "base/status.h"
#include "plan/planner.h"

namespace joinery::edge {

// The header fields of a request: lower-case names.
using HeaderList = std::vector<std::pair<std::string_view, std::string_view>>;

// How the edge tells who asks (spec: auth, 1). JSON texts are as the settings give them.
struct AuthOptions {
  std::vector<std::string> admin_secrets;  // Any of them; none: open mode, everybody is admin.
  std::string unauthorized_role;           // Empty: requests without credentials are refused.
  std::vector<std::string> jwt_secrets;    // JSON objects; a token goes to the one that fits it.
  std::string hook_url;                    // Empty: no webhook.
  bool hook_post = false;
  bool hook_sends_request = true;  // POST: the GraphQL request goes along.
  std::chrono::milliseconds hook_timeout{30'000};
};

struct AuthRequest {
  HeaderList headers;
  std::string_view graphql;   // The request's body, where it is a GraphQL request.
  EventLoop* loop = nullptr;  // The caller's thread runs it.
  CallContext context;
};

struct Authenticated {
  plan::Session session;
  // When a connection that was opened with it ends; none: never.
  std::optional<std::chrono::system_clock::time_point> expires;
  std::vector<std::string> set_cookies;  // For the client.
};
using AuthDone = std::function<void(IssueOr<Authenticated>)>;

// Tells who asks. Thread-safe. Each mode has a file of its own in this folder.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Calls `done` once, on `request.loop`, perhaps before it returns; what `request` looks at need
  // not live longer than the call. access-denied (401), invalid-jwt and the like for who may not.
  virtual void Authenticate(const AuthRequest& request, AuthDone done) = 0;
};

// The mode that the options choose. InvalidArgument: options that contradict each other or make no
// sense; Unavailable: a JWK address that gives no keys. Blocks while it fetches keys.
StatusOr<std::unique_ptr<Authenticator>> MakeAuthenticator(const AuthOptions& options);

}  // namespace joinery::edge
