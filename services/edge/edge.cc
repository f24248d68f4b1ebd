#include "services/edge/edge.h"

#include <openssl/rand.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "base/log.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "executor/errors.h"
#include "json/write.h"
#include "plan/schema_version.h"
#include "services/edge/auth/jwt/jwt_options.h"
#include "services/edge/caller.h"
#include "services/edge/cors.h"
#include "services/edge/graphql_request.h"
#include "services/edge/lease/lease.h"
#include "services/edge/live_queries/live_queries.h"
#include "services/edge/plain_error.h"
#include "services/edge/plan_cache/plan_cache.h"
#include "services/edge/rest/rest_router.h"
#include "services/edge/websocket/graphql_socket.h"

namespace joinery::edge {
namespace {

using http::HeaderField;
using http::Method;

constexpr std::string_view kJson = "application/json; charset=utf-8";

std::span<const HeaderField> FieldsOf(const http::Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

HeaderList AuthHeaders(http::HeaderSpan headers) {
  HeaderList out;
  out.reserve(headers.size());
  for (const HeaderField& field : headers) out.emplace_back(field.name, field.value);
  return out;
}

std::shared_ptr<const plan::Headers> AllHeaders(http::HeaderSpan headers) {
  auto out = std::make_shared<plan::Headers>();
  for (const HeaderField& field : headers) {
    if (field.name == "x-hasura-admin-secret" || field.name == "x-hasura-access-key") continue;
    out->emplace_back(field.name, field.value);
  }
  return out;
}

std::string FreshRequestId() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = HexEncode({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
  for (const size_t at : {8, 13, 18, 23}) hex.insert(at, "-");
  return hex;
}

Issue AdminOnly(bool metadata) {
  return {.code = "access-denied",
          .message = metadata ? "restricted access : admin only"
                              : "You have to be an admin to access this endpoint",
          .path = metadata ? "$.args" : "$"};
}

Issue FromPlannerStatus(const Status& status) {
  Issue issue =
      UnexpectedIssue(status.code() == StatusCode::kUnavailable ? "the planner cannot be reached"
                                                                : "planning failed");
  json::AppendQuoted(issue.internal, MessageOf(status));
  return issue;
}

// What the console is told of the JWT settings: where claims are, never a key.
json::Value DescribeJwt(const std::vector<std::string>& secrets) {
  if (secrets.empty()) return json::Value::Null();
  json::Value out = json::Value::Array();
  for (const std::string& secret : secrets) {
    const StatusOr<JwtOptions> options = ParseJwtOptions(secret);
    if (!options.ok()) continue;
    json::Value one = json::Value::Object();
    if (options->claims_namespace_path) {
      one.Set("claims_namespace_path", options->claims_namespace_path->text());
    } else {
      one.Set("claims_namespace", options->claims_namespace);
    }
    one.Set("claims_format", options->stringified ? "stringified_json" : "json");
    one.Set("claims_map", json::Value::Null());
    out.Append(std::move(one));
  }
  return out;
}

Issue NotFoundIssue() {
  return {.code = "not-found",
          .message = "resource does not exist",
          .path = "$",
          .internal = {},
          .http_status = 404};
}

Issue Stale() {
  return {.code = "unavailable",
          .message =
              "the permissions cannot be confirmed: no planner that knows the newest "
              "metadata can be reached",
          .path = "$",
          .internal = {},
          .http_status = 503};
}

Issue Busy() {
  return {.code = "busy",
          .message = "the server is overloaded; try again later",
          .path = "$",
          .internal = {},
          .http_status = 503};
}

}  // namespace

class Edge::Impl : public SocketHost, public std::enable_shared_from_this<Edge::Impl> {
 public:
  Impl(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
       const executor::Connectors& connectors, kit::WorkerPool& workers)
      : options_(std::move(options)),
        planner_(planner),
        connectors_(connectors),
        workers_(workers),
        authenticator_(authenticator),
        plans_(options_.plan_cache_bytes),
        live_queries_(std::make_shared<LiveQueries>(
            connectors, options_.live_query_interval, options_.request_timeout,
            [this](const plan::Session& session) { return MayServe(session); })) {}

  void Watch() {
    watch_ = planner_.Watch([weak = weak_from_this()](uint64_t version) {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->Follow(version);
      self->ready_.store(true, std::memory_order_release);
    });
    lease_.emplace(options_.metadata_lease, planner_,
                   [this](uint64_t version) { return Hear(version); });
  }
  void StopWatching() {
    live_queries_->Stop();
    lease_->Stop();
    watch_.reset();
  }
  bool ready() const { return ready_.load(std::memory_order_acquire); }

  // The watched planner's version is the edge's, unless it is behind.
  void Follow(uint64_t version) {
    std::lock_guard lock(version_mutex_);
    if (plan::IsOlder(version, plans_.version())) return;
    plans_.SetVersion(version);
    live_queries_->SetVersion(version);
  }

  // Any planner's version: its document counts when it is a newer one. False: it is an older one.
  bool Hear(uint64_t version) {
    std::lock_guard lock(version_mutex_);
    if (plan::SameDocument(version, plans_.version())) return true;
    if (plan::IsOlder(version, plans_.version())) return false;
    plans_.SetVersion(version);
    live_queries_->SetVersion(version);
    return true;
  }

  bool MayServe(const plan::Session& session) const {
    return session.role == "admin" || lease_->valid();
  }

  void Handle(http::Request& request, http::ResponseWriter writer);

  void Authenticate(http::HeaderSpan headers, EventLoop& loop,
                    std::function<void(IssueOr<Caller>)> done) override;
  void Run(Caller caller, GraphqlRequest operation, Delivered delivered) override;

 private:
  class Batch;
  // What all operations of one HTTP request share.
  struct Exchange : Caller {
    http::ResponseWriter writer;
    std::string body;
    std::string request_id;
    std::vector<std::string> set_cookies;  // Of the authentication.
    std::string allowed_origin;            // Empty: no CORS fields.
    bool real_status = false;              // /v1alpha1/graphql.
  };
  using SharedExchange = std::shared_ptr<Exchange>;
  using SharedCaller = std::shared_ptr<const Caller>;

  SharedExchange NewExchange(const http::Request& request, http::ResponseWriter writer);
  // Finds out who asks; `then` goes on with `session` in place, or `fault`.
  void Identify(const http::Request& request, const SharedExchange& exchange,
                std::string_view graphql, std::function<void(const Issue* fault)> then);
  void Graphql(http::Request& request, const SharedExchange& exchange);
  void RunBody(const SharedExchange& exchange);
  void SendAnswer(const SharedExchange& exchange, IssueOr<executor::Response> outcome);
  bool ShowsInternal(const plan::Session& session) const {
    return options_.dev_mode || (session.role == "admin" && options_.admin_internal_errors);
  }
  struct Planned {
    std::shared_ptr<const plan::Plan> plan;
    uint64_t schema_version = 0;
    // It was made for an earlier request, whose values may have been others.
    bool from_cache = false;
  };
  using OnPlanned = std::function<void(IssueOr<Planned>)>;
  using SharedRequest = std::shared_ptr<GraphqlRequest>;

  void RunShared(const SharedCaller& caller, SharedRequest operation, Answered done);
  static OperationKey KeyOf(const Caller& caller, const GraphqlRequest& operation);
  // From the cache, else from the planner.
  void FindPlan(const SharedCaller& caller, const SharedRequest& operation, OnPlanned done);
  void Plan(const SharedCaller& caller, const SharedRequest& operation, bool cacheable,
            OnPlanned done);
  std::shared_ptr<executor::Request> NewRequest(const Caller& caller,
                                                const GraphqlRequest& operation,
                                                const Planned& planned) const;
  void RunPlan(const SharedCaller& caller, const SharedRequest& operation, Planned planned,
               Answered done);
  void Subscribe(const SharedCaller& caller, const SharedRequest& operation, const Planned& planned,
                 const Delivered& delivered);
  // `prefix`: how much of the path stands before the endpoint's own.
  void Rest(http::Request& request, const SharedExchange& exchange, size_t prefix);
  void WithRouter(const SharedExchange& exchange,
                  std::function<void(std::shared_ptr<const RestRouter>)> then);
  void SendRest(const SharedExchange& exchange, IssueOr<executor::Response> outcome);
  void Metadata(const SharedExchange& exchange, std::string endpoint);
  void Explain(const SharedExchange& exchange);
  void Upgrade(const http::Request& request, const SharedExchange& exchange);
  void Health(const SharedExchange& exchange);
  void Config(const SharedExchange& exchange);
  void Preflight(const http::Request& request, const SharedExchange& exchange);

  void SendJson(const SharedExchange& exchange, int status, http::Body body, bool gzip,
                const std::vector<std::string>& cookies = {});
  void SendIssue(const SharedExchange& exchange, const Issue& issue);
  class HttpAnswer;
  static std::vector<HeaderField> JsonHeaders(const Exchange& exchange);
  static executor::Response ResponseOf(const Exchange& exchange,
                                       IssueOr<executor::Response> answer);

  const EdgeOptions options_;
  plan::Planner& planner_;
  const executor::Connectors connectors_;
  kit::WorkerPool& workers_;
  Authenticator& authenticator_;
  PlanCache plans_;
  std::mutex router_mutex_;
  std::shared_ptr<const RestRouter> router_;
  const std::shared_ptr<LiveQueries> live_queries_;
  std::atomic<bool> ready_{false};
  std::mutex version_mutex_;    // One change of the version at a time.
  std::optional<Lease> lease_;  // From Watch on.
  std::shared_ptr<void> watch_;
};

Edge::Impl::SharedExchange Edge::Impl::NewExchange(const http::Request& request,
                                                   http::ResponseWriter writer) {
  auto exchange = std::make_shared<Exchange>();
  exchange->writer = std::move(writer);
  exchange->loop = &exchange->writer.loop();
  const std::string_view id = request.headers.Get("x-request-id");
  exchange->request_id = id.empty() ? FreshRequestId() : std::string(id);
  const std::string_view origin = request.headers.Get("origin");
  if (!options_.disable_cors && !origin.empty() && OriginAllowed(options_.cors_domains, origin)) {
    exchange->allowed_origin = origin;
  }
  exchange->context.deadline = CallContext::Clock::now() + options_.request_timeout;
  exchange->context.request_id = exchange->request_id;
  exchange->context.traceparent = request.headers.Get("traceparent");
  exchange->real_status = request.path == "/v1alpha1/graphql";
  return exchange;
}

std::vector<HeaderField> Edge::Impl::JsonHeaders(const Exchange& exchange) {
  std::vector<HeaderField> headers = {{"content-type", kJson},
                                      {"x-request-id", exchange.request_id}};
  if (!exchange.allowed_origin.empty()) {
    headers.push_back({"access-control-allow-origin", exchange.allowed_origin});
    headers.push_back({"access-control-allow-credentials", "true"});
    headers.push_back({"access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS"});
  }
  for (const std::string& cookie : exchange.set_cookies) headers.push_back({"set-cookie", cookie});
  return headers;
}

// The answer to an HTTP request whose beginning leaves before its end is there.
class Edge::Impl::HttpAnswer final : public plan::AnswerStream {
 public:
  // The exchange holds it.
  explicit HttpAnswer(Exchange& exchange) : exchange_(exchange) {}

  bool Write(std::string bytes, std::function<void()> go_on) override {
    http::ResponseWriter& writer = exchange_.writer;
    if (!std::exchange(begun_, true)) {
      writer.Start(200, JsonHeaders(exchange_), {.gzip_level = 1});
    }
    return writer.Write(std::move(bytes), std::move(go_on));
  }

 private:
  Exchange& exchange_;
  bool begun_ = false;
};

void Edge::Impl::SendJson(const SharedExchange& exchange, int status, http::Body body, bool gzip,
                          const std::vector<std::string>& cookies) {
  std::vector<HeaderField> headers = JsonHeaders(*exchange);
  for (const std::string& cookie : cookies) headers.push_back({"set-cookie", cookie});
  exchange->writer.Send(status, headers, std::move(body), {.gzip_level = gzip ? 1 : 0});
}

void Edge::Impl::SendIssue(const SharedExchange& exchange, const Issue& issue) {
  SendJson(exchange, issue.http_status, PlainError(issue, exchange->show_internal), false);
}

executor::Response Edge::Impl::ResponseOf(const Exchange& exchange,
                                          IssueOr<executor::Response> answer) {
  if (answer.ok()) return std::move(answer).value();
  const Issue& issue = answer.issue();
  executor::Response response;
  response.failed = true;
  response.http_status = issue.http_status;
  response.body.push_back(executor::IssueBody(issue, exchange.show_internal));
  return response;
}

void Edge::Impl::Preflight(const http::Request& request, const SharedExchange& exchange) {
  std::vector<HeaderField> headers = {{"content-type", "text/plain charset=UTF-8"}};
  if (!exchange->allowed_origin.empty()) {
    headers.push_back({"access-control-allow-origin", exchange->allowed_origin});
    headers.push_back({"access-control-allow-credentials", "true"});
    headers.push_back({"access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS"});
    headers.push_back({"access-control-max-age", "1728000"});
    headers.push_back(
        {"access-control-allow-headers", request.headers.Get("access-control-request-headers")});
  }
  exchange->writer.Send(204, headers, http::Body());
}

void Edge::Impl::Handle(http::Request& request, http::ResponseWriter writer) {
  SharedExchange exchange = NewExchange(request, std::move(writer));
  const std::string_view path = request.path;
  if (request.method == Method::kOptions) return Preflight(request, exchange);
  const bool post = request.method == Method::kPost;
  const bool get = request.method == Method::kGet || request.method == Method::kHead;
  if (post && options_.enable_graphql && (path == "/v1/graphql" || path == "/v1alpha1/graphql")) {
    return Graphql(request, exchange);
  }
  if (http::WebSocket::IsHandshake(request) && options_.enable_graphql) {
    return Upgrade(request, exchange);
  }
  if (get && (path == "/healthz" || path == "/hasura/healthz")) return Health(exchange);
  if (get && path == "/v1/version") {
    std::string body = "{\"server_type\":\"ce\",\"version\":";
    json::AppendQuoted(body, options_.version);
    body.push_back('}');
    return SendJson(exchange, 200, std::move(body), false);
  }
  constexpr std::string_view kRest = "/api/rest/";
  if (path.starts_with(kRest) && options_.enable_graphql)
    return Rest(request, exchange, kRest.size());
  const bool metadata =
      post && (path == "/v1/metadata" || path == "/v1/query" || path == "/v2/query");
  const bool explain = post && path == "/v1/graphql/explain";
  const bool config = get && path == "/v1alpha1/config";
  const bool served =
      ((metadata || explain) && options_.enable_metadata) || (config && options_.enable_config);
  if (!served) return SendIssue(exchange, NotFoundIssue());
  exchange->body = std::move(request.body);
  Identify(request, exchange, "",
           [self = shared_from_this(), exchange, metadata, explain,
            endpoint = std::string(path)](const Issue* fault) {
             if (fault != nullptr) return self->SendIssue(exchange, *fault);
             exchange->show_internal = true;
             if (exchange->session->role != "admin") {
               return self->SendIssue(exchange, AdminOnly(metadata));
             }
             if (metadata) return self->Metadata(exchange, endpoint);
             if (explain) return self->Explain(exchange);
             self->Config(exchange);
           });
}

void Edge::Impl::Identify(const http::Request& request, const SharedExchange& exchange,
                          std::string_view graphql, std::function<void(const Issue* fault)> then) {
  authenticator_.Authenticate(
      {.headers = AuthHeaders(FieldsOf(request)),
       .graphql = graphql,
       .loop = exchange->loop,
       .context = exchange->context},
      [self = shared_from_this(), exchange, then = std::move(then)](IssueOr<Authenticated> who) {
        if (!who.ok()) return then(&who.issue());
        exchange->show_internal = self->ShowsInternal(who->session);
        exchange->session = std::make_shared<const plan::Session>(std::move(who->session));
        exchange->set_cookies = std::move(who->set_cookies);
        then(nullptr);
      });
}

void Edge::Impl::Rest(http::Request& request, const SharedExchange& exchange, size_t prefix) {
  exchange->client_headers = AllHeaders(FieldsOf(request));
  exchange->context.cancellation = std::make_shared<Cancellation>();
  exchange->writer.OnClose([c = exchange->context.cancellation] { c->Cancel(); });
  std::string query(request.query);
  if (request.headers.Get("content-type").starts_with("application/x-www-form-urlencoded")) {
    // A form's fields are written like those of the address.
    StrAppend(query, query.empty() ? "" : "&", request.body);
  } else {
    exchange->body = std::move(request.body);
  }
  Identify(
      request, exchange, "",
      [self = shared_from_this(), exchange, method = std::string(request.method_name),
       path = std::string(request.path.substr(prefix)),
       query = std::move(query)](const Issue* fault) {
        if (fault != nullptr) return self->SendIssue(exchange, *fault);
        self->WithRouter(exchange, [self, exchange, method, path,
                                    query](std::shared_ptr<const RestRouter> router) {
          IssueOr<GraphqlRequest> operation = router->Route(method, path, query, exchange->body);
          if (!operation.ok()) return self->SendIssue(exchange, operation.issue());
          self->RunShared(exchange, std::make_shared<GraphqlRequest>(std::move(operation).value()),
                          [self, exchange](IssueOr<executor::Response> outcome) {
                            self->SendRest(exchange, std::move(outcome));
                          });
        });
      });
}

void Edge::Impl::WithRouter(const SharedExchange& exchange,
                            std::function<void(std::shared_ptr<const RestRouter>)> then) {
  std::shared_ptr<const RestRouter> router;
  {
    std::lock_guard lock(router_mutex_);
    router = router_;
  }
  if (router != nullptr && router->schema_version() == plans_.version())
    return then(std::move(router));
  const bool queued = workers_.Run([self = shared_from_this(), exchange, then = std::move(then)] {
    StatusOr<plan::RestEndpoints> endpoints = self->planner_.Endpoints(exchange->context);
    if (!endpoints.ok()) {
      return exchange->writer.Post([self, exchange, status = endpoints.status()] {
        self->SendIssue(exchange, FromPlannerStatus(status));
      });
    }
    auto fresh = std::make_shared<const RestRouter>(*std::move(endpoints));
    {
      std::lock_guard lock(self->router_mutex_);
      self->router_ = fresh;
    }
    exchange->writer.Post([then, fresh] { then(fresh); });
  });
  if (!queued) SendIssue(exchange, Busy());
}

// The content of `data` alone, or the first error in its plain form.
void Edge::Impl::SendRest(const SharedExchange& exchange, IssueOr<executor::Response> outcome) {
  if (!outcome.ok()) return SendIssue(exchange, outcome.issue());
  std::string text;
  for (const std::string& piece : outcome->body) text.append(piece);
  constexpr std::string_view kData = "{\"data\":";
  const bool has_errors = outcome->failed || outcome->body.back().starts_with(",\"errors\"");
  if (!has_errors && text.starts_with(kData)) {
    text.pop_back();
    return SendJson(exchange, 200, text.substr(kData.size()), true, outcome->set_cookies);
  }
  Issue issue = UnexpectedIssue("the operation failed");
  const StatusOr<json::Value> parsed = json::Parse(text);
  const json::Value* errors = parsed.ok() ? parsed->Find("errors") : nullptr;
  if (errors != nullptr && errors->is_array() && !errors->items().empty()) {
    const json::Value& first = errors->items().front();
    issue.message = std::string(first.FindString("message").value_or(issue.message));
    if (const json::Value* extensions = first.Find("extensions"); extensions != nullptr) {
      issue.code = std::string(extensions->FindString("code").value_or(issue.code));
      issue.path = std::string(extensions->FindString("path").value_or("$"));
    }
  }
  issue.http_status = outcome->failed ? outcome->http_status : 500;
  SendIssue(exchange, issue);
}

void Edge::Impl::Health(const SharedExchange& exchange) {
  const auto send = [exchange](int status, std::string text) {
    exchange->writer.Send(status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text));
  };
  const bool queued = workers_.Run([self = shared_from_this(), exchange, send] {
    const auto consistent =
        self->planner_.Consistent(CallContext::WithTimeout(std::chrono::seconds(5)));
    exchange->writer.Post([consistent, send, ready = self->ready()] {
      if (!consistent.ok() || !ready) return send(500, "ERROR");
      send(200, *consistent ? "OK" : "WARN: inconsistent objects in schema");
    });
  });
  if (!queued) send(503, "ERROR");
}

void Edge::Impl::Config(const SharedExchange& exchange) {
  json::Value config = json::Value::Object();
  config.Set("version", options_.version);
  config.Set("is_function_permissions_inferred", true);
  config.Set("is_remote_schema_permissions_enabled", false);
  config.Set("is_admin_secret_set", !options_.auth.admin_secrets.empty());
  config.Set("is_auth_hook_set", !options_.auth.hook_url.empty());
  config.Set("is_jwt_set", !options_.auth.jwt_secrets.empty());
  config.Set("jwt", DescribeJwt(options_.auth.jwt_secrets));
  config.Set("is_allow_list_enabled", false);
  json::Value queries = json::Value::Object();
  queries.Set("batch_size", 100);
  queries.Set("refetch_delay", 1);
  config.Set("live_queries", queries);
  config.Set("streaming_queries", queries);
  config.Set("console_assets_dir", json::Value::Null());
  config.Set("experimental_features", json::Value::Array());
  config.Set("is_prometheus_metrics_enabled", false);
  config.Set("default_naming_convention", "hasura-default");
  SendJson(exchange, 200, json::ToString(config), false);
}

void Edge::Impl::Metadata(const SharedExchange& exchange, std::string endpoint) {
  StatusOr<json::Value> body = json::Parse(exchange->body, 2000);
  if (!body.ok()) {
    return SendIssue(exchange, {.code = "invalid-json",
                                .message = StrCat("Error in $: ", MessageOf(body.status())),
                                .path = "$"});
  }
  auto call = std::make_shared<plan::MetadataRequest>();
  call->endpoint = std::move(endpoint);
  call->body = *std::move(body);
  call->session = *exchange->session;
  const bool queued = workers_.Run([self = shared_from_this(), exchange, call] {
    CallContext context = exchange->context;
    context.deadline = CallContext::Clock::now() + self->options_.metadata_timeout;
    auto answer =
        std::make_shared<StatusOr<plan::MetadataResponse>>(self->planner_.Metadata(context, *call));
    // Whoever made a change sees it with the next request.
    if (answer->ok()) self->Hear((*answer)->schema_version);
    exchange->writer.Post([self, exchange, answer] {
      if (!answer->ok()) return self->SendIssue(exchange, FromPlannerStatus(answer->status()));
      self->SendJson(exchange, (*answer)->http_status, std::move((*answer)->body), true);
    });
  });
  if (!queued) SendIssue(exchange, Busy());
}

void Edge::Impl::Explain(const SharedExchange& exchange) {
  StatusOr<json::Value> body = json::Parse(exchange->body);
  if (!body.ok()) {
    return SendIssue(exchange, {.code = "invalid-json",
                                .message = StrCat("Error in $: ", MessageOf(body.status())),
                                .path = "$"});
  }
  auto shared = std::make_shared<json::Value>(*std::move(body));
  const bool queued = workers_.Run([self = shared_from_this(), exchange, shared] {
    auto answer = std::make_shared<StatusOr<IssueOr<json::Value>>>(
        self->planner_.Explain(exchange->context, *shared));
    exchange->writer.Post([self, exchange, answer] {
      if (!answer->ok()) return self->SendIssue(exchange, FromPlannerStatus(answer->status()));
      if (!(*answer)->ok()) return self->SendIssue(exchange, (*answer)->issue());
      self->SendJson(exchange, 200, json::ToString((*answer)->value()), true);
    });
  });
  if (!queued) SendIssue(exchange, Busy());
}

// Operations of one body, run one after another; answers joined in order.
class Edge::Impl::Batch : public std::enable_shared_from_this<Edge::Impl::Batch> {
 public:
  Batch(std::shared_ptr<Impl> impl, SharedExchange exchange, GraphqlBody body)
      : impl_(std::move(impl)), exchange_(std::move(exchange)), body_(std::move(body)) {}

  void Next() {
    if (at_ == body_.operations.size()) return Finish();
    auto operation = std::make_shared<GraphqlRequest>(std::move(body_.operations[at_]));
    impl_->RunShared(exchange_, std::move(operation), [self = shared_from_this()](auto answer) {
      executor::Response one = ResponseOf(*self->exchange_, std::move(answer));
      if (self->at_++ > 0) self->out_.Append(",");
      for (std::string& piece : one.body) self->out_.Append(std::move(piece));
      std::move(one.set_cookies.begin(), one.set_cookies.end(), std::back_inserter(self->cookies_));
      self->Next();
    });
  }

 private:
  void Finish() {
    http::Body body("[");
    for (http::Body::Chunk& chunk : out_.TakeChunks()) body.Append(std::move(chunk.text));
    body.Append("]");
    impl_->SendJson(exchange_, 200, std::move(body), true, cookies_);
  }

  const std::shared_ptr<Impl> impl_;
  const SharedExchange exchange_;
  GraphqlBody body_;
  size_t at_ = 0;
  http::Body out_;
  std::vector<std::string> cookies_;
};

void Edge::Impl::Graphql(http::Request& request, const SharedExchange& exchange) {
  exchange->client_headers = AllHeaders(FieldsOf(request));
  exchange->context.cancellation = std::make_shared<Cancellation>();
  exchange->writer.OnClose([c = exchange->context.cancellation] { c->Cancel(); });
  exchange->body = std::move(request.body);
  Identify(request, exchange, exchange->body,
           [self = shared_from_this(), exchange](const Issue* fault) {
             if (fault != nullptr) return self->SendAnswer(exchange, *fault);
             self->RunBody(exchange);
           });
}

void Edge::Impl::SendAnswer(const SharedExchange& exchange, IssueOr<executor::Response> outcome) {
  executor::Response response = ResponseOf(*exchange, std::move(outcome));
  exchange->stream = nullptr;
  if (response.streamed) {
    // The client has half an answer: only a cut connection tells it that there is no other half.
    if (response.failed) return exchange->writer.Abort();
    for (std::string& piece : response.body) exchange->writer.Write(std::move(piece));
    return exchange->writer.Finish();
  }
  http::Body body;
  for (std::string& piece : response.body) body.Append(std::move(piece));
  const int status = exchange->real_status && response.failed ? response.http_status : 200;
  SendJson(exchange, status, std::move(body), true, response.set_cookies);
}

void Edge::Impl::RunBody(const SharedExchange& exchange) {
  IssueOr<GraphqlBody> body = ParseGraphqlBody(exchange->body);
  if (!body.ok()) return SendAnswer(exchange, body.issue());
  if (body->batch) {
    if (body->operations.size() > options_.max_batch) {
      return SendAnswer(exchange, Issue{.code = "bad-request",
                                        .message = StrCat("a batch may hold ", options_.max_batch,
                                                          " operations at most"),
                                        .path = "$"});
    }
    std::make_shared<Batch>(shared_from_this(), exchange, std::move(body).value())->Next();
    return;
  }
  exchange->stream = std::make_shared<HttpAnswer>(*exchange);
  RunShared(exchange, std::make_shared<GraphqlRequest>(std::move(body->operations.front())),
            [self = shared_from_this(), exchange](IssueOr<executor::Response> outcome) {
              self->SendAnswer(exchange, std::move(outcome));
            });
}

void Edge::Impl::Authenticate(http::HeaderSpan headers, EventLoop& loop,
                              std::function<void(IssueOr<Caller>)> done) {
  CallContext context;
  context.deadline = CallContext::Clock::now() + options_.request_timeout;
  authenticator_.Authenticate(
      {.headers = AuthHeaders(headers), .loop = &loop, .context = context},
      [self = shared_from_this(), &loop, client_headers = AllHeaders(headers),
       done = std::move(done)](IssueOr<Authenticated> who) {
        if (!who.ok()) return done(who.issue());
        Caller caller;
        caller.loop = &loop;
        caller.show_internal = self->ShowsInternal(who->session);
        caller.session = std::make_shared<const plan::Session>(std::move(who->session));
        caller.client_headers = client_headers;
        caller.expires = who->expires;
        done(std::move(caller));
      });
}

void Edge::Impl::Run(Caller caller, GraphqlRequest operation, Delivered delivered) {
  caller.context.deadline = CallContext::Clock::now() + options_.request_timeout;
  caller.context.request_id = FreshRequestId();
  auto shared = std::make_shared<const Caller>(std::move(caller));
  auto wanted = std::make_shared<GraphqlRequest>(std::move(operation));
  FindPlan(shared, wanted,
           [self = shared_from_this(), shared, wanted,
            delivered = std::move(delivered)](IssueOr<Planned> planned) {
             if (!planned.ok()) return delivered(planned.issue(), true);
             if (planned->plan->operation == plan::OperationKind::kSubscription) {
               return self->Subscribe(shared, wanted, planned.value(), delivered);
             }
             self->RunPlan(shared, wanted, std::move(planned).value(),
                           [delivered](auto answer) { delivered(std::move(answer), true); });
           });
}

void Edge::Impl::Subscribe(const SharedCaller& caller,
                           const std::shared_ptr<GraphqlRequest>& operation, const Planned& planned,
                           const Delivered& delivered) {
  live_queries_->Add(
      {.caller = caller,
       .request = NewRequest(*caller, *operation, planned),
       .deliver = [delivered](executor::Response answer) { delivered(std::move(answer), false); },
       .outdated =
           [self = shared_from_this(), caller, operation, delivered] {
             if (caller->context.cancellation != nullptr &&
                 caller->context.cancellation->cancelled())
               return;
             self->Run(*caller, *operation, delivered);
           }});
}

void Edge::Impl::Upgrade(const http::Request& request, const SharedExchange& exchange) {
  const bool legacy_path = request.path == "/v1alpha1/graphql";
  if (request.path != "/v1/graphql" && !legacy_path) {
    Issue issue = NotFoundIssue();
    issue.message =
        "only '/v1/graphql', '/v1alpha1/graphql' and '/v1beta1/relay' are supported on websockets";
    return SendIssue(exchange, issue);
  }
  const std::string_view origin = request.headers.Get("origin");
  if (!options_.disable_cors && !origin.empty() && !OriginAllowed(options_.cors_domains, origin)) {
    return SendIssue(exchange,
                     {.code = "access-denied",
                      .message = "received origin header does not match configured CORS domains"});
  }
  const std::string_view subprotocol =
      ChooseSubprotocol(request.headers.Get("sec-websocket-protocol"));
  const SocketOptions socket_options = {
      .keepalive = options_.websocket_keepalive,
      .init_timeout = options_.websocket_init_timeout,
      .max_message_bytes = options_.max_websocket_message_bytes,
      .plain_errors = legacy_path,
      .read_cookie = !options_.disable_cors || options_.ws_read_cookie};
  auto socket =
      http::WebSocket::Accept(exchange->writer, subprotocol, socket_options.max_message_bytes);
  if (socket == nullptr) return;
  ServeGraphqlSocket(std::move(socket), subprotocol, request, *exchange->loop, shared_from_this(),
                     socket_options);
}

void Edge::Impl::RunShared(const SharedCaller& caller, std::shared_ptr<GraphqlRequest> operation,
                           Answered done) {
  if (!MayServe(*caller->session)) {
    return lease_->Await(*caller->loop, [self = shared_from_this(), caller, operation,
                                         done = std::move(done)](bool valid) mutable {
      if (!valid) return done(Stale());
      self->RunShared(caller, std::move(operation), std::move(done));
    });
  }
  uint64_t version = 0;
  if (auto plan = plans_.Find(KeyOf(*caller, *operation), operation->variables, version)) {
    return RunPlan(caller, operation, {std::move(plan), version, true}, std::move(done));
  }
  Plan(caller, operation, true,
       [self = shared_from_this(), caller, operation,
        done = std::move(done)](IssueOr<Planned> planned) {
         if (!planned.ok()) return done(planned.issue());
         self->RunPlan(caller, operation, std::move(planned).value(), done);
       });
}

OperationKey Edge::Impl::KeyOf(const Caller& caller, const GraphqlRequest& operation) {
  return {operation.query, operation.operation_name, caller.session->role,
          caller.session->backend_only, operation.stored};
}

void Edge::Impl::FindPlan(const SharedCaller& caller,
                          const std::shared_ptr<GraphqlRequest>& operation, OnPlanned done) {
  if (!MayServe(*caller->session)) {
    return lease_->Await(*caller->loop, [self = shared_from_this(), caller, operation,
                                         done = std::move(done)](bool valid) mutable {
      if (!valid) return done(Stale());
      self->FindPlan(caller, operation, std::move(done));
    });
  }
  uint64_t version = 0;
  if (auto plan = plans_.Find(KeyOf(*caller, *operation), operation->variables, version)) {
    return done(Planned{std::move(plan), version, true});
  }
  Plan(caller, operation, true, std::move(done));
}

void Edge::Impl::Plan(const SharedCaller& caller, const std::shared_ptr<GraphqlRequest>& operation,
                      bool cacheable, OnPlanned done) {
  auto shared_done = std::make_shared<OnPlanned>(std::move(done));
  const bool queued =
      workers_.Run([self = shared_from_this(), caller, operation, cacheable, shared_done] {
        plan::PlanRequest wanted;
        wanted.query = operation->query;
        wanted.operation_name = operation->operation_name;
        wanted.variables = operation->variables;
        wanted.role = caller->session->role;
        wanted.backend_only = caller->session->backend_only;
        wanted.stored = operation->stored;
        wanted.at_least = self->plans_.version();
        auto planned = std::make_shared<StatusOr<IssueOr<plan::PlanResponse>>>(
            self->planner_.Plan(caller->context, wanted));
        if (planned->ok() && (*planned)->ok()) self->Hear((*planned)->value().schema_version);
        if (planned->ok() && (*planned)->ok() && cacheable && (*planned)->value().plan->cacheable) {
          self->plans_.Add(KeyOf(*caller, *operation), operation->variables, (*planned)->value());
        }
        caller->loop->Post([planned, shared_done] {
          if (!planned->ok()) return (*shared_done)(FromPlannerStatus(planned->status()));
          if (!(*planned)->ok()) return (*shared_done)((*planned)->issue());
          const plan::PlanResponse& response = (*planned)->value();
          (*shared_done)(Planned{response.plan, response.schema_version, false});
        });
      });
  if (!queued) (*shared_done)(Busy());
}

std::shared_ptr<executor::Request> Edge::Impl::NewRequest(const Caller& caller,
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
  request->variables = operation.variables;
  request->query = operation.query;
  return request;
}

void Edge::Impl::RunPlan(const SharedCaller& caller,
                         const std::shared_ptr<GraphqlRequest>& operation, Planned planned,
                         Answered done) {
  if (planned.plan->operation == plan::OperationKind::kSubscription) {
    return done(
        Issue{.code = "unexpected-payload",
              .message = "subscriptions are not supported over HTTP, use websockets instead",
              .path = "$"});
  }
  executor::Execute(
      caller->context, *caller->loop, connectors_, NewRequest(*caller, *operation, planned),
      [self = shared_from_this(), caller, operation, may_replan = planned.from_cache,
       done = std::move(done)](executor::Response response) mutable {
        if (response.kind != executor::Response::Kind::kReplan) return done(std::move(response));
        if (!may_replan) return done(UnexpectedIssue("a variable does not fit its type"));
        self->Plan(caller, operation, false,
                   [self, caller, operation, done = std::move(done)](IssueOr<Planned> fresh) {
                     if (!fresh.ok()) return done(fresh.issue());
                     self->RunPlan(caller, operation, std::move(fresh).value(), done);
                   });
      });
}

Edge::Edge(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
           const executor::Connectors& connectors, kit::WorkerPool& workers)
    : impl_(
          std::make_shared<Impl>(std::move(options), authenticator, planner, connectors, workers)) {
  impl_->Watch();
}

Edge::~Edge() { impl_->StopWatching(); }

void Edge::Handle(http::Request& request, http::ResponseWriter writer) {
  impl_->Handle(request, std::move(writer));
}

bool Edge::ready() const { return impl_->ready(); }

}  // namespace joinery::edge
