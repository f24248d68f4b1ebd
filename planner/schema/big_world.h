#pragma once

#include <cstdint>

#include "planner/schema/test_world.h"

// For benchmarks and property tests of planner/: worlds of any size.
namespace joinery::planner::testing {

struct WorldSize {
  int64_t tables = 0;
  int64_t roles = 0;  // Besides admin: "role0", "role1" …
};

// Source `default` with tables t0, t1 … of twelve columns, each with a foreign key to the one
// before, an object and an array relationship; every role selects from every table, some filters
// follow a relationship; each tenth role writes. Every tenth table is joined to source `other`.
// Table `spare` is in the catalog and not in metadata.
WorldTexts BigWorld(const WorldSize& size);

// A select permission as the metadata of table `table` has it for role `role`: {role, permission}.
json::Value BigWorldPermission(int64_t table, int64_t role);

}  // namespace joinery::planner::testing
