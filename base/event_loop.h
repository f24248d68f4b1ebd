#pragma once

#include <functional>

namespace boost::asio {
class io_context;
}

namespace joinery {

// One thread's event loop: sockets, timers and the continuation of requests run on it, so that a
// request needs no lock and no change of thread. The process makes one per thread; whoever works on
// a request gets the loop handed in. Post is thread-safe.
class EventLoop {
 public:
  // `context` outlives the loop and is run by exactly one thread.
  explicit EventLoop(boost::asio::io_context& context) : context_(context) {}
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs `task` on the loop's thread, later; never inside Post.
  void Post(std::function<void()> task);
  // True on the loop's own thread.
  bool InThisThread() const;
  boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context& context_;
};

}  // namespace joinery
