#pragma once

#include <functional>
#include <set>
#include <string>

#include "planner/consistency/graph.h"

namespace joinery::planner {

// The roles for whom two graphs differ.
struct ChangedRoles {
  bool all = false;  // What they have in common changed; `roles` is then of no interest.
  std::set<std::string, std::less<>> roles;

  bool Contains(std::string_view role) const { return all || roles.contains(role); }
};

// Roles whose schemas, and plans of what they ask, are not the same by `after` as by `before`. It
// may name too many, never too few. Costs a pass over the tables when `after` was built on
// `before`: what they share is the same.
ChangedRoles RolesThatDiffer(const Graph& before, const Graph& after);

}  // namespace joinery::planner
