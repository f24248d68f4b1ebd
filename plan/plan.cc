#include "plan/plan.h"

namespace joinery::plan {

std::string_view SourceKindName(SourceKind kind) {
  switch (kind) {
    case SourceKind::kPostgres:
      return "postgres";
    case SourceKind::kRemoteSchema:
      return "remote_schema";
    case SourceKind::kAction:
      return "action";
  }
  return "unknown";
}

}  // namespace joinery::plan
