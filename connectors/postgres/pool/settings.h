#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "json/value.h"

namespace joinery::connectors::postgres {

// How one source is reached, from its metadata `configuration.connection_info`, secrets resolved
// from this process's environment. A value type.
struct Settings {
  std::string source;  // Name in metadata, for messages.
  // libpq's keywords and values; `dbname` may hold a whole URL. Holds secrets: never logged.
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string isolation_level = "read committed";
  int max_connections = 50;
  int retries = 1;
  std::chrono::seconds idle_timeout{180};
  std::chrono::seconds connection_lifetime{600};  // Zero: without end.
  std::chrono::milliseconds pool_timeout{0};      // Zero: as long as the call's deadline.
  std::chrono::seconds connect_timeout{10};

  friend bool operator==(const Settings&, const Settings&) = default;
};

// `definition` is a source of the metadata document, or its `configuration` alone. InvalidArgument:
// what is wrong and where, such as `source "x": environment variable 'DB_URL' not set`; never a
// secret.
StatusOr<Settings> ReadSettings(const std::string& source, const json::Value& definition);

}  // namespace joinery::connectors::postgres
