#pragma once

#include <memory>

#include "planner/metadata/store/store.h"

namespace joinery::metadata {

// A store that lives and dies with the process; begins with `first`.
std::unique_ptr<Store> MakeMemoryStore(json::Value first);

}  // namespace joinery::metadata
