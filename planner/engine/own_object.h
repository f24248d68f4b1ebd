#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "planner/consistency/inconsistency.h"

namespace joinery::planner {

// What a metadata call is about, as get_inconsistent_metadata names it. When that itself is at
// fault, the call is refused for it; what it breaks elsewhere is told in general words.
struct OwnObject {
  std::string type;  // Empty: the call makes nothing that could be at fault.
  std::string name;

  bool Is(const InconsistentObject& object) const;
};

// `call` is the canonical type.
OwnObject OwnObjectOf(std::string_view call, const json::Value& args);

// The refusal of a call whose own object is at fault: Hasura's code and words. nullopt: the fault
// is told like one of another object.
std::optional<Issue> OwnFault(const OwnObject& own,
                              const std::vector<const InconsistentObject*>& at_fault,
                              const std::string& path);

}  // namespace joinery::planner
