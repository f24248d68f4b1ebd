#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value*> Collection(Editing& edit, const std::string& name, std::string_view member) {
  Value* collection = FindBy(ListOf(edit.document, "query_collections"), "name", name);
  if (collection != nullptr) return collection;
  Issue issue =
      edit.Fault("not-exists", StrCat("query collection with name \"", name, "\" does not exists"));
  if (!member.empty()) StrAppend(issue.path, ".", member);
  return issue;
}

Value& QueriesOf(Value& collection) {
  Value* definition = collection.Find("definition");
  if (definition == nullptr) definition = &collection.Set("definition", Value::Object());
  return ListOf(*definition, "queries");
}

IssueOr<Value> Create(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value definition, edit.Member("definition"));
  Value& collections = ListOf(edit.document, "query_collections");
  if (FindBy(collections, "name", name) != nullptr) {
    Issue issue = edit.Fault("already-exists",
                             StrCat("query collection with name \"", name, "\" already exists"));
    issue.path += ".name";
    return issue;
  }
  collections.Append(Pick(edit.call.args, {"name", "definition", "comment"}));
  return Success();
}

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] Value * collection, Collection(edit, name, "collection"));
  Value& allowed = ListOf(edit.document, "allowlist");
  if (FindBy(allowed, "collection", name) != nullptr &&
      !edit.call.args.FindBool("cascade", false)) {
    Issue issue = edit.Fault("dependency-error",
                             StrCat("query collection with name \"", name,
                                    "\" is present in allowlist; cannot proceed to drop"));
    issue.path += ".collection";
    return issue;
  }
  EraseBy(allowed, "collection", name);
  EraseBy(ListOf(edit.document, "query_collections"), "name", name);
  return Success();
}

IssueOr<Value> AddQuery(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string query_name, edit.Text("query_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string query, edit.Text("query"));
  ASSIGN_OR_RETURN_ISSUE(Value * collection, Collection(edit, name, ""));
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
  ASSIGN_OR_RETURN_ISSUE(Value * collection, Collection(edit, name, ""));
  if (!EraseBy(QueriesOf(*collection), "name", query_name)) {
    return edit.Fault("not-found", StrCat("query with name \"", query_name,
                                          "\" not found in collection \"", name, "\""));
  }
  return Success();
}

IssueOr<Value> Allow(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] Value * collection, Collection(edit, name, "collection"));
  Value& allowed = ListOf(edit.document, "allowlist");
  if (FindBy(allowed, "collection", name) == nullptr) {
    allowed.Append(Pick(edit.call.args, {"collection", "scope"}));
  }
  return Success();
}

IssueOr<Value> Disallow(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] Value * collection, Collection(edit, name, "collection"));
  EraseBy(ListOf(edit.document, "allowlist"), "collection", name);
  return Success();
}

IssueOr<Value> CreateEndpoint(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const std::string url, edit.Text("url"));
  Value& endpoints = ListOf(edit.document, "rest_endpoints");
  if (FindBy(endpoints, "name", name) != nullptr) {
    return edit.Fault("already-exists", StrCat("Endpoint with name: ", name, " already exists"));
  }
  endpoints.Append(Pick(edit.call.args, {"name", "url", "methods", "definition", "comment"}));
  return Success();
}

IssueOr<Value> DropEndpoint(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  if (!EraseBy(ListOf(edit.document, "rest_endpoints"), "name", name)) {
    return edit.Fault("not-exists", StrCat("endpoint with name: ", name, " does not exist"));
  }
  return Success();
}

template <int kMember>
IssueOr<Value> SetMember(Editing& edit) {
  constexpr std::string_view kNames[] = {"api_limits", "graphql_schema_introspection"};
  edit.document.Set(kNames[kMember], edit.call.args);
  return Success();
}

IssueOr<Value> RemoveLimits(Editing& edit) {
  edit.document.Remove("api_limits");
  return Success();
}

}  // namespace

void AddCollectionCommands(Registry& registry) {
  registry["create_query_collection"] = Create;
  registry["drop_query_collection"] = Drop;
  registry["add_query_to_collection"] = AddQuery;
  registry["drop_query_from_collection"] = DropQuery;
  registry["add_collection_to_allowlist"] = Allow;
  registry["drop_collection_from_allowlist"] = Disallow;
  registry["create_rest_endpoint"] = CreateEndpoint;
  registry["drop_rest_endpoint"] = DropEndpoint;
  registry["set_api_limits"] = SetMember<0>;
  registry["remove_api_limits"] = RemoveLimits;
  registry["set_graphql_schema_introspection_options"] = SetMember<1>;
}

}  // namespace joinery::metadata
