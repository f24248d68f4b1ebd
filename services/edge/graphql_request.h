#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/issue.h"
#include "json/value.h"

namespace joinery::edge {

// One operation as a client posts it.
struct GraphqlRequest {
  std::string query;
  std::string operation_name;
  json::Value variables;
  bool stored = false;  // It is a REST endpoint's, not the client's own.
};

using SharedGraphqlRequest = std::shared_ptr<GraphqlRequest>;

// The body of a request: one operation, or a list of them.
struct GraphqlBody {
  std::vector<GraphqlRequest> operations;
  bool batch = false;
};

// One operation as JSON, which may be moved from; faults point below `path`.
IssueOr<GraphqlRequest> ParseGraphqlOperation(json::Value& value, const std::string& path);

// invalid-json for what is no JSON, parse-failed for another shape.
IssueOr<GraphqlBody> ParseGraphqlBody(std::string_view body);

}  // namespace joinery::edge
