#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/event_loop.h"

namespace joinery::edge::http {

// The process's loop threads: each owns one io_context and runs it until Stop. Servers, connectors
// and timers share them. Made first and destroyed last: everything that lives on a loop must be
// gone, or at least stopped, before.
class EventLoops {
 public:
  // Starts `threads` threads; 0 counts as 1. Each is named "loop-<i>".
  explicit EventLoops(size_t threads);
  // Stops and joins.
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  size_t size() const { return loops_.size(); }
  // `index` < size(). Any thread.
  EventLoop& at(size_t index);
  // Ends each loop after the tasks posted before, and joins the threads. Not from a loop's thread.
  void Stop();

 private:
  struct Loop;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace joinery::edge::http
