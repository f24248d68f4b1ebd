#include "services/edge/live_queries/live_queries.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/sha256.h"
#include "base/strings.h"
#include "executor/errors.h"
#include "executor/parameters.h"
#include "plan/codec.h"

namespace joinery::edge {
namespace {

// Before it is asked again whether subscribers may be served.
constexpr std::chrono::milliseconds kPause{100};

void AppendText(std::string& out, std::string_view text) { StrAppend(out, text.size(), ":", text); }

// Whatever the answer depends on. Sources that speak HTTP see the session and the client's headers,
// so these count where there is such a source.
IssueOr<std::string> KeyOf(const LiveQueries::Subscription& subscription) {
  const executor::Request& request = *subscription.request;
  std::string key = plan::Encode(*request.plan);
  bool speaks_http = false;
  for (const plan::Fetch& fetch : request.plan->fetches) {
    speaks_http = speaks_http || fetch.source.kind != plan::SourceKind::kPostgres;
    ASSIGN_OR_RETURN_ISSUE(const auto values, executor::EvaluateParameters(fetch, request));
    for (const plan::ParameterValue& value : values) {
      key.push_back(static_cast<char>('0' + static_cast<int>(value.kind)));
      AppendText(key, value.bytes);
    }
  }
  key.push_back(request.show_internal ? '1' : '0');
  StrAppend(key, request.schema_version);
  if (speaks_http) {
    for (const auto& [name, value] : request.session->variables)
      AppendText(key, StrCat(name, "=", value));
    for (const auto& [name, value] : *request.client_headers)
      AppendText(key, StrCat(name, "=", value));
  }
  return Sha256(key);
}

std::string DigestOf(const executor::Response& response) {
  std::string whole;
  for (const std::string& piece : response.body) whole.append(piece);
  return Sha256(whole);
}

}  // namespace

// Lives on the loop of its first member; members may be on others.
class LiveQueries::Cohort : public std::enable_shared_from_this<Cohort> {
 public:
  Cohort(std::shared_ptr<LiveQueries> owner, std::string key, const Subscription& first)
      : owner_(std::move(owner)),
        key_(std::move(key)),
        loop_(*first.caller->loop),
        request_(first.request),
        timer_(loop_.context()) {}

  void Add(Subscription subscription) {
    auto member = std::make_shared<Member>();
    member->subscription = std::move(subscription);
    if (const auto& cancellation = member->subscription.caller->context.cancellation) {
      cancellation->OnCancel([weak = weak_from_this(), gone = std::weak_ptr<Member>(member)] {
        const auto self = weak.lock();
        const auto held = gone.lock();
        if (self && held) self->loop_.Post([self, held] { self->Leave(held); });
      });
    }
    loop_.Post([self = shared_from_this(), member] { self->Join(member); });
  }

  void Outdate() {
    loop_.Post([self = shared_from_this()] {
      self->over_ = true;
      self->timer_.cancel();
      for (const auto& member : std::exchange(self->members_, {})) {
        const Subscription& subscription = member->subscription;
        subscription.caller->loop->Post(subscription.outdated);
      }
    });
  }

  void Stop() {
    loop_.Post([self = shared_from_this()] {
      self->over_ = true;
      self->timer_.cancel();
      self->members_.clear();
    });
  }

  uint64_t version() const { return request_->schema_version; }

 private:
  struct Member {
    Subscription subscription;
    std::string told;  // Digest of what it was told last.
  };

  void Join(const std::shared_ptr<Member>& member) {
    if (over_) {
      member->subscription.caller->loop->Post(member->subscription.outdated);
      return;
    }
    members_.push_back(member);
    if (!digest_.empty()) return Tell(*member);
    if (members_.size() == 1) Poll();
  }

  void Leave(const std::shared_ptr<Member>& member) {
    std::erase(members_, member);
    if (!members_.empty() || over_) return;
    over_ = true;
    timer_.cancel();
    owner_->Remove(key_, this);
  }

  void Poll() {
    const bool may_serve = std::ranges::all_of(members_, [&](const auto& member) {
      return owner_->may_serve_(*member->subscription.caller->session);
    });
    if (!may_serve) return PollAfter(std::min(kPause, owner_->interval_));
    CallContext context = members_.front()->subscription.caller->context;
    // Nobody's alone: who leaves must not stop it for the others.
    context.cancellation = nullptr;
    context.deadline = CallContext::Clock::now() + owner_->poll_timeout_;
    executor::Execute(context, loop_, owner_->connectors_, request_,
                      [self = shared_from_this()](executor::Response response) {
                        self->OnAnswer(std::move(response));
                      });
  }

  void OnAnswer(executor::Response response) {
    if (over_) return;
    digest_ = DigestOf(response);
    last_ = std::move(response);
    for (const auto& member : members_) Tell(*member);
    PollAfter(owner_->interval_);
  }

  void PollAfter(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self != nullptr && !self->over_) self->Poll();
    });
  }

  void Tell(Member& member) {
    if (member.told == digest_) return;
    member.told = digest_;
    const Subscription& subscription = member.subscription;
    EventLoop& loop = *subscription.caller->loop;
    if (&loop == &loop_) return subscription.deliver(last_);
    loop.Post([deliver = subscription.deliver, answer = last_] { deliver(answer); });
  }

  const std::shared_ptr<LiveQueries> owner_;
  const std::string key_;
  EventLoop& loop_;
  const std::shared_ptr<const executor::Request> request_;
  boost::asio::steady_timer timer_;
  std::vector<std::shared_ptr<Member>> members_;
  executor::Response last_;
  std::string digest_;  // Of `last_`; empty: no answer yet.
  bool over_ = false;
};

void LiveQueries::Add(Subscription subscription) {
  const executor::Request& request = *subscription.request;
  IssueOr<std::string> key =
      executor::ParametersFit(*request.plan, request.variables)
          ? KeyOf(subscription)
          : IssueOr<std::string>(UnexpectedIssue("a variable does not fit its type"));
  if (!key.ok()) {
    executor::Response refused;
    refused.failed = true;
    refused.body.push_back(executor::IssueBody(key.issue(), request.show_internal));
    return subscription.deliver(std::move(refused));
  }
  std::shared_ptr<Cohort> cohort;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (request.schema_version == version_) {
      std::shared_ptr<Cohort>& known = cohorts_[key.value()];
      if (known == nullptr) {
        known = std::make_shared<Cohort>(shared_from_this(), key.value(), subscription);
      }
      cohort = known;
    }
  }
  if (cohort == nullptr) return subscription.caller->loop->Post(subscription.outdated);
  cohort->Add(std::move(subscription));
}

void LiveQueries::SetVersion(uint64_t schema_version) {
  std::vector<std::shared_ptr<Cohort>> outdated;
  {
    std::lock_guard lock(mutex_);
    version_ = schema_version;
    std::erase_if(cohorts_, [&](const auto& entry) {
      if (entry.second->version() == schema_version) return false;
      outdated.push_back(entry.second);
      return true;
    });
  }
  for (const auto& cohort : outdated) cohort->Outdate();
}

void LiveQueries::Stop() {
  std::unordered_map<std::string, std::shared_ptr<Cohort>> cohorts;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    cohorts.swap(cohorts_);
  }
  for (const auto& [key, cohort] : cohorts) cohort->Stop();
}

void LiveQueries::Remove(const std::string& key, const Cohort* cohort) {
  std::lock_guard lock(mutex_);
  const auto found = cohorts_.find(key);
  if (found != cohorts_.end() && found->second.get() == cohort) cohorts_.erase(found);
}

}  // namespace joinery::edge
