#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "services/edge/caller.h"
#include "services/edge/graphql_request.h"
#include "services/edge/http/websocket/web_socket.h"

namespace joinery::edge {

// What a socket asks of the edge.
class SocketHost {
 public:
  virtual ~SocketHost() = default;
  // Who the headers say it is; `done` is called once on `loop`, perhaps at once. The caller has no
  // deadline yet.
  virtual void Authenticate(http::HeaderSpan headers, EventLoop& loop,
                            std::function<void(IssueOr<Caller>)> done) = 0;
  // What a subscription says: another answer, or the Issue that ends it.
  using Delivered = std::function<void(IssueOr<executor::Response> answer, bool last)>;
  // Gives `caller` a deadline and an id of its own and runs one operation. `delivered` is called on
  // the caller's loop, once, or for a subscription until it is cancelled or has ended.
  virtual void Run(Caller caller, GraphqlRequest operation, Delivered delivered) = 0;
};

struct SocketOptions {
  std::chrono::milliseconds keepalive{5'000};     // 0: none.
  std::chrono::milliseconds init_timeout{3'000};  // graphql-transport-ws only.
  size_t max_message_bytes = size_t{1} << 20;
  size_t max_operations = 1'000;  // At once on one socket.
  bool plain_errors = false;      // /v1alpha1/graphql: errors as {"path","error","code"}.
  bool read_cookie = true;        // Whether the upgrade's Cookie says who asks.
};

// The name to answer Sec-WebSocket-Protocol with; the first that is spoken here wins.
std::string_view ChooseSubprotocol(std::string_view offered);

// Serves GraphQL over one socket: subscriptions-transport-ws (`graphql-ws`) or graphql-transport-ws
// (spec: subscriptions-and-http, C). The socket keeps what it needs alive until it closes; `host`
// must outlive that.
void ServeGraphqlSocket(std::shared_ptr<http::WebSocket> socket, std::string_view subprotocol,
                        const http::Request& upgrade, EventLoop& loop,
                        std::shared_ptr<SocketHost> host, SocketOptions options);

}  // namespace joinery::edge
