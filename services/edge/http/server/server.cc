#include "services/edge/http/server/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "services/edge/http/server/connection.h"
#include "services/edge/http/server/readiness.h"
#include "services/edge/http/server/tls.h"

namespace joinery::edge::http {
namespace {

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

StatusOr<Address> ParseAddress(const std::string& text, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
    return address;
  }
  return InvalidArgument(StrCat("\"", text, "\" is not a numeric IPv4 or IPv6 address"));
}

struct Peer {
  std::string address;
  uint16_t port = 0;
};

Peer DescribePeer(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return {text, ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  }
  return {text, ntohs(v6.sin6_port)};
}

// A worker with the timer that drives it.
struct LoopWorker {
  LoopWorker(EventLoop& loop, const ServerOptions& options, const Handler& handler, SSL_CTX* ssl)
      : worker(loop, options, handler, ssl), timer(loop.context()) {}

  Worker worker;
  boost::asio::steady_timer timer;
  bool stopped = false;
};

// Runs `task` on each loop and waits until all have run.
void RunOnEach(EventLoops& loops, const std::function<void(size_t)>& task) {
  std::mutex mutex;
  std::condition_variable done;
  size_t left = loops.size();
  for (size_t i = 0; i < loops.size(); ++i) {
    loops.at(i).Post([&, i] {
      task(i);
      const std::lock_guard lock(mutex);
      if (--left == 0) done.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return left == 0; });
}

}  // namespace

// Shared with tasks that may still sit in a loop when the server goes.
class Server::Impl : public std::enable_shared_from_this<Server::Impl>, public ReadinessListener {
 public:
  explicit Impl(EventLoops& loops) : loops_(loops) {}
  ~Impl() {
    if (listen_fd_ >= 0 && acceptor_ == nullptr) ::close(listen_fd_);
  }

  Status Start(ServerOptions options, Handler handler);
  uint16_t port() const { return port_; }
  size_t connections() const;
  bool Drain(std::chrono::milliseconds grace);
  void Stop();

  void OnReadable() override;
  void OnWritable() override {}
  // The armed wait keeps the object.
  void Retain() override { self_ = shared_from_this(); }
  void Release() override { const auto last = std::exchange(self_, nullptr); }

 private:
  Status Listen();
  void StartAccepting();
  void StopAccepting();
  // False: the system is out of descriptors or the like; try again later.
  bool AcceptOne();
  void Deal(int fd, const sockaddr_storage& from);
  void Tick(size_t index);

  EventLoops& loops_;
  ServerOptions options_;
  Handler handler_;
  SslContext ssl_;
  int listen_fd_ = -1;
  uint16_t port_ = 0;
  bool started_ = false;
  bool stopped_ = false;
  size_t next_loop_ = 0;
  std::vector<std::unique_ptr<LoopWorker>> workers_;
  std::unique_ptr<Readiness> acceptor_;  // Lives on loop 0.
  std::unique_ptr<boost::asio::steady_timer> accept_pause_;
  std::shared_ptr<Impl> self_;
};

Status Server::Impl::Listen() {
  ASSIGN_OR_RETURN(const Address address, ParseAddress(options_.address, options_.port));
  listen_fd_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listen_fd_ < 0) return Unavailable(StrCat("no socket: ", std::strerror(errno)));
  const int on = 1;
  const int off = 0;
  ::setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.storage.ss_family == AF_INET6) {
    ::setsockopt(listen_fd_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  // Accepted sockets inherit it.
  ::setsockopt(listen_fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::bind(listen_fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(listen_fd_, kBacklog) != 0) {
    return Unavailable(StrCat("cannot listen on ", options_.address, " port ", options_.port, ": ",
                              std::strerror(errno)));
  }
  Address bound;
  bound.size = sizeof(bound.storage);
  ::getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  port_ = DescribePeer(bound.storage).port;
  return OkStatus();
}

Status Server::Impl::Start(ServerOptions options, Handler handler) {
  if (started_) return FailedPrecondition("the server has been started before");
  options_ = std::move(options);
  handler_ = std::move(handler);
  if (options_.certificate_file.empty() != options_.private_key_file.empty()) {
    return InvalidArgument("TLS needs both a certificate file and a private key file");
  }
  if (!options_.certificate_file.empty()) {
    ASSIGN_OR_RETURN(ssl_, MakeServerContext(options_.certificate_file, options_.private_key_file));
  }
  RETURN_IF_ERROR(Listen());
  started_ = true;
  for (size_t i = 0; i < loops_.size(); ++i) {
    workers_.push_back(std::make_unique<LoopWorker>(loops_.at(i), options_, handler_, ssl_.get()));
  }
  RunOnEach(loops_, [this](size_t i) {
    Tick(i);
    if (i == 0) StartAccepting();
  });
  return OkStatus();
}

void Server::Impl::StartAccepting() {
  acceptor_ = std::make_unique<Readiness>(loops_.at(0).context(), listen_fd_, this);
  accept_pause_ = std::make_unique<boost::asio::steady_timer>(loops_.at(0).context());
  acceptor_->ArmRead();
}

void Server::Impl::StopAccepting() {
  if (acceptor_ == nullptr) return;
  acceptor_->Close();
  accept_pause_->cancel();
}

void Server::Impl::Tick(size_t index) {
  LoopWorker& worker = *workers_[index];
  if (worker.stopped) return;
  worker.worker.Tick();
  worker.timer.expires_after(worker.worker.tick);
  worker.timer.async_wait([self = shared_from_this(), index](const boost::system::error_code& e) {
    if (!e) self->Tick(index);
  });
}

void Server::Impl::OnReadable() {
  while (AcceptOne()) {
  }
  if (errno == EAGAIN) {
    acceptor_->ArmRead();
    return;
  }
  accept_pause_->expires_after(kAcceptPause);
  accept_pause_->async_wait([self = shared_from_this()](const boost::system::error_code& e) {
    if (!e) self->OnReadable();
  });
}

bool Server::Impl::AcceptOne() {
  sockaddr_storage from{};
  socklen_t size = sizeof(from);
  const int fd = ::accept4(listen_fd_, reinterpret_cast<sockaddr*>(&from), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return errno == EINTR || errno == ECONNABORTED || errno == EPROTO;
  Deal(fd, from);
  return true;
}

void Server::Impl::Deal(int fd, const sockaddr_storage& from) {
  if (connections() >= options_.limits.max_connections) {
    ::close(fd);
    return;
  }
  const size_t index = next_loop_++ % workers_.size();
  Peer peer = DescribePeer(from);
  const auto adopt = [self = shared_from_this(), index, fd, peer = std::move(peer)] {
    LoopWorker& worker = *self->workers_[index];
    if (worker.stopped || worker.worker.draining) {
      ::close(fd);
      return;
    }
    (new Connection(worker.worker, fd, peer.address, peer.port))->Begin();
  };
  if (index == 0) {
    adopt();
  } else {
    loops_.at(index).Post(adopt);
  }
}

size_t Server::Impl::connections() const {
  size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->worker.count.load(std::memory_order_acquire);
  return sum;
}

bool Server::Impl::Drain(std::chrono::milliseconds grace) {
  if (!started_ || stopped_) return true;
  RunOnEach(loops_, [this](size_t i) {
    if (i == 0) StopAccepting();
    Worker& worker = workers_[i]->worker;
    worker.draining = true;
    worker.ForEach([](Connection& connection) { connection.Drain(); });
  });
  const auto end = Clock::now() + grace;
  while (connections() > 0 && Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const bool all_ended = connections() == 0;
  Stop();
  return all_ended;
}

void Server::Impl::Stop() {
  if (!started_ || stopped_) return;
  stopped_ = true;
  RunOnEach(loops_, [this](size_t i) {
    if (i == 0) StopAccepting();
    workers_[i]->stopped = true;
    workers_[i]->timer.cancel();
    workers_[i]->worker.ForEach([](Connection& connection) { connection.Close(); });
  });
  // Closed connections go with tasks that were posted before these.
  while (connections() > 0) RunOnEach(loops_, [](size_t) {});
  RunOnEach(loops_, [](size_t) {});
}

Server::Server(EventLoops& loops) : impl_(std::make_shared<Impl>(loops)) {}

Server::~Server() { impl_->Stop(); }

Status Server::Start(ServerOptions options, Handler handler) {
  return impl_->Start(std::move(options), std::move(handler));
}

uint16_t Server::port() const { return impl_->port(); }

size_t Server::connections() const { return impl_->connections(); }

bool Server::Drain(std::chrono::milliseconds grace) { return impl_->Drain(grace); }

void Server::Stop() { impl_->Stop(); }

}  // namespace joinery::edge::http
