#include "services/edge/http/server/event_loops.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

#include "base/strings.h"

namespace joinery::edge::http {

struct EventLoops::Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  EventLoop loop{context};
  std::thread thread;
};

EventLoops::EventLoops(size_t threads) {
  for (size_t i = 0; i < std::max<size_t>(threads, 1); ++i) {
    auto loop = std::make_unique<Loop>();
    loop->thread = std::thread([context = &loop->context] { context->run(); });
    pthread_setname_np(loop->thread.native_handle(), StrCat("loop-", i).c_str());
    loops_.push_back(std::move(loop));
  }
}

EventLoops::~EventLoops() { Stop(); }

EventLoop& EventLoops::at(size_t index) { return loops_[index]->loop; }

void EventLoops::Stop() {
  for (auto& loop : loops_) {
    loop->loop.Post([context = &loop->context] { context->stop(); });
  }
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

}  // namespace joinery::edge::http
