#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "services/edge/http/server/event_loops.h"
#include "services/edge/http/server/request.h"
#include "services/edge/http/server/response_writer.h"

namespace joinery::edge::http {

// What a connection may cost. Beyond a limit the client gets the status in brackets.
struct Limits {
  size_t max_head_bytes = 32 * 1024;               // Request line and all fields (431).
  size_t max_target_bytes = 8 * 1024;              // Path and query (414).
  size_t max_header_count = 100;                   // (431)
  uint64_t max_body_bytes = 64ull << 20;           // After chunked decoding (413).
  uint32_t max_concurrent_streams = 256;           // Per HTTP/2 connection.
  size_t max_connections = 10'000;                 // More are closed at once.
  size_t write_buffer_bytes = 256 * 1024;          // ResponseWriter::Write says stop beyond it.
  std::chrono::milliseconds idle_timeout{75'000};  // Between requests.
  std::chrono::milliseconds request_read_timeout{30'000};  // First byte to last of a request (408).
  std::chrono::milliseconds write_timeout{
      60'000};  // Without the client taking a byte of an answer.
};

struct ServerOptions {
  std::string address = "0.0.0.0";  // Numeric, IPv4 or IPv6.
  uint16_t port = 0;                // 0: the system chooses; see Server::port.
  // PEM files; both or none. With them the port speaks TLS only.
  std::string certificate_file;
  std::string private_key_file;
  Limits limits;
  // The body and content type of answers that the server gives by itself (400, 408, 413, 414, 431,
  // 500, 505). Null: the reason as plain text.
  std::function<std::string(int status, std::string_view reason)> error_body;
  std::string error_content_type = "text/plain; charset=utf-8";
};

// Called on a loop thread once a request is there with its whole body. Must not block or throw.
// `request` is `writer.request()`.
using Handler = std::function<void(Request& request, ResponseWriter writer)>;

// One port that speaks HTTP/1.1 and HTTP/2: over plain TCP told apart by HTTP/2's preface, over TLS
// by ALPN. Connections are dealt to the loops in turn and stay there with all their requests.
//
// Any thread but the loops' may call; calls must not overlap. Destroyed before the EventLoops.
class Server {
 public:
  // `loops` outlives the server.
  explicit Server(EventLoops& loops);
  // Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, listens and accepts. Once only. InvalidArgument: address or certificate. Unavailable:
  // the port cannot be had.
  Status Start(ServerOptions options, Handler handler);

  // The port listened to; 0 before Start.
  uint16_t port() const;
  // Open connections now.
  size_t connections() const;

  // Accepts no more, closes idle connections, lets requests in flight end (HTTP/2: GOAWAY), then
  // stops. Blocks for `grace` at most. True: every request ended in time.
  bool Drain(std::chrono::milliseconds grace);
  // Closes everything now; requests in flight get their OnClose. Blocks until no connection is left
  // and the handler is not called any more.
  void Stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace joinery::edge::http
