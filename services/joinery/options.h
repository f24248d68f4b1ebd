#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "planner/engine/engine.h"
#include "services/edge/edge.h"
#include "services/kit/settings.h"

namespace joinery {

// Flags that each command takes, for kit::Settings::Parse.
const std::vector<std::string>& KnownFlags();

// Settings of the parts, read from flags and HASURA_GRAPHQL_* variables; docs/configuration.md
// lists them. Mistakes are noted in `settings`.
edge::EdgeOptions ReadEdgeOptions(kit::Settings& settings);
StatusOr<planner::EngineOptions> ReadEngineOptions(kit::Settings& settings);
edge::http::ServerOptions ReadServerOptions(kit::Settings& settings);
size_t ReadThreads(kit::Settings& settings);
// Where a service of the mesh listens: "host:port".
std::string ReadListenAddress(kit::Settings& settings);
// Sets the level of this process's log.
void ReadLogLevel(kit::Settings& settings);

}  // namespace joinery
