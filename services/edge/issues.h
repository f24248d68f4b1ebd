#pragma once

#include "base/issue.h"
#include "base/status.h"

// What the edge by itself has to say to clients.
namespace joinery::edge {

Issue NotFound();           // No such endpoint.
Issue AdminOnlyEndpoint();  // Another role asked.
Issue AdminOnlyCall();      // The same at the metadata API.
Issue Stale();              // No planner confirms the permissions.
Issue Busy();               // No worker is free.
Issue InvalidJson(const Status& why);
Issue FromPlannerStatus(const Status& status);

}  // namespace joinery::edge
