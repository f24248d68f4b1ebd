#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "services/kit/rpc/client_call.h"
#include "services/kit/rpc/link.h"

namespace joinery::kit::rpc {

// A client's connection to one address. Loop thread only.
class ClientLink final : public Link {
 public:
  using Clock = CallContext::Clock;

  struct Events {
    std::function<void()> ready;  // The server has introduced itself.
    std::function<void()> lost;   // Closed, or about to be: no new calls.
    // A call that this connection did not bring to an end, and why. `unseen`: the server says that
    // it has done nothing of it.
    std::function<void(std::shared_ptr<ClientCall>, Status, bool unseen)> unfinished;
  };

  // `authority`: the host and port as the target names them.
  static std::shared_ptr<ClientLink> Make(EventLoop& loop, Socket socket, std::string authority,
                                          Events events);

  bool was_ready() const { return ready_; }
  bool usable() const { return ready_ && !leaving_ && !closed(); }
  size_t calls() const { return calls_.size(); }
  void Start(std::shared_ptr<ClientCall> call);
  // Tells the server that nobody waits for the call any more.
  void Abandon(ClientCall& call);
  // Lets the server send `bytes` more on a call's stream.
  void GiveWindow(const ClientCall& call, size_t bytes);
  // Takes no new calls; closes when the last has ended.
  void Leave();
  // Sends a ping when nothing was heard for long, closes when that is not answered.
  void KeepAlive(Clock::time_point now);
  // Ends what is beyond its deadline.
  void EndOverdue(Clock::time_point now);

 private:
  ClientLink(EventLoop& loop, Socket socket, std::string authority, Events events);

  void OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) override;
  void OnFrame(const nghttp2_frame& frame) override;
  void OnData(int32_t stream, std::string_view bytes) override;
  void OnStreamClosed(int32_t stream, uint32_t error_code) override;
  void OnBytesRead() override;
  void OnClosed() override;

  ClientCall* Find(int32_t stream);
  void TakeMessages(int32_t stream, std::string_view bytes);

  const std::string authority_;
  Events events_;
  bool ready_ = false;
  bool leaving_ = false;
  std::unordered_map<int32_t, std::shared_ptr<ClientCall>> calls_;
  Clock::time_point heard_;
  bool pinged_ = false;
};

}  // namespace joinery::kit::rpc
