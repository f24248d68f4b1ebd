#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "connectors/postgres/postgres_connector.h"
#include "planner/engine/engine.h"
#include "services/edge/edge.h"
#include "services/kit/settings.h"

namespace joinery {

// Flags that each command takes, for kit::Settings::Parse.
const std::vector<std::string>& KnownFlags();

// Settings of the parts, read from flags and HASURA_GRAPHQL_* variables; docs/configuration.md
// lists them. Mistakes are noted in `settings`.
// `lease`: the default of the metadata lease.
edge::EdgeOptions ReadEdgeOptions(kit::Settings& settings, std::chrono::milliseconds lease);
// All but the store.
planner::EngineOptions ReadEngineOptions(kit::Settings& settings);

// Where the metadata lives, by what is given, first of: a path, the metadata database, the default
// database. None: in memory.
struct StoreOptions {
  std::string path;
  bool writable = false;
  std::string database_url;
  std::string default_database_env;  // As metadata::AddDefaultSource takes it.
};
StoreOptions ReadStoreOptions(kit::Settings& settings);

// Opens the store and reads it. A database that cannot be reached is waited for a while.
Status OpenStore(const StoreOptions& options, planner::EngineOptions& engine);

edge::http::ServerOptions ReadServerOptions(kit::Settings& settings);
// What one statement at Postgres may answer with.
connectors::postgres::AnswerLimits ReadAnswerLimits(kit::Settings& settings);
size_t ReadThreads(kit::Settings& settings);
// Where gRPC is served: "host:port". `otherwise` may be empty.
std::string ReadListenAddress(kit::Settings& settings, std::string_view otherwise);
// Sets the level of this process's log.
void ReadLogLevel(kit::Settings& settings);

}  // namespace joinery
