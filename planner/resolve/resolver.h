#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/issue.h"
#include "graphql/ast.h"
#include "json/value.h"
#include "planner/resolve/resolved.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

struct ResolveLimits {
  // Fields after fragments are expanded; counted before anything is made of them.
  size_t max_selections = 50'000;
};

// Binds the chosen operation of `document` to `schema`, checks every name and value, and merges
// fragments away. The first mistake is the Issue, with Hasura's code, message and path.
// `operation_name` is empty when the client gave none; `variables` is an object or null.
IssueOr<ResolvedOperation> Resolve(const RoleSchema& schema,
                                   std::shared_ptr<const graphql::Document> document,
                                   std::string_view operation_name, const json::Value& variables,
                                   const ResolveLimits& limits = {});

}  // namespace joinery::planner
