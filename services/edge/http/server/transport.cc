#include "services/edge/http/server/transport.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace joinery::edge::http {

Transport::Outcome Transport::Read(char* buffer, size_t size) {
  if (ssl_ != nullptr) return ReadTls(buffer, size);
  while (true) {
    const ssize_t n = ::recv(fd_, buffer, size, 0);
    if (n > 0) {
      const auto bytes = static_cast<size_t>(n);
      return {State::kOk, bytes, bytes < size};
    }
    if (n == 0) return {State::kClosed};
    if (errno == EINTR) continue;
    return {errno == EAGAIN ? State::kWouldBlock : State::kClosed};
  }
}

Transport::Outcome Transport::Write(const iovec* pieces, int count) {
  if (ssl_ != nullptr) return WriteTls(pieces, count);
  while (true) {
    ssize_t n;
    if (count == 1) {
      n = ::send(fd_, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = static_cast<size_t>(count);
      n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    }
    if (n >= 0) return {State::kOk, static_cast<size_t>(n)};
    if (errno == EINTR) continue;
    return {errno == EAGAIN ? State::kWouldBlock : State::kClosed};
  }
}

void Transport::ShutDownWrites() {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(fd_, SHUT_WR);
}

bool Transport::chose_http2() const {
  if (ssl_ == nullptr) return false;
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return size == 2 && name[0] == 'h' && name[1] == '2';
}

Transport::Outcome Transport::ReadTls(char* buffer, size_t size) {
  read_needs_write_ = false;
  const int n = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<size_t>(size, INT_MAX)));
  if (n > 0) return {State::kOk, static_cast<size_t>(n), false};
  const int error = SSL_get_error(ssl_.get(), n);
  ERR_clear_error();
  read_needs_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {State::kWouldBlock};
  return {State::kClosed};
}

Transport::Outcome Transport::WriteTls(const iovec* pieces, int count) {
  size_t written = 0;
  for (int i = 0; i < count; ++i) {
    const char* bytes = static_cast<const char*>(pieces[i].iov_base);
    size_t left = pieces[i].iov_len;
    while (left > 0) {
      const int n = SSL_write(ssl_.get(), bytes, static_cast<int>(std::min<size_t>(left, INT_MAX)));
      if (n <= 0) {
        const int error = SSL_get_error(ssl_.get(), n);
        ERR_clear_error();
        const bool blocked = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
        if (written > 0 && blocked) return {State::kOk, written};
        return {blocked ? State::kWouldBlock : State::kClosed};
      }
      bytes += n;
      left -= static_cast<size_t>(n);
      written += static_cast<size_t>(n);
    }
  }
  return {State::kOk, written};
}

}  // namespace joinery::edge::http
