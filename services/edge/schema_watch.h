#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/event_loop.h"
#include "plan/new_version.h"
#include "plan/planner.h"
#include "services/edge/lease/lease.h"

namespace joinery::edge {

// Which schema version the edge serves, and whether it may: follows the planner, and hears of newer
// versions from every planner's answers. Thread-safe; held by shared_ptr.
class SchemaWatch : public std::enable_shared_from_this<SchemaWatch> {
 public:
  // Called with the version that is served from then on, one call at a time. `told`: what the
  // watched planner said of that version or an older one; null: it was heard of elsewhere first.
  using Changed = std::function<void(uint64_t schema_version, const plan::NewVersion* told)>;

  // Once, before anything else. The planner is there until Stop. `lease` as of EdgeOptions.
  void Start(plan::Planner& planner, std::chrono::milliseconds lease, Changed changed);
  // Hears no more; who waits is not answered.
  void Stop();

  // Whether a version is known at all.
  bool ready() const { return ready_.load(std::memory_order_acquire); }
  // As Edge::OnReady. One callback at most.
  void OnReady(std::function<void()> ready);
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // Any planner's version: its document counts when it is a newer one. False: it is an older one.
  bool Hear(uint64_t version);

  // Whether what is known counts for this session now.
  bool MayServe(const plan::Session& session) const {
    return session.role == "admin" || lease_->valid();
  }
  // Calls `done` on `loop` once it does; with false when it does not in time.
  void Await(EventLoop& loop, std::function<void(bool may_serve)> done) {
    lease_->Await(loop, std::move(done));
  }

 private:
  // The watched planner's version is the edge's, unless it is behind.
  void Follow(const plan::NewVersion& told);
  void Set(uint64_t version, const plan::NewVersion* told);
  void BecomeReady();

  Changed changed_;
  std::mutex mutex_;  // One change of what follows at a time.
  std::atomic<bool> ready_{false};
  std::function<void()> on_ready_;
  std::atomic<uint64_t> version_{0};
  std::optional<Lease> lease_;  // From Start on.
  std::shared_ptr<void> watch_;
};

}  // namespace joinery::edge
