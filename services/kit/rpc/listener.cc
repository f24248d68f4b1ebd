#include "services/kit/rpc/listener.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "services/kit/rpc/link.h"
#include "services/kit/rpc/target.h"

namespace joinery::kit::rpc {
namespace {

using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{100};  // After a failure to accept.
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHead = 9;
constexpr size_t kSetting = 6;
constexpr size_t kTelling = kPreface.size() + kFrameHead + kSetting;

enum class Peer { kUnknown, kOurs, kOther };

// Whose first bytes these are.
Peer Tell(std::string_view bytes) {
  const size_t common = std::min(bytes.size(), kPreface.size());
  if (bytes.substr(0, common) != kPreface.substr(0, common)) return Peer::kOther;
  if (bytes.size() < kPreface.size() + kFrameHead) return Peer::kUnknown;
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[kPreface.size() + i]); };
  const size_t length = at(0) << 16 | at(1) << 8 | at(2);
  if (at(3) != NGHTTP2_SETTINGS || length < kSetting) return Peer::kOther;
  if (bytes.size() < kTelling) return Peer::kUnknown;
  const int32_t first = at(kFrameHead) << 8 | at(kFrameHead + 1);
  return first == kSettingMark ? Peer::kOurs : Peer::kOther;
}

// A connection whose first bytes are awaited.
class Arrival : public std::enable_shared_from_this<Arrival> {
 public:
  Arrival(EventLoop& loop, Tcp::socket socket, std::function<void(Peer, Tcp::socket)> told)
      : socket_(std::move(socket)), timer_(loop.context()), told_(std::move(told)) {}

  void Start() {
    timer_.expires_after(kPatience);
    timer_.async_wait([self = shared_from_this()](const auto& error) {
      boost::system::error_code ignored;
      if (!error) self->socket_.close(ignored);
    });
    Wait();
  }

 private:
  void Wait() {
    socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](const auto& error) {
      if (!error) self->Look();
    });
  }

  void Look() {
    char bytes[kTelling];
    const ssize_t got =
        recv(socket_.native_handle(), bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return End();
    const Peer peer = Tell({bytes, static_cast<size_t>(std::max<ssize_t>(got, 0))});
    if (peer == Peer::kUnknown) return Wait();
    timer_.cancel();
    told_(peer, std::move(socket_));
  }

  void End() {
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  Tcp::socket socket_;
  boost::asio::steady_timer timer_;
  const std::function<void(Peer, Tcp::socket)> told_;
};

}  // namespace

class Listener::State : public std::enable_shared_from_this<State> {
 public:
  State(std::vector<EventLoop*> loops, Server& server, std::function<void(int)> others)
      : loops_(std::move(loops)),
        server_(server),
        others_(std::move(others)),
        acceptor_(loops_.front()->context()),
        timer_(loops_.front()->context()) {}

  Status Listen(const std::string& address) {
    ASSIGN_OR_RETURN(const std::vector<HostPort> hosts, ParseTarget(address));
    boost::system::error_code error;
    Tcp::resolver resolver(loops_.front()->context());
    const auto found =
        resolver.resolve(hosts.front().host, hosts.front().port, Tcp::resolver::passive, error);
    if (error || found.empty()) {
      return Unavailable(StrCat("cannot listen on ", address, ": ", error.message()));
    }
    const Tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(SOMAXCONN, error);
    if (error) return Unavailable(StrCat("cannot listen on ", address, ": ", error.message()));
    port_ = acceptor_.local_endpoint(error).port();
    return OkStatus();
  }

  void Accept() {
    EventLoop& loop = *loops_[turn_++ % loops_.size()];
    acceptor_.async_accept(
        loop.context(), [self = shared_from_this(), &loop](const auto& error, Tcp::socket socket) {
          if (error == boost::asio::error::operation_aborted) return;
          if (error) return self->AcceptLater();
          // What waits on one loop must not be the last to hold what belongs to another.
          auto arrival = std::make_shared<Arrival>(
              loop, std::move(socket),
              [weak = self->weak_from_this(), &loop](Peer peer, Tcp::socket told) {
                if (const auto held = weak.lock()) held->Assign(loop, peer, std::move(told));
              });
          loop.Post([arrival] { arrival->Start(); });
          self->Accept();
        });
  }

  void Stop() {
    loops_.front()->Post([self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
      self->timer_.cancel();
    });
  }

  int port() const { return port_; }

 private:
  // Such as too many open files: passes.
  void AcceptLater() {
    timer_.expires_after(kPause);
    timer_.async_wait([self = shared_from_this()](const auto& error) {
      if (!error) self->Accept();
    });
  }

  void Assign(EventLoop& loop, Peer peer, Tcp::socket socket) {
    if (peer == Peer::kOurs) return server_.Add(loop, std::move(socket));
    boost::system::error_code error;
    socket.non_blocking(true, error);
    const int descriptor = socket.release(error);
    if (!error) others_(descriptor);
  }

  const std::vector<EventLoop*> loops_;
  Server& server_;
  const std::function<void(int)> others_;
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  size_t turn_ = 0;
  int port_ = 0;
};

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() = default;

StatusOr<std::unique_ptr<Listener>> Listener::Start(const std::string& address,
                                                    std::vector<EventLoop*> loops, Server& server,
                                                    std::function<void(int)> others) {
  auto state = std::make_shared<State>(std::move(loops), server, std::move(others));
  RETURN_IF_ERROR(state->Listen(address));
  state->Accept();
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

int Listener::port() const { return state_->port(); }

void Listener::Stop() { state_->Stop(); }

}  // namespace joinery::kit::rpc
