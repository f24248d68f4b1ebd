#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value> Create(Editing& edit, std::string_view kind) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value permission, edit.Member("permission"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  Value& permissions = ListOf(*table, StrCat(kind, "_permissions"));
  if (role == "admin" || FindBy(permissions, "role", role) != nullptr) {
    ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("table"));
    return edit.Fault("already-exists", StrCat(kind, " permission already defined on table \"",
                                               ShownName(name), "\" with role \"", role, "\""));
  }
  permissions.Append(Pick(edit.call.args, {"role", "permission", "comment"}));
  return Success();
}

IssueOr<Value> Drop(Editing& edit, std::string_view kind) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  if (!EraseBy(ListOf(*table, StrCat(kind, "_permissions")), "role", role)) {
    ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("table"));
    return edit.Fault("permission-denied", StrCat("'", kind, "' permission on \"", ShownName(name),
                                                  "\" for role \"", role, "\" does not exist"));
  }
  return Success();
}

IssueOr<Value> SetPermissionComment(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(const std::string kind, edit.Text("type"));
  if (kind != "select" && kind != "insert" && kind != "update" && kind != "delete") {
    return ParseFailed("perm_type should be one of 'insert', 'select', 'update', 'delete'",
                       edit.ArgPath("type"));
  }
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  Value* permission = FindBy(ListOf(*table, StrCat(kind, "_permissions")), "role", role);
  if (permission == nullptr) {
    ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("table"));
    return edit.Fault("permission-denied", StrCat("'", kind, "' permission on \"", ShownName(name),
                                                  "\" for role \"", role, "\" does not exist"));
  }
  SetComment(*permission, edit.call.args);
  return Success();
}

IssueOr<Value> CreateForFunction(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * function, edit.Function());
  Value& permissions = ListOf(*function, "permissions");
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("function"));
  if (FindBy(permissions, "role", role) != nullptr) {
    return edit.Fault("already-exists",
                      StrCat("permission of role \"", role, "\" already exists for function \"",
                             ShownName(name), "\" in source: \"", edit.SourceName(), "\""));
  }
  permissions.Append(Pick(edit.call.args, {"role"}));
  return Success();
}

IssueOr<Value> DropForFunction(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * function, edit.Function());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("function"));
  if (!EraseBy(ListOf(*function, "permissions"), "role", role)) {
    return edit.Fault("not-exists",
                      StrCat("permission of role \"", role, "\" does not exist for function \"",
                             ShownName(name), "\" in source: \"", edit.SourceName(), "\""));
  }
  return Success();
}

IssueOr<Value> AddInheritedRole(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role_name"));
  ASSIGN_OR_RETURN_ISSUE(const Value parents, edit.List("role_set"));
  for (const Value& parent : parents.items()) {
    if (parent.is_string() && parent.string() == role) {
      return edit.Fault("invalid-params",
                        "an inherited role name cannot be in the role combination");
    }
  }
  Value& roles = ListOf(edit.document, "inherited_roles");
  if (FindBy(roles, "role_name", role) != nullptr) {
    return edit.Fault("already-exists",
                      StrCat("inherited role with name \"", role, "\" already exists"));
  }
  roles.Append(Pick(edit.call.args, {"role_name", "role_set"}));
  return Success();
}

IssueOr<Value> DropInheritedRole(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role_name"));
  if (!EraseBy(ListOf(edit.document, "inherited_roles"), "role_name", role)) {
    return edit.Fault("not-exists", StrCat("\"", role, "\" inherited role doesn't exist"));
  }
  return Success();
}

}  // namespace

void AddPermissionCommands(Registry& registry) {
  registry["pg_create_select_permission"] = [](Editing& e) { return Create(e, "select"); };
  registry["pg_create_insert_permission"] = [](Editing& e) { return Create(e, "insert"); };
  registry["pg_create_update_permission"] = [](Editing& e) { return Create(e, "update"); };
  registry["pg_create_delete_permission"] = [](Editing& e) { return Create(e, "delete"); };
  registry["pg_drop_select_permission"] = [](Editing& e) { return Drop(e, "select"); };
  registry["pg_drop_insert_permission"] = [](Editing& e) { return Drop(e, "insert"); };
  registry["pg_drop_update_permission"] = [](Editing& e) { return Drop(e, "update"); };
  registry["pg_drop_delete_permission"] = [](Editing& e) { return Drop(e, "delete"); };
  registry["pg_set_permission_comment"] = SetPermissionComment;
  registry["pg_create_function_permission"] = CreateForFunction;
  registry["pg_drop_function_permission"] = DropForFunction;
  registry["add_inherited_role"] = AddInheritedRole;
  registry["drop_inherited_role"] = DropInheritedRole;
}

}  // namespace joinery::metadata
