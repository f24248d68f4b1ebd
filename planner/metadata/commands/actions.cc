#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value> Create(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value definition, edit.Member("definition"));
  Value& actions = ListOf(edit.document, "actions");
  if (FindBy(actions, "name", name) != nullptr) {
    return edit.Fault("already-exists", StrCat("action with name \"", name, "\" already exists"));
  }
  actions.Append(Pick(edit.call.args, {"name", "definition", "comment"}));
  return Success();
}

IssueOr<Value> Update(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const Value definition, edit.Member("definition"));
  ASSIGN_OR_RETURN_ISSUE(Value * action, edit.Action(name));
  action->Set("definition", definition);
  if (const Value* comment = edit.call.args.Find("comment")) action->Set("comment", *comment);
  return Success();
}

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] Value * action, edit.Action(name));
  EraseBy(ListOf(edit.document, "actions"), "name", name);
  return Success();
}

IssueOr<Value> CreatePermission(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("action"));
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * action, edit.Action(name));
  Value& permissions = ListOf(*action, "permissions");
  if (FindBy(permissions, "role", role) != nullptr) {
    return edit.Fault("already-exists", StrCat("permission for role \"", role,
                                               "\" is already defined on \"", name, "\""));
  }
  permissions.Append(Pick(edit.call.args, {"role", "comment"}));
  return Success();
}

IssueOr<Value> DropPermission(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("action"));
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * action, edit.Action(name));
  if (!EraseBy(ListOf(*action, "permissions"), "role", role)) {
    return edit.Fault("not-exists", StrCat("permission for role: \"", role,
                                           "\" is not defined on \"", name, "\""));
  }
  return Success();
}

IssueOr<Value> SetCustomTypes(Editing& edit) {
  edit.document.Set("custom_types",
                    Pick(edit.call.args, {"input_objects", "objects", "scalars", "enums"}));
  return Success();
}

}  // namespace

void AddActionCommands(Registry& registry) {
  registry["create_action"] = Create;
  registry["update_action"] = Update;
  registry["drop_action"] = Drop;
  registry["create_action_permission"] = CreatePermission;
  registry["drop_action_permission"] = DropPermission;
  registry["set_custom_types"] = SetCustomTypes;
}

}  // namespace joinery::metadata
