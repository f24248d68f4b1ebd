#include "services/edge/http/websocket/web_socket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace joinery::edge::http {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3.
constexpr size_t kKeyLength = 24;                                           // 16 bytes in base64.
constexpr size_t kMaxReason = 123;

std::string AcceptOf(std::string_view key) {
  const std::string text = StrCat(key, kGuid);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char base64[4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1];
  const int length = EVP_EncodeBlock(base64, digest, SHA_DIGEST_LENGTH);
  return std::string(reinterpret_cast<const char*>(base64), static_cast<size_t>(length));
}

bool SameWord(std::string_view text, std::string_view lower_case) {
  return std::equal(
      text.begin(), text.end(), lower_case.begin(), lower_case.end(),
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

struct WebSocket::Callbacks {
  static WebSocket& Self(void* user) { return *static_cast<WebSocket*>(user); }

  static ssize_t Receive(wslay_event_context_ptr context, uint8_t* buffer, size_t length, int,
                         void* user) {
    std::string_view& input = Self(user).input_;
    if (input.empty()) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const size_t taken = std::min(length, input.size());
    std::memcpy(buffer, input.data(), taken);
    input.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }

  static ssize_t Send(wslay_event_context_ptr, const uint8_t* data, size_t length, int,
                      void* user) {
    Self(user).output_.append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  }

  static void Message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                      void* user) {
    WebSocket& self = Self(user);
    if (message->opcode == WSLAY_BINARY_FRAME) {
      return self.Close(WSLAY_CODE_UNSUPPORTED_DATA, "text messages only");
    }
    if (message->opcode != WSLAY_TEXT_FRAME || self.stream_ == nullptr) return;
    // The callback may close the socket, which drops the original.
    const OnText on_text = self.on_text_;
    if (on_text) on_text({reinterpret_cast<const char*>(message->msg), message->msg_length});
  }
};

bool WebSocket::IsHandshake(const Request& request) {
  return request.method == Method::kGet && SameWord(request.headers.Get("upgrade"), "websocket");
}

std::shared_ptr<WebSocket> WebSocket::Accept(ResponseWriter& writer, std::string_view protocol,
                                             size_t max_message_bytes) {
  const Request& request = writer.request();
  const auto refuse = [&writer](int status, std::string text) {
    writer.Send(status, {{"content-type", "text/plain"}, {"sec-websocket-version", "13"}},
                std::move(text));
    return nullptr;
  };
  if (request.headers.Get("sec-websocket-version") != "13") {
    return refuse(426, "this server speaks version 13 of the WebSocket protocol");
  }
  const std::string_view key = request.headers.Get("sec-websocket-key");
  if (key.size() != kKeyLength) return refuse(400, "sec-websocket-key is missing or malformed");
  const std::string accept = AcceptOf(key);
  std::vector<HeaderField> headers = {{"upgrade", "websocket"}, {"sec-websocket-accept", accept}};
  if (!protocol.empty()) headers.push_back({"sec-websocket-protocol", protocol});
  std::unique_ptr<ByteStream> stream = writer.Upgrade(headers);
  if (stream == nullptr) return refuse(400, "the connection cannot be upgraded");
  return std::shared_ptr<WebSocket>(new WebSocket(std::move(stream), max_message_bytes));
}

WebSocket::WebSocket(std::unique_ptr<ByteStream> stream, size_t max_message_bytes)
    : stream_(std::move(stream)) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = Callbacks::Receive;
  callbacks.send_callback = Callbacks::Send;
  callbacks.on_msg_recv_callback = Callbacks::Message;
  if (wslay_event_context_server_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
  wslay_event_config_set_max_recv_msg_length(context_, max_message_bytes);
}

WebSocket::~WebSocket() { wslay_event_context_free(context_); }

void WebSocket::Start(OnText on_text, OnClosed on_closed) {
  on_text_ = std::move(on_text);
  on_closed_ = std::move(on_closed);
  const auto weak = weak_from_this();
  stream_->Start(
      [weak](std::string_view bytes) {
        if (const auto self = weak.lock()) self->OnBytes(bytes);
      },
      [weak] {
        if (const auto self = weak.lock()) self->Finish();
      });
}

void WebSocket::OnBytes(std::string_view bytes) {
  input_ = bytes;
  const int result = wslay_event_recv(context_);
  input_ = {};
  if (result != 0) return Finish();
  Flush();
}

void WebSocket::Send(std::string_view text) {
  if (stream_ == nullptr) return;
  const wslay_event_msg message{.opcode = WSLAY_TEXT_FRAME,
                                .msg = reinterpret_cast<const uint8_t*>(text.data()),
                                .msg_length = text.size()};
  // Refused only once a close frame waits.
  if (wslay_event_queue_msg(context_, &message) == 0) Flush();
}

void WebSocket::Close(uint16_t code, std::string_view reason) {
  if (stream_ == nullptr) return;
  reason = reason.substr(0, kMaxReason);
  wslay_event_queue_close(context_, code, reinterpret_cast<const uint8_t*>(reason.data()),
                          reason.size());
  Flush();
}

void WebSocket::Flush() {
  if (stream_ == nullptr) return;
  const int result = wslay_event_send(context_);
  if (!output_.empty()) stream_->Write(std::exchange(output_, {}));
  const bool ended =
      wslay_event_get_close_sent(context_) != 0 || wslay_event_get_read_enabled(context_) == 0;
  if (result != 0 || ended) Finish();
}

void WebSocket::Finish() {
  if (stream_ == nullptr) return;
  const auto keep = shared_from_this();
  stream_->Close();
  // The stream may be what calls us.
  const std::shared_ptr<ByteStream> stream = std::move(stream_);
  on_text_ = nullptr;
  if (const OnClosed on_closed = std::exchange(on_closed_, nullptr)) on_closed();
}

}  // namespace joinery::edge::http
