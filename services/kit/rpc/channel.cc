#include "services/kit/rpc/channel.h"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "services/kit/rpc/loop_channel.h"

namespace joinery::kit::rpc {

class Channel::Impl {
 public:
  explicit Impl(std::string target) : target_(std::move(target)) {}

  // Each thread remembers the few that it used, so that only its first call takes the lock.
  LoopChannel& Of(EventLoop& loop) {
    struct Known {
      uint64_t channel;
      const EventLoop* loop;
      LoopChannel* found;
    };
    static thread_local std::vector<Known> known;
    for (const Known& one : known) {
      if (one.channel == id_ && one.loop == &loop) return *one.found;
    }
    std::lock_guard lock(mutex_);
    std::shared_ptr<LoopChannel>& found = by_loop_[&loop];
    if (found == nullptr) found = std::make_shared<LoopChannel>(loop, ParseTarget(target_));
    if (known.size() >= kMostKnown) known.clear();
    known.push_back({id_, &loop, found.get()});
    return *found;
  }

 private:
  static constexpr size_t kMostKnown = 64;

  static uint64_t NextId() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  const uint64_t id_ = NextId();
  const std::string target_;
  std::mutex mutex_;
  std::map<const EventLoop*, std::shared_ptr<LoopChannel>> by_loop_;
};

Channel::Channel(std::string target) : impl_(std::make_unique<Impl>(std::move(target))) {}

Channel::~Channel() = default;

void Channel::Call(const CallContext& context, EventLoop& loop, OutgoingCall call,
                   std::shared_ptr<CallSink> sink) {
  impl_->Of(loop).Start(std::make_shared<ClientCall>(context, std::move(call), std::move(sink)));
}

}  // namespace joinery::kit::rpc
