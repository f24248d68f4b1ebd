#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <string_view>

#include "services/edge/http/server/tls.h"

namespace joinery::edge::http {

// Reads and writes one non-blocking socket, through TLS or not. Does not own the descriptor.
class Transport {
 public:
  enum class State { kOk, kWouldBlock, kClosed };
  struct Outcome {
    State state;
    size_t bytes = 0;      // With kOk.
    bool drained = false;  // After a read: the socket held no more than that.
  };

  // `ssl` null: plain.
  Transport(int fd, Ssl ssl) : fd_(fd), ssl_(std::move(ssl)) {}

  // kClosed: the other side ended the stream or the connection broke.
  Outcome Read(char* buffer, size_t size);
  // Takes as much as the socket has room for; `count` at least 1.
  Outcome Write(const iovec* pieces, int count);
  // Says that no more bytes will come from us.
  void ShutDownWrites();

  // TLS: a read stopped because the handshake needs to write; wait for room, then read again.
  bool read_needs_write() const { return read_needs_write_; }
  bool is_tls() const { return ssl_ != nullptr; }
  // TLS, handshake done: the client chose HTTP/2.
  bool chose_http2() const;

 private:
  Outcome ReadTls(char* buffer, size_t size);
  Outcome WriteTls(const iovec* pieces, int count);

  const int fd_;
  const Ssl ssl_;
  bool read_needs_write_ = false;
};

}  // namespace joinery::edge::http
