#include <utility>

#include "services/edge/cors.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/http/websocket/web_socket.h"
#include "services/edge/identify.h"
#include "services/edge/issues.h"
#include "services/edge/websocket/graphql_socket.h"

namespace joinery::edge {
namespace {

class CoreHost final : public SocketHost {
 public:
  explicit CoreHost(SharedCore core) : core_(std::move(core)) {}

  void Authenticate(http::HeaderSpan headers, EventLoop& loop,
                    std::function<void(IssueOr<Caller>)> done) override {
    IdentifyByHeaders(core_, headers, loop, std::move(done));
  }
  void Run(Caller caller, GraphqlRequest operation, Delivered delivered) override {
    core_->operations->RunOrSubscribe(std::move(caller), std::move(operation),
                                      std::move(delivered));
  }

 private:
  const SharedCore core_;
};

Issue NoSocketHere() {
  Issue issue = NotFound();
  issue.message =
      "only '/v1/graphql', '/v1alpha1/graphql' and '/v1beta1/relay' are supported on websockets";
  return issue;
}

Issue ForeignOrigin() {
  return {.code = "access-denied",
          .message = "received origin header does not match configured CORS domains"};
}

}  // namespace

void ServeSocket(const SharedCore& core, const http::Request& request,
                 const SharedExchange& exchange) {
  const EdgeOptions& options = core->options;
  if (!IsGraphqlPath(request.path)) return exchange->SendIssue(NoSocketHere());
  const std::string_view origin = request.headers.Get("origin");
  if (!options.disable_cors && !origin.empty() && !OriginAllowed(options.cors_domains, origin)) {
    return exchange->SendIssue(ForeignOrigin());
  }
  const std::string_view subprotocol =
      ChooseSubprotocol(request.headers.Get("sec-websocket-protocol"));
  const SocketOptions socket_options = {
      .keepalive = options.websocket_keepalive,
      .init_timeout = options.websocket_init_timeout,
      .max_message_bytes = options.max_websocket_message_bytes,
      .plain_errors = request.path == "/v1alpha1/graphql",
      .read_cookie = !options.disable_cors || options.ws_read_cookie};
  auto socket =
      http::WebSocket::Accept(exchange->writer, subprotocol, socket_options.max_message_bytes);
  if (socket == nullptr) return;
  ServeGraphqlSocket(std::move(socket), subprotocol, request, *exchange->loop,
                     std::make_shared<CoreHost>(core), socket_options);
}

}  // namespace joinery::edge
