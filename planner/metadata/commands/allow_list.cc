#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

// {"global": true}, or {"global": false, "roles": [some]}.
MaybeIssue CheckScope(const Editing& edit) {
  const Value* scope = edit.call.args.Find("scope");
  if (scope == nullptr) return {};
  const Value* global = scope->Find("global");
  if (global == nullptr || !global->is_bool()) {
    return ParseFailed("key \"global\" not found", edit.ArgPath("scope"));
  }
  if (global->bool_value()) return {};
  const Value* roles = scope->Find("roles");
  if (roles == nullptr || !roles->is_array() || roles->items().empty()) {
    return ParseFailed("roles of a scope that is not global must be a list that is not empty",
                       edit.ArgPath("scope"));
  }
  return {};
}

Issue NotListed(const Editing& edit, std::string_view collection) {
  return edit.FaultAt("collection", "not-found",
                      StrCat("collection \"", collection, "\" doesn't exist in the allowlist"));
}

IssueOr<Value> Add(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  RETURN_IF_ISSUE(CheckScope(edit));
  RETURN_IF_ISSUE(edit.Collection(name, "collection"));
  Value& allowed = ListOf(edit.document, "allowlist");
  if (FindBy(allowed, "collection", name) != nullptr) {
    Value out = Value::Object();
    out.Set("message", StrCat("collection \"", name,
                              "\" already exists in the allowlist, scope ignored; to change scope, "
                              "use update_scope_of_collection_in_allowlist"));
    return out;
  }
  allowed.Append(Pick(edit.call.args, {"collection", "scope"}));
  return Success();
}

IssueOr<Value> UpdateScope(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  ASSIGN_OR_RETURN_ISSUE(const Value scope, edit.Member("scope"));
  RETURN_IF_ISSUE(CheckScope(edit));
  RETURN_IF_ISSUE(edit.Collection(name, "collection"));
  Value* entry = FindBy(ListOf(edit.document, "allowlist"), "collection", name);
  if (entry == nullptr) return NotListed(edit, name);
  entry->Set("scope", scope);
  return Success();
}

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("collection"));
  RETURN_IF_ISSUE(edit.Collection(name, "collection"));
  if (!EraseBy(ListOf(edit.document, "allowlist"), "collection", name)) {
    return NotListed(edit, name);
  }
  return Success();
}

}  // namespace

void AddAllowListCommands(Registry& registry) {
  registry["add_collection_to_allowlist"] = Add;
  registry["update_scope_of_collection_in_allowlist"] = UpdateScope;
  registry["drop_collection_from_allowlist"] = Drop;
}

}  // namespace joinery::metadata
