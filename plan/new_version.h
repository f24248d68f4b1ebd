#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace joinery::plan {

// A schema version, and whose plans of the version before it does not take over. Plain data.
struct NewVersion {
  uint64_t schema_version = 0;
  // 0: nothing is known of it, so that no plan is taken over.
  uint64_t previous = 0;
  // The roles for whom the two differ.
  std::set<std::string, std::less<>> changed_roles;

  bool TakesOver(uint64_t version, std::string_view role) const {
    return version == previous && previous != 0 && !changed_roles.contains(role);
  }

  // Becomes this and then `next`, as one step.
  void Add(NewVersion next) {
    if (previous == 0 || next.previous != schema_version) {
      if (next.previous == schema_version) next.previous = 0;
      *this = std::move(next);
      return;
    }
    schema_version = next.schema_version;
    changed_roles.merge(next.changed_roles);
  }
};

}  // namespace joinery::plan
