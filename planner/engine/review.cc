#include "planner/engine/review.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "planner/diff/permission_diff.h"

namespace joinery::planner {

ReviewedMetadata Review(const json::Value& document, std::shared_ptr<const Snapshot> current,
                        const Observer& observe, const SchemaOptions& options) {
  ReviewedMetadata out;
  if (document.is_null()) {
    out.document = current->document;
    out.schemas = SchemasOf(*current->graph, options);
    out.owner = current;
    return out;
  }
  CheckedMetadata checked = CheckMetadata(document, observe, options);
  out.document = document;
  out.schemas = SchemasOf(*checked.graph, options);
  out.owner = std::move(checked.graph);
  return out;
}

std::vector<plan::SchemaChange> CompareMetadata(const ReviewedMetadata& before,
                                                const ReviewedMetadata& after,
                                                const std::vector<std::string>& roles) {
  std::vector<plan::SchemaChange> out = CompareRoles(before.schemas, after.schemas, roles);
  for (plan::SchemaChange& change : ComparePermissions(before.document, after.document)) {
    const bool asked =
        roles.empty() || std::ranges::find(roles, change.roles.front()) != roles.end();
    if (asked) out.push_back(std::move(change));
  }
  std::ranges::stable_sort(out, {}, [](const plan::SchemaChange& change) {
    return std::tie(change.severity, change.coordinate, change.kind);
  });
  return out;
}

}  // namespace joinery::planner
