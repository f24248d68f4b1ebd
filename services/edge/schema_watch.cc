#include "services/edge/schema_watch.h"

#include <utility>

#include "plan/schema_version.h"

namespace joinery::edge {

void SchemaWatch::Start(plan::Planner& planner, std::chrono::milliseconds lease, Changed changed) {
  changed_ = std::move(changed);
  watch_ = planner.Watch([weak = weak_from_this()](const plan::NewVersion& told) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->Follow(told);
    self->BecomeReady();
  });
  lease_.emplace(lease, planner, [this](uint64_t version) { return Hear(version); });
}

void SchemaWatch::Stop() {
  lease_->Stop();
  watch_.reset();
}

void SchemaWatch::OnReady(std::function<void()> ready) {
  {
    std::lock_guard lock(mutex_);
    if (!ready_) {
      on_ready_ = std::move(ready);
      return;
    }
  }
  ready();
}

void SchemaWatch::BecomeReady() {
  std::function<void()> on_ready;
  {
    std::lock_guard lock(mutex_);
    ready_.store(true, std::memory_order_release);
    on_ready = std::exchange(on_ready_, nullptr);
  }
  if (on_ready) on_ready();
}

bool SchemaWatch::Hear(uint64_t version) {
  std::lock_guard lock(mutex_);
  if (plan::SameDocument(version, version_)) return true;
  if (plan::IsOlder(version, version_)) return false;
  Set(version, nullptr);
  return true;
}

void SchemaWatch::Follow(const plan::NewVersion& told) {
  std::lock_guard lock(mutex_);
  const uint64_t known = version_;
  Set(plan::IsOlder(told.schema_version, known) ? known : told.schema_version, &told);
}

void SchemaWatch::Set(uint64_t version, const plan::NewVersion* told) {
  changed_(version, told);
  version_.store(version, std::memory_order_release);
}

}  // namespace joinery::edge
