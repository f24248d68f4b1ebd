#pragma once

#include <memory>

#include "plan/planner.h"
#include "proto/joinery/v1/planner.grpc.pb.h"

namespace joinery::kit {

// Serves a Planner by PlannerService. `planner` outlives it. Thread-safe.
std::unique_ptr<v1::PlannerService::Service> MakePlannerServer(plan::Planner& planner);

}  // namespace joinery::kit
