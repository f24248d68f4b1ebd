#include "planner/metadata/commands/query_text.h"

#include "base/strings.h"
#include "graphql/parser.h"

namespace joinery::metadata {

MaybeIssue CheckQueryText(const std::string& query, const std::string& path) {
  const graphql::ParseResult parsed = graphql::ParseDocument(query);
  if (parsed.ok()) return {};
  return ParseFailed(
      StrCat("not a valid graphql query: ", parsed.error.message, " (line ",
             parsed.error.location.line, ", column ", parsed.error.location.column, ")"),
      path);
}

MaybeIssue CheckQueriesOf(const json::Value& collection, const std::string& path) {
  const json::Value* definition = collection.Find("definition");
  const json::Value* queries = definition == nullptr ? nullptr : definition->Find("queries");
  if (queries == nullptr) return {};
  for (size_t i = 0; i < queries->items().size(); ++i) {
    const json::Value* query = queries->items()[i].Find("query");
    if (query == nullptr || !query->is_string()) continue;
    RETURN_IF_ISSUE(
        CheckQueryText(query->string(), StrCat(path, ".definition.queries[", i, "].query")));
  }
  return {};
}

}  // namespace joinery::metadata
