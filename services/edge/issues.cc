#include "services/edge/issues.h"

#include "base/strings.h"
#include "json/write.h"

namespace joinery::edge {

Issue NotFound() {
  return {.code = "not-found",
          .message = "resource does not exist",
          .path = "$",
          .internal = {},
          .http_status = 404};
}

Issue AdminOnlyEndpoint() {
  return {.code = "access-denied",
          .message = "You have to be an admin to access this endpoint",
          .path = "$"};
}

Issue AdminOnlyCall() {
  return {.code = "access-denied", .message = "restricted access : admin only", .path = "$.args"};
}

Issue Stale() {
  return {.code = "unavailable",
          .message =
              "the permissions cannot be confirmed: no planner that knows the newest "
              "metadata can be reached",
          .path = "$",
          .internal = {},
          .http_status = 503};
}

Issue Busy() {
  return {.code = "busy",
          .message = "the server is overloaded; try again later",
          .path = "$",
          .internal = {},
          .http_status = 503};
}

Issue InvalidJson(const Status& why) {
  return {.code = "invalid-json", .message = StrCat("Error in $: ", MessageOf(why)), .path = "$"};
}

Issue FromPlannerStatus(const Status& status) {
  Issue issue =
      UnexpectedIssue(status.code() == StatusCode::kUnavailable ? "the planner cannot be reached"
                                                                : "planning failed");
  json::AppendQuoted(issue.internal, MessageOf(status));
  return issue;
}

}  // namespace joinery::edge
