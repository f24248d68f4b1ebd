#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "services/edge/rest/rest_router.h"

namespace joinery::edge {

// Keeps the router that was made last. Thread-safe.
class RestRoutes {
 public:
  // Null: there is none of that version.
  std::shared_ptr<const RestRouter> Find(uint64_t schema_version) const {
    std::lock_guard lock(mutex_);
    const bool fits = router_ != nullptr && router_->schema_version() == schema_version;
    return fits ? router_ : nullptr;
  }
  void Set(std::shared_ptr<const RestRouter> router) {
    std::lock_guard lock(mutex_);
    router_ = std::move(router);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RestRouter> router_;
};

}  // namespace joinery::edge
