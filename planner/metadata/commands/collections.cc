#include <algorithm>

#include "planner/metadata/commands/families.h"
#include "planner/metadata/commands/query_text.h"

namespace joinery::metadata {
namespace {

using json::Value;

Value& QueriesOf(Value& collection) {
  Value* definition = collection.Find("definition");
  if (definition == nullptr) definition = &collection.Set("definition", Value::Object());
  return ListOf(*definition, "queries");
}

// Every query has a name of its own and is GraphQL.
MaybeIssue CheckQueries(const Editing& edit, const Value& definition) {
  const Value* queries = definition.Find("queries");
  if (queries == nullptr || !queries->is_array()) {
    return ParseFailed("key \"queries\" not found", edit.ArgPath("definition"));
  }
  std::vector<std::string> seen, twice;
  for (size_t i = 0; i < queries->items().size(); ++i) {
    const Value& query = queries->items()[i];
    const std::string at = edit.ArgPath(StrCat("definition.queries[", i, "]"));
    for (const std::string_view member : {"name", "query"}) {
      const auto text = query.FindString(member);
      if (!text) return ParseFailed(StrCat("key \"", member, "\" not found"), at);
      if (text->empty()) return ParseFailed("empty string not allowed", StrCat(at, ".", member));
    }
    std::string name(*query.FindString("name"));
    auto& list = std::ranges::find(seen, name) == seen.end() ? seen : twice;
    list.push_back(std::move(name));
  }
  RETURN_IF_ISSUE(CheckQueriesOf(edit.call.args, edit.ArgPath()));
  if (twice.empty()) return {};
  std::vector<std::string> quoted;
  for (const std::string& name : twice) quoted.push_back(StrCat("\"", name, "\""));
  return edit.FaultAt("definition.queries", "not-supported",
                      StrCat("found duplicate query names ", Join(quoted, ", ")));
}

IssueOr<Value> Create(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const Value definition, edit.Member("definition"));
  RETURN_IF_ISSUE(CheckQueries(edit, definition));
  Value& collections = ListOf(edit.document, "query_collections");
  if (FindBy(collections, "name", name) != nullptr) {
    return edit.FaultAt("name", "already-exists",
                        StrCat("query collection with name \"", name, "\" already exists"));
  }
  collections.Append(Pick(edit.call.args, {"name", "definition", "comment"}));
  return Success();
}

IssueOr<Value> Rename(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string new_name, edit.Text("new_name"));
  ASSIGN_OR_RETURN_ISSUE(Value * collection, edit.Collection(name, "name"));
  if (FindBy(ListOf(edit.document, "query_collections"), "name", new_name) != nullptr) {
    return edit.FaultAt("new_name", "already-exists",
                        StrCat("query collection with name \"", new_name, "\" already exists"));
  }
  collection->Set("name", new_name);
  if (Value* allowed = edit.document.Find("allowlist")) {
    if (Value* entry = FindBy(*allowed, "collection", name)) entry->Set("collection", new_name);
  }
  if (Value* endpoints = edit.document.Find("rest_endpoints")) {
    for (Value& endpoint : endpoints->items()) {
      Value* definition = endpoint.Find("definition");
      Value* query = definition == nullptr ? nullptr : definition->Find("query");
      if (query != nullptr && query->FindString("collection_name") == name) {
        query->Set("collection_name", new_name);
      }
    }
  }
  return Success();
}

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] Value * collection, edit.Collection(name, "collection"));
  Value& allowed = ListOf(edit.document, "allowlist");
  if (FindBy(allowed, "collection", name) != nullptr &&
      !edit.call.args.FindBool("cascade", false)) {
    return edit.FaultAt("collection", "dependency-error",
                        StrCat("query collection with name \"", name,
                               "\" is present in allowlist; cannot proceed to drop"));
  }
  EraseBy(allowed, "collection", name);
  EraseBy(ListOf(edit.document, "query_collections"), "name", name);
  return Success();
}

IssueOr<Value> AddQuery(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string query_name, edit.Text("query_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string query, edit.Text("query"));
  RETURN_IF_ISSUE(CheckQueryText(query, edit.ArgPath("query")));
  ASSIGN_OR_RETURN_ISSUE(Value * collection, edit.Collection(name));
  Value& queries = QueriesOf(*collection);
  if (FindBy(queries, "name", query_name) != nullptr) {
    return edit.Fault("already-exists", StrCat("query with name \"", query_name,
                                               "\" already exists in collection \"", name, "\""));
  }
  Value one = Value::Object();
  one.Set("name", query_name);
  one.Set("query", query);
  queries.Append(std::move(one));
  return Success();
}

IssueOr<Value> DropQuery(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string query_name, edit.Text("query_name"));
  ASSIGN_OR_RETURN_ISSUE(Value * collection, edit.Collection(name));
  if (!EraseBy(QueriesOf(*collection), "name", query_name)) {
    return edit.Fault("not-found", StrCat("query with name \"", query_name,
                                          "\" not found in collection \"", name, "\""));
  }
  return Success();
}

}  // namespace

void AddCollectionCommands(Registry& registry) {
  registry["create_query_collection"] = Create;
  registry["rename_query_collection"] = Rename;
  registry["drop_query_collection"] = Drop;
  registry["add_query_to_collection"] = AddQuery;
  registry["drop_query_from_collection"] = DropQuery;
}

}  // namespace joinery::metadata
