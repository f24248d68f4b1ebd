#pragma once

#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "json/value.h"
#include "plan/finding.h"
#include "plan/schema_change.h"

namespace joinery::plan {

// What is wrong with a metadata document.
struct MetadataCheck {
  std::vector<Finding> findings;
  json::Value inconsistent;  // A list, as get_inconsistent_metadata shows it.
};

// Which metadata to compare: version 3 documents. Null: the current one.
struct MetadataDiffRequest {
  json::Value before;
  json::Value after;
  std::vector<std::string> roles;  // Only these; empty: all.
};

// What the planner tells of metadata that is not in use; nothing here changes anything. The wire's
// form is ValidateMetadata and Diff of proto/joinery/v1/planner.proto. Thread-safe. All calls
// block: they wait for a metadata call in progress, and ask sources that the current metadata does
// not have.
class MetadataReviewer {
 public:
  virtual ~MetadataReviewer() = default;

  // Checks a version 3 document against what its sources have now.
  virtual StatusOr<MetadataCheck> ValidateMetadata(const CallContext& context,
                                                   const json::Value& document) = 0;
  // What changes for the clients of each role when one metadata becomes the other. Objects that are
  // not consistent are left out on either side.
  virtual StatusOr<std::vector<SchemaChange>> Diff(const CallContext& context,
                                                   const MetadataDiffRequest& request) = 0;
};

}  // namespace joinery::plan
