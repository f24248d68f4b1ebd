#pragma once

#include <memory>

#include "plan/metadata_review.h"
#include "plan/planner.h"
#include "proto/joinery/v1/planner.grpc.pb.h"

namespace joinery::kit {

// Serves a Planner and what it tells of other metadata by PlannerService. Both outlive it.
// Thread-safe.
std::unique_ptr<v1::PlannerService::Service> MakePlannerServer(plan::Planner& planner,
                                                               plan::MetadataReviewer& reviewer);

}  // namespace joinery::kit
