#include "planner/metadata/commands/families.h"
#include "planner/metadata/references.h"

namespace joinery::metadata {
namespace {

using json::Value;

MaybeIssue CheckDefinition(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const Value definition, edit.Member("definition"));
  const bool url = definition.Find("url") != nullptr && !definition.Find("url")->is_null();
  const bool from =
      definition.Find("url_from_env") != nullptr && !definition.Find("url_from_env")->is_null();
  if (url == from) {
    return edit.Fault("invalid-params", url ? "both `url` and `url_from_env` can't be present"
                                            : "both `url` and `url_from_env` can't be empty");
  }
  return {};
}

Value FromArgs(const Value& args) {
  Value out = Pick(args, {"name", "definition", "comment", "permissions", "remote_relationships"});
  if (Value* definition = out.Find("definition")) {
    std::erase_if(definition->members(),
                  [](const auto& member) { return member.second.is_null(); });
  }
  return out;
}

IssueOr<Value> Add(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  RETURN_IF_ISSUE(CheckDefinition(edit));
  Value& schemas = ListOf(edit.document, "remote_schemas");
  if (FindBy(schemas, "name", name) != nullptr) {
    return edit.Fault("already-exists",
                      StrCat("remote schema with name \"", name, "\" already exists"));
  }
  schemas.Append(FromArgs(edit.call.args));
  return Success();
}

IssueOr<Value> Update(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  RETURN_IF_ISSUE(CheckDefinition(edit));
  ASSIGN_OR_RETURN_ISSUE(Value * schema, edit.RemoteSchema(name));
  const Value fresh = FromArgs(edit.call.args);
  for (const auto& [key, value] : fresh.members()) schema->Set(key, value);
  return Success();
}

IssueOr<Value> Remove(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value& schemas = ListOf(edit.document, "remote_schemas");
  if (FindBy(schemas, "name", name) == nullptr) {
    return edit.Fault("not-exists", "no such remote schema");
  }
  std::vector<std::string> dependents;
  EachReference(edit.document, [&](const Reference& reference) {
    const bool outside = reference.owner_remote_schema != name;
    if (outside && reference.remote_schema == name) dependents.push_back(reference.shown);
    return false;
  });
  if (!dependents.empty()) return edit.Dependents(dependents);
  EraseBy(ListOf(edit.document, "remote_schemas"), "name", name);
  return Success();
}

IssueOr<Value> AddPermission(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("remote_schema"));
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  if (edit.call.facts != nullptr && !edit.call.facts->remote_schema_permissions) {
    return edit.Fault("constraint-violation",
                      "remote schema permissions can only be added when remote schema permissions "
                      "are enabled in the graphql-engine");
  }
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value definition, edit.Member("definition"));
  ASSIGN_OR_RETURN_ISSUE(Value * schema, edit.RemoteSchema(name));
  Value& permissions = ListOf(*schema, "permissions");
  if (FindBy(permissions, "role", role) != nullptr) {
    return edit.Fault("already-exists",
                      StrCat("permissions for role: \"", role, "\" for remote schema:\"", name,
                             "\" already exists"));
  }
  permissions.Append(Pick(edit.call.args, {"role", "definition", "comment"}));
  return Success();
}

IssueOr<Value> DropPermission(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("remote_schema"));
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
  ASSIGN_OR_RETURN_ISSUE(Value * schema, edit.RemoteSchema(name));
  if (!EraseBy(ListOf(*schema, "permissions"), "role", role)) {
    return edit.Fault("not-exists", StrCat("permissions for role: \"", role,
                                           "\" for remote schema:\"", name, "\" doesn't exist"));
  }
  return Success();
}

}  // namespace

void AddRemoteSchemaCommands(Registry& registry) {
  registry["add_remote_schema"] = Add;
  registry["update_remote_schema"] = Update;
  registry["remove_remote_schema"] = Remove;
  registry["add_remote_schema_permissions"] = AddPermission;
  registry["drop_remote_schema_permissions"] = DropPermission;
}

}  // namespace joinery::metadata
