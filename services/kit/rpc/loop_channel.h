#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "services/kit/rpc/client_call.h"
#include "services/kit/rpc/client_link.h"
#include "services/kit/rpc/target.h"

namespace joinery::kit::rpc {

// A Channel on one loop: one connection per address, calls in turn. Loop thread only.
class LoopChannel : public std::enable_shared_from_this<LoopChannel> {
 public:
  // `hosts` as of ParseTarget, or why the target is none.
  LoopChannel(EventLoop& loop, StatusOr<std::vector<HostPort>> hosts);

  void Start(const std::shared_ptr<ClientCall>& call);

 private:
  using Clock = CallContext::Clock;
  using Tcp = boost::asio::ip::tcp;

  // One address and what leads to it.
  struct Backend {
    Tcp::endpoint endpoint;
    std::string authority;
    std::shared_ptr<Tcp::socket> connecting;
    std::shared_ptr<ClientLink> link;
    Clock::time_point tried_at;  // When it was connected last.
    Clock::time_point retry_at;  // While neither connecting nor linked.
    std::chrono::milliseconds pause{0};
    Status failure;  // Of the last attempt.
    bool Idle() const { return link == nullptr && connecting == nullptr && !failure.ok(); }
  };
  using BackendRef = std::shared_ptr<Backend>;

  void WatchCancellation(const std::shared_ptr<ClientCall>& call);
  std::shared_ptr<ClientLink> NextLink();
  void RetryForCall();
  void Retry(const BackendRef& backend);
  void Resolve();
  void OnResolved(size_t host, const boost::system::error_code& error,
                  const Tcp::resolver::results_type& results);
  void UseAddresses(const std::vector<std::pair<Tcp::endpoint, std::string>>& addresses);
  void Connect(const BackendRef& backend);
  void OnConnected(const BackendRef& backend, const boost::system::error_code& error);
  void OnReady(const BackendRef& backend);
  void OnLost(const BackendRef& backend);
  void RetireLink(std::shared_ptr<ClientLink> link);
  void Fail(Backend& backend, Status why);
  void OnUnfinished(const std::shared_ptr<ClientCall>& call, Status why, bool unseen);
  void ServeWaiting();
  // Ends those who wait where there is nothing to hope for now.
  void FailWaiting();
  void EndOverdueWaiting(Clock::time_point now);
  void KeepTicking();
  void Tick();

  EventLoop& loop_;
  const StatusOr<std::vector<HostPort>> hosts_;
  Tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::vector<BackendRef> backends_;
  std::vector<std::shared_ptr<ClientLink>> retired_;  // Take no new calls.
  size_t turn_ = 0;
  std::deque<std::shared_ptr<ClientCall>> waiting_;
  std::vector<std::pair<Tcp::endpoint, std::string>> found_;  // By the look-up that runs.
  size_t lookups_ = 0;                                        // That run.
  Status lookup_failure_;
  Clock::time_point resolve_at_ = Clock::time_point::min();
  bool called_ = false;  // Since the last tick.
  bool fast_ = false;    // How soon the timer fires.
  bool ticking_ = false;
};

}  // namespace joinery::kit::rpc
