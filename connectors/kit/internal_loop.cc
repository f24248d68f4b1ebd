#include "connectors/kit/internal_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace joinery::connectors {

struct InternalLoop::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  EventLoop loop{context};
  std::thread thread{[this] { context.run(); }};
};

InternalLoop::InternalLoop() : impl_(std::make_unique<Impl>()) {}

InternalLoop::~InternalLoop() { Stop(); }

EventLoop& InternalLoop::loop() { return impl_->loop; }

void InternalLoop::Stop() {
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace joinery::connectors
