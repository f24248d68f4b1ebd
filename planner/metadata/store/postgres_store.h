#pragma once

#include <memory>
#include <string>

#include "planner/metadata/store/store.h"

namespace joinery::metadata {

// Opens the store in schema hdb_catalog of the database at `url`, as Hasura v2 lays it out
// (catalog_schema.h). What is missing is created, an empty store begins with `first`.
// Tells other planners by NOTIFY, and Hasura by the table that it polls. The schema may be dropped
// while the store is open: readers keep what they know, the next change creates it anew.
StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const std::string& url,
                                                   const json::Value& first);

}  // namespace joinery::metadata
