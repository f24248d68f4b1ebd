#pragma once

#include <memory>
#include <string>

#include "plan/metadata_review.h"
#include "plan/planner.h"

namespace joinery::kit {

// A Planner in another process; as MakeConnectorClient. Watches are kept up: a stream that ends is
// opened again.
std::unique_ptr<plan::Planner> MakePlannerClient(const std::string& address);

// What the planner in another process tells of metadata that is not in use.
std::unique_ptr<plan::MetadataReviewer> MakeMetadataReviewerClient(const std::string& address);

}  // namespace joinery::kit
