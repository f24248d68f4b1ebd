#include "connectors/postgres/internal_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

namespace joinery::connectors::postgres {

struct InternalLoop::Parts {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(context);
  EventLoop loop{context};
  std::thread thread{[this] { context.run(); }};
};

InternalLoop::InternalLoop() : parts_(std::make_unique<Parts>()) {}

InternalLoop::~InternalLoop() {
  // Behind everything that was posted before.
  parts_->loop.Post([this] { parts_->context.stop(); });
  parts_->thread.join();
}

EventLoop& InternalLoop::loop() { return parts_->loop; }

}  // namespace joinery::connectors::postgres
