#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

namespace joinery::edge::http {

// A blocking client that sends bytes as they are. Every read gives up after five seconds.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Close();
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  // One answer with Content-Length, head and body; what came before the end or time ran out.
  std::string ReadAnswer() {
    size_t head_end;
    while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!More()) return Take(input_.size());
    }
    size_t length = 0;
    const size_t field = input_.find("content-length: ");
    if (field < head_end) length = std::strtoul(input_.c_str() + field + 16, nullptr, 10);
    while (input_.size() < head_end + 4 + length) {
      if (!More()) return Take(input_.size());
    }
    return Take(head_end + 4 + length);
  }

  // Until `text` has come; all of it up to and with `text`.
  std::string ReadUntil(std::string_view text) {
    size_t at;
    while ((at = input_.find(text)) == std::string::npos) {
      if (!More()) return Take(input_.size());
    }
    return Take(at + text.size());
  }

  // Until the server closes.
  std::string ReadToEnd() {
    while (More()) {
    }
    return Take(input_.size());
  }
  bool saw_end() const { return saw_end_; }

 private:
  bool More() {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, 5000) <= 0) return false;
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof(buffer), 0);
    saw_end_ = n == 0;
    if (n <= 0) return false;
    input_.append(buffer, static_cast<size_t>(n));
    return true;
  }
  std::string Take(size_t size) {
    std::string taken = input_.substr(0, size);
    input_.erase(0, size);
    return taken;
  }

  int fd_;
  bool saw_end_ = false;
  std::string input_;
};

}  // namespace joinery::edge::http
