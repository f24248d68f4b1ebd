#pragma once

#include <memory>

#include "base/event_loop.h"

namespace joinery::connectors::postgres {

// A loop with a thread of its own, for callers that have none.
class InternalLoop {
 public:
  InternalLoop();
  // Runs what is ready, then ends.
  ~InternalLoop();
  InternalLoop(const InternalLoop&) = delete;
  InternalLoop& operator=(const InternalLoop&) = delete;

  EventLoop& loop();

 private:
  struct Parts;  // Keeps Asio's headers out of here.
  std::unique_ptr<Parts> parts_;
};

}  // namespace joinery::connectors::postgres
