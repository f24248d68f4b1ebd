#pragma once

#include <memory>
#include <string>
#include <vector>

#include "json/value.h"
#include "plan/schema_change.h"
#include "planner/catalog/options.h"
#include "planner/check/check_metadata.h"
#include "planner/diff/role_diff.h"
#include "planner/engine/snapshot.h"

namespace joinery::planner {

// Metadata that is compared, with the schemas of its roles.
struct ReviewedMetadata {
  json::Value document;
  std::shared_ptr<const void> owner;  // Of what `schemas` stand on.
  RoleSchemas schemas;
};

// `document`, or what is current when it is null.
ReviewedMetadata Review(const json::Value& document, std::shared_ptr<const Snapshot> current,
                        const Observer& observe, const SchemaOptions& options);

// What changes for clients: of schemas and of permissions, by severity and coordinate.
std::vector<plan::SchemaChange> CompareMetadata(const ReviewedMetadata& before,
                                                const ReviewedMetadata& after,
                                                const std::vector<std::string>& roles);

}  // namespace joinery::planner
