#pragma once

#include <string>
#include <string_view>

#include "planner/metadata/store/store.h"

namespace joinery::metadata {

// The column `notification` of hdb_schema_notifications. Hasura reads which sources and remote
// schemas the last change asks it to read anew ("sources", "remote_schemas", "metadata",
// "data_connectors"). As that column is overwritten by each change, Joinery's own member, "stamps",
// says for each source the version at which it was last invalidated, so that whoever missed
// versions misses nothing.

// The notification of the change to `version`; `before`: the one that it replaces, may be empty.
std::string WriteNotification(std::string_view before, uint64_t version,
                              const Invalidations& invalidations);

// What a reader of version `known` has to read anew, now that the store is at `current` and holds
// `notification`, written with version `written`.
Invalidations ReadNotification(std::string_view notification, uint64_t written, uint64_t known,
                               uint64_t current);

}  // namespace joinery::metadata
