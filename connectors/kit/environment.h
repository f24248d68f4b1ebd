#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"
#include "plan/connector.h"

// References to the environment of the connector's process: the only place where secrets are known.
namespace joinery::connectors {

// Fills in `{{NAME}}`. InvalidArgument names every variable that is not set.
StatusOr<std::string> ExpandTemplate(std::string_view text);

// The value of a variable. InvalidArgument: not set.
StatusOr<std::string> EnvironmentValue(std::string_view name);

// Headers of a definition: `[{"name", "value" | "value_from_env"}]`.
StatusOr<plan::Headers> ConfiguredHeaders(const json::Value& definition);

}  // namespace joinery::connectors
