#pragma once

#include <memory>
#include <string>

#include "planner/metadata/store/store.h"

namespace joinery::metadata {

struct FileStoreOptions {
  // A folder in the Hasura CLI's layout, or one JSON or YAML file.
  std::string path;
  // Changes through the API are written back; otherwise they are refused.
  bool writable = false;
  // As AddDefaultSource takes it; what it adds is written back with the first change.
  std::string default_database_env;
};

// Opens the store. It is read anew when its files changed and have come to rest; what does not
// parse then is logged, and the last good document stays.
StatusOr<std::unique_ptr<Store>> OpenFileStore(FileStoreOptions options);

}  // namespace joinery::metadata
