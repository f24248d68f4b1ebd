#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/issue.h"
#include "plan/planner.h"
#include "services/edge/graphql_request.h"

namespace joinery::edge {

// Stored operations by address (spec: subscriptions-and-http, B4). Immutable.
class RestRouter {
 public:
  explicit RestRouter(plan::RestEndpoints endpoints);

  uint64_t schema_version() const { return schema_version_; }

  // The operation behind a request. `path` is what follows "/api/rest/", still percent-encoded,
  // `query` what follows '?'. not-found (404), method-not-allowed (405), bad-request: variables
  // that do not fit.
  IssueOr<GraphqlRequest> Route(std::string_view method, std::string_view path,
                                std::string_view query, std::string_view body) const;

 private:
  using Texts = std::vector<std::pair<std::string, std::string>>;
  struct Entry {
    plan::RestEndpoint endpoint;
    std::vector<std::string> segments;
  };

  IssueOr<const Entry*> Match(std::string_view method,
                              const std::vector<std::string>& segments) const;

  const uint64_t schema_version_;
  std::vector<Entry> entries_;
};

}  // namespace joinery::edge
