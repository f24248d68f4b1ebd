#include "services/edge/graphql_request.h"

#include <utility>

#include "base/strings.h"

namespace joinery::edge {

IssueOr<GraphqlRequest> ParseGraphqlOperation(json::Value& value, const std::string& path) {
  if (!value.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(value.kind())),
                       path);
  }
  GraphqlRequest out;
  json::Value* query = value.Find("query");
  if (query == nullptr) return ParseFailed("key \"query\" not found", path);
  if (!query->is_string()) {
    return ParseFailed(StrCat("parsing Text failed, expected String, but encountered ",
                              json::KindName(query->kind())),
                       StrCat(path, ".query"));
  }
  out.query = query->string();
  const json::Value* name = value.Find("operationName");
  if (name != nullptr && name->is_string()) {
    out.operation_name = name->string();
  } else if (name != nullptr && !name->is_null()) {
    return ParseFailed(StrCat("parsing Text failed, expected String, but encountered ",
                              json::KindName(name->kind())),
                       StrCat(path, ".operationName"));
  }
  json::Value* variables = value.Find("variables");
  if (variables != nullptr && !variables->is_object() && !variables->is_null()) {
    return ParseFailed(StrCat("parsing HashMap failed, expected Object, but encountered ",
                              json::KindName(variables->kind())),
                       StrCat(path, ".variables"));
  }
  if (variables != nullptr) out.variables = std::move(*variables);
  return out;
}

IssueOr<GraphqlBody> ParseGraphqlBody(std::string_view body) {
  StatusOr<json::Value> parsed = json::Parse(body);
  if (!parsed.ok()) {
    return Issue{.code = "invalid-json",
                 .message = StrCat("Error in $: ", MessageOf(parsed.status())),
                 .path = "$"};
  }
  GraphqlBody out;
  out.batch = parsed->is_array();
  if (!out.batch) {
    ASSIGN_OR_RETURN_ISSUE(GraphqlRequest one, ParseGraphqlOperation(*parsed, "$"));
    out.operations.push_back(std::move(one));
    return out;
  }
  for (size_t i = 0; i < parsed->items().size(); ++i) {
    ASSIGN_OR_RETURN_ISSUE(GraphqlRequest one,
                           ParseGraphqlOperation(parsed->items()[i], StrCat("$[", i, "]")));
    out.operations.push_back(std::move(one));
  }
  return out;
}

}  // namespace joinery::edge
