#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

// How gRPC says things in HTTP/2: messages behind a prefix of five bytes, deadlines and statuses as
// header fields. Source: gRPC's PROTOCOL-HTTP2 page.
namespace joinery::kit::rpc {

// Makes room for the prefix; the message is then appended, and EndMessage called with what
// BeginMessage returned.
size_t BeginMessage(std::string& out);
void EndMessage(std::string& out, size_t begin);
// Both around a copy of `message`.
void AppendMessage(std::string& out, std::string_view message);

// Cuts a stream of bytes into messages. Belongs to one direction of one call.
class MessageReader {
 public:
  // Messages of more than `limit` bytes are refused.
  explicit MessageReader(size_t limit) : limit_(limit) {}

  // Takes bytes off `bytes`, all of them or up to the end of a message, which then is in `message`.
  // ResourceExhausted: a message beyond the limit. Unimplemented: a compressed one, which nobody
  // was invited to send.
  Status Read(std::string_view& bytes, std::optional<std::string>& message);
  // Whether the last message was whole.
  bool at_boundary() const { return prefix_size_ == 0; }

 private:
  const size_t limit_;
  char prefix_[5];
  size_t prefix_size_ = 0;
  size_t left_ = 0;
  std::string message_;
};

// The value of `grpc-timeout`: at most eight digits and a unit; rounded up. Long ones are told in
// seconds, so that calls one after another say the same and HPACK's table serves them.
std::string EncodeTimeout(std::chrono::milliseconds timeout);
std::optional<std::chrono::milliseconds> DecodeTimeout(std::string_view text);

// The value of `grpc-message`: printable ASCII, the rest percent-encoded.
std::string EncodeStatusMessage(std::string_view message);
std::string DecodeStatusMessage(std::string_view text);

}  // namespace joinery::kit::rpc
