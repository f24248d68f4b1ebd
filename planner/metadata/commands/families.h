#pragma once

#include <map>
#include <string>

#include "planner/metadata/commands/editing.h"

namespace joinery::metadata {

using Handler = IssueOr<json::Value> (*)(Editing&);
using Registry = std::map<std::string, Handler, std::less<>>;

// Each adds its family's commands.
void AddSourceCommands(Registry& registry);
void AddTableCommands(Registry& registry);
void AddFunctionCommands(Registry& registry);
void AddComputedFieldCommands(Registry& registry);
void AddEventTriggerCommands(Registry& registry);
void AddRelationshipCommands(Registry& registry);
void AddRemoteRelationshipCommands(Registry& registry);
void AddPermissionCommands(Registry& registry);
void AddRemoteSchemaCommands(Registry& registry);
void AddActionCommands(Registry& registry);
void AddCollectionCommands(Registry& registry);
void AddAllowListCommands(Registry& registry);
void AddEndpointCommands(Registry& registry);
void AddOptionCommands(Registry& registry);

}  // namespace joinery::metadata
