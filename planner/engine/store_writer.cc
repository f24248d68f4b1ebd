#include "planner/engine/store_writer.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "planner/metadata/commands/commands.h"

namespace joinery::planner {

Issue VersionConflict(std::string_view referenced) {
  return {.code = "conflict",
          .message = StrCat("metadata resource version referenced (", referenced,
                            ") did not match current version"),
          .path = "$",
          .internal = {},
          .http_status = 409};
}

Issue StoreIssue(const Status& status, uint64_t resource_version) {
  if (status.code() == StatusCode::kAborted) return VersionConflict(StrCat(resource_version));
  if (status.code() == StatusCode::kFailedPrecondition) {
    return {.code = "not-supported", .message = std::string(MessageOf(status)), .path = "$"};
  }
  Issue issue = UnexpectedIssue(
      StrCat("the metadata cannot be changed now, try again later: ", MessageOf(status)));
  issue.http_status = 503;
  return issue;
}

MaybeIssue StoreWriter::Put(const json::Value& document,
                            const metadata::Invalidations& invalidations) {
  const bool same = document == document_;
  if (same && (invalidations.empty() || !store_.Writable().ok())) return {};
  const StatusOr<metadata::Revision> stored = store_.Replace(revision_, document, invalidations);
  if (!stored.ok()) return StoreIssue(stored.status(), revision_.resource_version);
  revision_ = *stored;
  document_ = document;
  wrote_ = true;
  return {};
}

bool OnlyReads(const json::Value& call) {
  const auto given = call.FindString("type");
  if (!given) return true;  // Refused before anything is done.
  const std::string type = metadata::CanonicalType(*given);
  const json::Value* args = call.Find("args");
  if (type == "bulk" || type == "bulk_keep_going" || type == "bulk_atomic") {
    return args != nullptr && args->is_array() && std::ranges::all_of(args->items(), OnlyReads);
  }
  if (type == "concurrent_bulk") return true;
  if (type == "run_sql" || type == "pg_run_sql") {
    return args != nullptr && args->FindBool("read_only", false);
  }
  constexpr std::array kReading = {"export_metadata", "get_inconsistent_metadata",
                                   "get_catalog_state", "introspect_remote_schema"};
  return std::ranges::find(kReading, type) != kReading.end();
}

}  // namespace joinery::planner
