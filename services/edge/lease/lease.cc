#include "services/edge/lease/lease.h"

#include <algorithm>
#include <utility>

namespace joinery::edge {
namespace {

// Renewals per length: some may be lost.
constexpr int kRenewals = 4;
// How long a request waits for a lease that has ended.
constexpr std::chrono::seconds kPatience{1};

}  // namespace

Lease::Lease(std::chrono::milliseconds length, plan::Planner& planner, Heard heard)
    : length_(length), planner_(planner), heard_(std::move(heard)) {
  if (length_.count() > 0) thread_ = std::thread([this] { Run(); });
}

Lease::~Lease() { Stop(); }

void Lease::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Lease::valid() const {
  return length_.count() == 0 ||
         Clock::now().time_since_epoch().count() < end_.load(std::memory_order_acquire);
}

void Lease::Await(EventLoop& loop, std::function<void(bool)> done) {
  std::lock_guard lock(mutex_);
  if (valid()) return loop.Post([done = std::move(done)] { done(true); });
  waiters_.push_back({&loop, std::move(done), Clock::now() + kPatience});
}

void Lease::Run() {
  for (;;) {
    const Clock::time_point next = Clock::now() + length_ / kRenewals;
    Renew();
    AnswerWaiters();
    std::unique_lock lock(mutex_);
    if (wake_.wait_until(lock, next, [this] { return stopping_; })) return;
  }
}

void Lease::Renew() {
  const Clock::time_point asked = Clock::now();
  const auto answer = planner_.GetFreshness(CallContext::WithTimeout(length_ / kRenewals));
  if (!answer.ok() || !heard_(answer->schema_version)) return;
  const auto end = (asked - answer->age + length_).time_since_epoch().count();
  if (end > end_.load(std::memory_order_relaxed)) end_.store(end, std::memory_order_release);
}

void Lease::AnswerWaiters() {
  std::lock_guard lock(mutex_);
  const bool now_valid = valid();
  const Clock::time_point now = Clock::now();
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (!now_valid && now < waiter.until) return false;
    waiter.loop->Post([done = std::move(waiter.done), now_valid] { done(now_valid); });
    return true;
  });
}

}  // namespace joinery::edge
