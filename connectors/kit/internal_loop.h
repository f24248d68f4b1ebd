#pragma once

#include <memory>

#include "base/event_loop.h"

namespace joinery::connectors {

// A loop with a thread of its own, for calls that bring none. Ends with its destruction.
class InternalLoop {
 public:
  InternalLoop();
  ~InternalLoop();
  EventLoop& loop();
  // Joins the thread; the loop object stays.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace joinery::connectors
