#include "base/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace joinery {

void EventLoop::Post(std::function<void()> task) { boost::asio::post(context_, std::move(task)); }

bool EventLoop::InThisThread() const { return context_.get_executor().running_in_this_thread(); }

}  // namespace joinery
