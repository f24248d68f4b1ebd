#include "services/joinery/cli/live_sources.h"

#include <utility>

#include "connectors/action/action_connector.h"
#include "connectors/postgres/postgres_connector.h"
#include "connectors/remote_schema/remote_schema_connector.h"
#include "planner/engine/introspector.h"

namespace joinery::cli {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

struct LiveSources::Connectors {
  connectors::postgres::PostgresConnector postgres{{.loops = 1}};
  connectors::remote_schema::RemoteSchemaConnector remote_schema;
  connectors::action::ActionConnector action;
  planner::Introspector introspector{{&postgres, &remote_schema, &action}};
};

LiveSources::LiveSources() : connectors_(std::make_unique<Connectors>()) {}
LiveSources::~LiveSources() = default;

planner::World LiveSources::Observe(std::shared_ptr<const metadata::Metadata> metadata,
                                    const json::Value& document) {
  return connectors_->introspector.Observe(CallContext::WithTimeout(kPatience), std::move(metadata),
                                           document);
}

}  // namespace joinery::cli
