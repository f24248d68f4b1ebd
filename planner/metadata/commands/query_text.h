#pragma once

#include <string>

#include "base/issue.h"
#include "json/value.h"

namespace joinery::metadata {

// parse-failed at `path` when the text is no GraphQL document. Fields and types are not looked at:
// the tables that a stored query needs may come later.
MaybeIssue CheckQueryText(const std::string& query, const std::string& path);

// The same for all queries of a collection, which stands at `path`.
MaybeIssue CheckQueriesOf(const json::Value& collection, const std::string& path);

}  // namespace joinery::metadata
