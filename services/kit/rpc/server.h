#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "base/status.h"

namespace joinery::kit::rpc {

// The answer to one call. Loop thread only.
class ServerCall {
 public:
  virtual ~ServerCall() = default;
  // Adds a message, framed (framing.h). False: the client reads slower than we write; stop until
  // `go_on`, which is called once then.
  virtual bool Write(std::string framed, std::function<void()> go_on = {}) = 0;
  // Ends the call; once.
  virtual void Finish(const Status& status) = 0;
};

// A call as it came. Its context has the client's deadline, and is cancelled when nobody waits for
// the answer any more.
struct IncomingCall {
  std::string_view path;  // "/package.Service/Method"
  std::string_view message;
  CallContext context;
  EventLoop& loop;
};

// Called on the connection's loop; `message` and `path` live until it returns. Must end in one
// Finish, now or later.
using CallHandler = std::function<void(const IncomingCall&, std::shared_ptr<ServerCall>)>;

// Serves gRPC calls of one message each way in, any number out, on event loops. Add is thread-safe.
// Loops stop before it is destroyed.
class Server {
 public:
  explicit Server(CallHandler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes a fresh connection of `loop`. Any thread.
  void Add(EventLoop& loop, boost::asio::ip::tcp::socket socket);
  // Tells clients to go elsewhere; calls in flight end. True: all connections have ended within
  // `grace`. Not from a loop's thread.
  bool Drain(std::chrono::milliseconds grace);
  // Cuts all connections.
  void Abort();

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace joinery::kit::rpc
