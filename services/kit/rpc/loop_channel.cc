#include "services/kit/rpc/loop_channel.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <random>
#include <utility>

#include "base/strings.h"

namespace joinery::kit::rpc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{1'000};
constexpr std::chrono::seconds kConnectPatience{5};
// Between look-ups of names: what finds new replicas, and what a failure may ask for.
constexpr std::chrono::seconds kLookAgain{30};
constexpr std::chrono::seconds kLookAgainSoon{1};
constexpr milliseconds kFastTick{50};
constexpr milliseconds kSlowTick{1'000};

// Clients that lost the same server must not come back all at once.
milliseconds WithJitter(milliseconds pause) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<int64_t>(pause.count() * 4 / 5,
                                                pause.count() * 6 / 5)(random) *
         milliseconds(1);
}

std::string AuthorityOf(const HostPort& host) {
  const bool v6 = host.host.find(':') != std::string::npos;
  return v6 ? StrCat("[", host.host, "]:", host.port) : StrCat(host.host, ":", host.port);
}

}  // namespace

LoopChannel::LoopChannel(EventLoop& loop, StatusOr<std::vector<HostPort>> hosts)
    : loop_(loop), hosts_(std::move(hosts)), resolver_(loop.context()), timer_(loop.context()) {}

void LoopChannel::Start(const std::shared_ptr<ClientCall>& call) {
  if (call->attempts == 0) WatchCancellation(call);
  if (call->done()) return;
  called_ = true;
  KeepTicking();
  if (const auto link = NextLink()) return link->Start(call);
  waiting_.push_back(call);
  if (!hosts_.ok()) {
    return loop_.Post([self = shared_from_this()] { self->FailWaiting(); });
  }
  if (backends_.empty()) {
    Resolve();
  } else {
    RetryForCall();
  }
  loop_.Post([self = shared_from_this()] { self->FailWaiting(); });
}

void LoopChannel::WatchCancellation(const std::shared_ptr<ClientCall>& call) {
  if (call->context.cancellation == nullptr) return;
  call->cancel_id =
      call->context.cancellation->OnCancel([&loop = loop_, weak = std::weak_ptr<ClientCall>(call)] {
        loop.Post([weak] {
          const auto held = weak.lock();
          if (held == nullptr || held->done()) return;
          if (const auto link = held->link.lock()) link->Abandon(*held);
          held->Finish(Cancelled("the call was cancelled"));
        });
      });
}

std::shared_ptr<ClientLink> LoopChannel::NextLink() {
  for (size_t i = 0; i < backends_.size(); ++i) {
    const Backend& backend = *backends_[turn_++ % backends_.size()];
    if (backend.link != nullptr && backend.link->usable()) return backend.link;
  }
  return nullptr;
}

// A call that finds no connection does not sit out a pause, which grew while nobody was there.
void LoopChannel::RetryForCall() {
  const Clock::time_point now = Clock::now();
  for (const BackendRef& backend : backends_) {
    if (backend->Idle() && backend->tried_at + kFirstPause <= now) Retry(backend);
  }
}

void LoopChannel::Retry(const BackendRef& backend) {
  backend->failure = OkStatus();
  Connect(backend);
}

void LoopChannel::Resolve() {
  if (lookups_ > 0) return;
  resolve_at_ = Clock::now() + kLookAgain;
  found_.clear();
  lookup_failure_ = OkStatus();
  lookups_ = hosts_->size();
  for (size_t i = 0; i < hosts_->size(); ++i) {
    const HostPort& host = (*hosts_)[i];
    resolver_.async_resolve(host.host, host.port,
                            [weak = weak_from_this(), i](const auto& error, const auto& results) {
                              if (const auto self = weak.lock()) {
                                self->OnResolved(i, error, results);
                              }
                            });
  }
}

void LoopChannel::OnResolved(size_t host, const boost::system::error_code& error,
                             const Tcp::resolver::results_type& results) {
  const std::string authority = AuthorityOf((*hosts_)[host]);
  if (error) {
    lookup_failure_ = Unavailable(StrCat("cannot look up ", authority, ": ", error.message()));
  } else {
    for (const auto& result : results) found_.emplace_back(result.endpoint(), authority);
  }
  if (--lookups_ > 0) return;
  // Addresses that were known stay when a look-up fails.
  if (!found_.empty()) UseAddresses(found_);
  FailWaiting();
}

void LoopChannel::UseAddresses(
    const std::vector<std::pair<Tcp::endpoint, std::string>>& addresses) {
  std::vector<BackendRef> next;
  for (const auto& [endpoint, authority] : addresses) {
    const auto same = [&](const BackendRef& b) { return b->endpoint == endpoint; };
    if (std::ranges::any_of(next, same)) continue;
    const auto known = std::ranges::find_if(backends_, same);
    if (known != backends_.end()) {
      next.push_back(*known);
      continue;
    }
    next.push_back(std::make_shared<Backend>());
    next.back()->endpoint = endpoint;
    next.back()->authority = authority;
  }
  backends_.swap(next);
  for (const BackendRef& before : next) {
    if (std::ranges::find(backends_, before) == backends_.end() && before->link != nullptr) {
      RetireLink(std::exchange(before->link, nullptr));
    }
  }
  for (const BackendRef& backend : backends_) {
    if (backend->link == nullptr && backend->connecting == nullptr && backend->failure.ok()) {
      Connect(backend);
    }
  }
}

void LoopChannel::Connect(const BackendRef& backend) {
  backend->connecting = std::make_shared<Tcp::socket>(loop_.context());
  backend->tried_at = Clock::now();
  backend->connecting->async_connect(backend->endpoint,
                                     [weak = weak_from_this(), backend](const auto& error) {
                                       if (const auto self = weak.lock())
                                         self->OnConnected(backend, error);
                                     });
}

void LoopChannel::OnConnected(const BackendRef& backend, const boost::system::error_code& error) {
  const auto socket = std::exchange(backend->connecting, nullptr);
  if (error || socket == nullptr) {
    const std::string why = socket == nullptr || error == boost::asio::error::operation_aborted
                                ? "it does not answer"
                                : error.message();
    Fail(*backend, Unavailable(StrCat("cannot connect to ", backend->authority, ": ", why)));
    return FailWaiting();
  }
  const std::weak_ptr<LoopChannel> weak = weak_from_this();
  const std::weak_ptr<Backend> weak_backend = backend;
  backend->link =
      ClientLink::Make(loop_, std::move(*socket), backend->authority,
                       {.ready =
                            [weak, weak_backend] {
                              const auto self = weak.lock();
                              const auto held = weak_backend.lock();
                              if (self && held) self->OnReady(held);
                            },
                        .lost =
                            [weak, weak_backend] {
                              const auto self = weak.lock();
                              const auto held = weak_backend.lock();
                              if (self && held) self->OnLost(held);
                            },
                        .unfinished =
                            [weak](std::shared_ptr<ClientCall> call, Status why, bool unseen) {
                              const auto self = weak.lock();
                              if (self == nullptr) return call->Finish(std::move(why));
                              self->OnUnfinished(call, std::move(why), unseen);
                            }});
}

void LoopChannel::OnReady(const BackendRef& backend) {
  backend->pause = milliseconds(0);
  backend->failure = OkStatus();
  // Not from inside the session.
  loop_.Post([self = shared_from_this()] { self->ServeWaiting(); });
}

void LoopChannel::OnLost(const BackendRef& backend) {
  const auto link = std::exchange(backend->link, nullptr);
  if (link == nullptr) return;
  RetireLink(link);
  const bool in_use = std::ranges::find(backends_, backend) != backends_.end();
  if (!in_use) return;
  resolve_at_ = std::min(resolve_at_, Clock::now() + kLookAgainSoon);
  if (link->was_ready()) {
    // It was good until now: a restart, perhaps on the same address.
    loop_.Post([self = shared_from_this(), backend] {
      if (backend->link == nullptr && backend->connecting == nullptr) self->Connect(backend);
    });
    return;
  }
  Fail(*backend,
       Unavailable(StrCat("the server at ", backend->authority, " closed the connection")));
  loop_.Post([self = shared_from_this()] { self->FailWaiting(); });
}

// Its calls go on to their end.
void LoopChannel::RetireLink(std::shared_ptr<ClientLink> link) {
  link->Leave();
  if (!link->closed()) retired_.push_back(std::move(link));
}

void LoopChannel::Fail(Backend& backend, Status why) {
  backend.failure = std::move(why);
  backend.pause = std::clamp(backend.pause * 2, kFirstPause, kLongestPause);
  backend.retry_at = Clock::now() + WithJitter(backend.pause);
  resolve_at_ = std::min(resolve_at_, Clock::now() + kLookAgainSoon);
  KeepTicking();
}

void LoopChannel::OnUnfinished(const std::shared_ptr<ClientCall>& call, Status why, bool unseen) {
  if (call->done()) return;
  if (!call->MayRepeat(unseen)) return call->Finish(std::move(why));
  call->link.reset();
  // Not from inside the session.
  loop_.Post([self = shared_from_this(), call] { self->Start(call); });
}

void LoopChannel::ServeWaiting() {
  while (!waiting_.empty()) {
    const auto link = NextLink();
    if (link == nullptr) return;
    const std::shared_ptr<ClientCall> call = std::move(waiting_.front());
    waiting_.pop_front();
    if (!call->done()) link->Start(call);
  }
}

void LoopChannel::FailWaiting() {
  if (waiting_.empty() || lookups_ > 0) return;
  Status why = hosts_.ok() ? lookup_failure_ : hosts_.status();
  for (const BackendRef& backend : backends_) {
    if (backend->failure.ok()) return;  // Linked, or about to be.
    why = backend->failure;
  }
  if (why.ok()) return;
  for (const auto& call : std::exchange(waiting_, {})) call->Finish(why);
}

void LoopChannel::EndOverdueWaiting(Clock::time_point now) {
  std::vector<std::shared_ptr<ClientCall>> overdue;
  std::erase_if(waiting_, [&](const auto& call) {
    if (call->context.deadline <= now) overdue.push_back(call);
    return call->done() || call->context.deadline <= now;
  });
  for (const auto& call : overdue) {
    call->Finish(DeadlineExceeded("the deadline passed while no connection was there"));
  }
}

void LoopChannel::KeepTicking() {
  if (ticking_ && (fast_ || !called_)) return;
  ticking_ = true;
  fast_ = called_ || !waiting_.empty();
  timer_.expires_after(fast_ ? kFastTick : kSlowTick);
  timer_.async_wait([weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (self != nullptr && !error) self->Tick();
  });
}

void LoopChannel::Tick() {
  const Clock::time_point now = Clock::now();
  bool busy = !waiting_.empty();
  std::erase_if(retired_, [](const auto& link) { return link->closed(); });
  std::vector<std::shared_ptr<ClientLink>> links = retired_;
  for (const BackendRef& backend : backends_) {
    if (backend->link != nullptr) links.push_back(backend->link);
  }
  for (const auto& link : links) {
    busy = busy || link->calls() > 0;
    link->EndOverdue(now);
    link->KeepAlive(now);
  }
  for (const BackendRef& backend : backends_) {
    if (backend->connecting != nullptr) {
      busy = true;
      boost::system::error_code ignored;
      if (backend->tried_at + kConnectPatience <= now) backend->connecting->cancel(ignored);
    } else if (backend->Idle() && backend->retry_at <= now) {
      Retry(backend);
    }
  }
  EndOverdueWaiting(now);
  if (hosts_.ok() && resolve_at_ <= now) Resolve();
  called_ = std::exchange(called_, false) || busy;
  ticking_ = false;
  KeepTicking();
  called_ = false;
}

}  // namespace joinery::kit::rpc
