#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/edge/http/server/response_writer.h"

struct wslay_event_context;

namespace joinery::edge::http {

// The server's end of one WebSocket (RFC 6455): text messages both ways; pings, fragments and close
// frames are dealt with inside. Loop thread only.
class WebSocket : public std::enable_shared_from_this<WebSocket> {
 public:
  using OnText = std::function<void(std::string_view)>;
  using OnClosed = std::function<void()>;

  // Whether the client asks for a WebSocket at all.
  static bool IsHandshake(const Request& request);

  // Answers the handshake: 101 with `protocol` (empty: none named), and the socket; or 400 or 426
  // and null. Messages above `max_message_bytes` close the socket with 1009.
  static std::shared_ptr<WebSocket> Accept(ResponseWriter& writer, std::string_view protocol,
                                           size_t max_message_bytes);

  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // Must be called once. `on_text` gets each whole message, valid UTF-8; `on_closed` is called
  // once, whoever closed, and last. Both are dropped then, with what they hold.
  void Start(OnText on_text, OnClosed on_closed);
  // Ignored after close.
  void Send(std::string_view text);
  // Sends a close frame and hangs up. `reason` is cut to what a frame holds, 123 bytes.
  void Close(uint16_t code, std::string_view reason);

 private:
  struct Callbacks;

  WebSocket(std::unique_ptr<ByteStream> stream, size_t max_message_bytes);
  void OnBytes(std::string_view bytes);
  void Flush();
  void Finish();

  std::unique_ptr<ByteStream> stream_;  // Null: closed.
  wslay_event_context* context_ = nullptr;
  std::string_view input_;
  std::string output_;
  OnText on_text_;
  OnClosed on_closed_;
};

}  // namespace joinery::edge::http
