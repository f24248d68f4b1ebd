#pragma once

#include "planner/catalog/options.h"
#include "services/kit/settings.h"

namespace joinery {

// What of the engine's settings decides the graph and the schemas of roles; the same for a server
// and for who checks metadata without one. Mistakes are noted in `settings`.
planner::SchemaOptions ReadSchemaOptions(kit::Settings& settings);

}  // namespace joinery
