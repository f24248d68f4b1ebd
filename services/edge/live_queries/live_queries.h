#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "executor/executor.h"
#include "services/edge/caller.h"

namespace joinery::edge {

// Subscriptions by polling (spec: subscriptions-and-http, D). Those that would get the same answer,
// of the same plan with the same values, are one cohort: it is fetched once per interval, and each
// subscriber hears of it when it differs from what it was told last. Thread-safe; held by
// shared_ptr.
class LiveQueries : public std::enable_shared_from_this<LiveQueries> {
 public:
  // What a subscription is: a plan that was made for it, and the request that runs it.
  struct Subscription {
    std::shared_ptr<const Caller> caller;
    // Without a deadline: each poll has one of its own.
    std::shared_ptr<const executor::Request> request;
    // Called on the caller's loop: the first answer, and each that differs from the one before.
    std::function<void(executor::Response)> deliver;
    // Called there instead, once, when another schema version came: plan it anew. The subscription
    // is over.
    std::function<void()> outdated;
  };

  // Whether a session may be served now; polls wait until it may.
  using MayServe = std::function<bool(const plan::Session&)>;

  LiveQueries(const executor::Connectors& connectors, std::chrono::milliseconds interval,
              std::chrono::milliseconds poll_timeout, MayServe may_serve)
      : connectors_(connectors),
        interval_(interval),
        poll_timeout_(poll_timeout),
        may_serve_(std::move(may_serve)) {}

  // Lasts until the caller's cancellation. On the caller's loop.
  void Add(Subscription subscription);
  // From now on subscriptions of other versions are outdated.
  void SetVersion(uint64_t schema_version);
  // No further polls; subscriptions hear nothing more.
  void Stop();

 private:
  class Cohort;

  void Remove(const std::string& key, const Cohort* cohort);

  const executor::Connectors connectors_;
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds poll_timeout_;
  const MayServe may_serve_;
  std::mutex mutex_;
  bool stopped_ = false;
  uint64_t version_ = 0;
  std::unordered_map<std::string, std::shared_ptr<Cohort>> cohorts_;
};

}  // namespace joinery::edge
