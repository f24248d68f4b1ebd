#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/status.h"
#include "services/kit/rpc/server.h"

namespace joinery::kit::rpc {

// Listens on one port for two servers: connections of this library's clients, told by the setting
// that they send first, go to a rpc::Server on an event loop; all others to `others`, as open file
// descriptors of which nothing has been read. Loops stop before it is destroyed.
class Listener {
 public:
  // `address`: "host:port", "[v6]:port"; port 0 lets the system choose. `server` outlives it;
  // `others` takes the descriptor and is called on a loop's thread. Unavailable: cannot listen
  // there.
  static StatusOr<std::unique_ptr<Listener>> Start(const std::string& address,
                                                   std::vector<EventLoop*> loops, Server& server,
                                                   std::function<void(int)> others);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const;
  // Takes no more connections.
  void Stop();

 private:
  class State;
  explicit Listener(std::shared_ptr<State> state);
  const std::shared_ptr<State> state_;
};

}  // namespace joinery::kit::rpc
