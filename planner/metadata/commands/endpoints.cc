#include <algorithm>

#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

MaybeIssue CheckMethods(const Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const Value methods, edit.List("methods"));
  constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  if (methods.items().empty()) {
    return ParseFailed("parsing NonEmpty failed, unexpected empty list", edit.ArgPath("methods"));
  }
  for (size_t i = 0; i < methods.items().size(); ++i) {
    const Value& method = methods.items()[i];
    if (method.is_string() && std::ranges::find(kMethods, method.string()) != std::end(kMethods)) {
      continue;
    }
    return ParseFailed("expected one of the methods GET, POST, PUT, PATCH, DELETE",
                       edit.ArgPath(StrCat("methods[", i, "]")));
  }
  return {};
}

IssueOr<Value> Create(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  RETURN_IF_ISSUE(edit.Text("url"));
  RETURN_IF_ISSUE(CheckMethods(edit));
  ASSIGN_OR_RETURN_ISSUE(const Value definition, edit.Member("definition"));
  const Value* query = definition.Find("query");
  if (query == nullptr) {
    return ParseFailed("key \"query\" not found", edit.ArgPath("definition"));
  }
  for (const std::string_view member : {"collection_name", "query_name"}) {
    if (query->FindString(member)) continue;
    return ParseFailed(StrCat("key \"", member, "\" not found"), edit.ArgPath("definition.query"));
  }
  Value& endpoints = ListOf(edit.document, "rest_endpoints");
  if (FindBy(endpoints, "name", name) != nullptr) {
    return edit.Fault("already-exists", StrCat("Endpoint with name: ", name, " already exists"));
  }
  endpoints.Append(Pick(edit.call.args, {"name", "url", "methods", "definition", "comment"}));
  return Success();
}

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  if (!EraseBy(ListOf(edit.document, "rest_endpoints"), "name", name)) {
    return edit.Fault("not-exists", StrCat("endpoint with name: ", name, " does not exist"));
  }
  return Success();
}

}  // namespace

void AddEndpointCommands(Registry& registry) {
  registry["create_rest_endpoint"] = Create;
  registry["drop_rest_endpoint"] = Drop;
}

}  // namespace joinery::metadata
