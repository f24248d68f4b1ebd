#include "services/edge/edge.h"

#include <string_view>
#include <utility>

#include "services/edge/core.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/exchange.h"
#include "services/edge/http/websocket/web_socket.h"
#include "services/edge/identify.h"
#include "services/edge/issues.h"

namespace joinery::edge {
namespace {

using http::Method;
using AdminEndpoint = void (*)(const SharedCore&, const SharedExchange&);

constexpr std::string_view kRest = "/api/rest/";

// The endpoint that only admin may call; null: there is none.
AdminEndpoint FindAdminEndpoint(const EdgeOptions& options, Method method, std::string_view path) {
  const bool post = method == Method::kPost;
  const bool get = method == Method::kGet || method == Method::kHead;
  if (post && options.enable_metadata) {
    if (IsMetadataPath(path)) return ServeMetadata;
    if (path == "/v1/graphql/explain") return ServeExplain;
  }
  if (get && options.enable_config && path == "/v1alpha1/config") return ServeConfig;
  return nullptr;
}

void ServeAdmin(const SharedCore& core, http::Request& request, const SharedExchange& exchange,
                AdminEndpoint serve) {
  exchange->body = std::move(request.body);
  Identify(core, request, exchange, "", [core, exchange, serve](const Issue* fault) {
    if (fault != nullptr) return exchange->SendIssue(*fault);
    exchange->show_internal = true;
    if (exchange->session->role != "admin") {
      const bool metadata = IsMetadataPath(exchange->writer.request().path);
      return exchange->SendIssue(metadata ? AdminOnlyCall() : AdminOnlyEndpoint());
    }
    serve(core, exchange);
  });
}

void Route(const SharedCore& core, http::Request& request, const SharedExchange& exchange) {
  const EdgeOptions& options = core->options;
  const std::string_view path = request.path;
  if (request.method == Method::kOptions) return ServePreflight(request, exchange);
  const bool get = request.method == Method::kGet || request.method == Method::kHead;
  if (options.enable_graphql) {
    if (request.method == Method::kPost && IsGraphqlPath(path)) {
      return ServeGraphql(core, request, exchange);
    }
    if (http::WebSocket::IsHandshake(request)) return ServeSocket(core, request, exchange);
  }
  if (get && (path == "/healthz" || path == "/hasura/healthz")) return ServeHealth(core, exchange);
  if (get && path == "/v1/version") return ServeVersion(core, exchange);
  if (options.enable_graphql && path.starts_with(kRest)) {
    return ServeRest(core, request, exchange, path.substr(kRest.size()));
  }
  const AdminEndpoint admin = FindAdminEndpoint(options, request.method, path);
  if (admin == nullptr) return exchange->SendIssue(NotFound());
  ServeAdmin(core, request, exchange, admin);
}

}  // namespace

Edge::Edge(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
           const executor::Connectors& connectors, kit::WorkerPool& workers)
    : core_(MakeCore(std::move(options), authenticator, planner, connectors, workers)) {}

Edge::~Edge() { core_->Stop(); }

void Edge::Handle(http::Request& request, http::ResponseWriter writer) {
  Route(core_, request, NewExchange(core_->options, request, std::move(writer)));
}

void Edge::OnReady(std::function<void()> ready) { core_->watch->OnReady(std::move(ready)); }

}  // namespace joinery::edge
