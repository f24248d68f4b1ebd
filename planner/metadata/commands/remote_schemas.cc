#include "planner/metadata/commands/families.h"

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

// Whether a relationship's definition, of either generation, leads to that schema.
bool LeadsTo(const Value& relationship, std::string_view schema) {
  const Value* definition = relationship.Find("definition");
  if (definition == nullptr) return false;
  const Value* target = definition->Find("to_remote_schema");
  return (target != nullptr ? *target : *definition).FindString("remote_schema") == schema;
}

IssueOr<Value> Remove(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value& schemas = ListOf(edit.document, "remote_schemas");
  if (FindBy(schemas, "name", name) == nullptr) {
    return edit.Fault("not-exists", "no such remote schema");
  }
  std::vector<std::string> dependents;
  for (Value& source : ListOf(edit.document, "sources").items()) {
    for (Value& table : ListOf(source, "tables").items()) {
      const Value* list = table.Find("remote_relationships");
      if (list == nullptr) continue;
      for (const Value& relationship : list->items()) {
        if (!LeadsTo(relationship, name)) continue;
        const Value* table_name = table.Find("table");
        const std::string shown(table_name->is_string()
                                    ? std::string_view(table_name->string())
                                    : table_name->FindString("name").value_or(""));
        dependents.push_back(StrCat("remote relationship ", shown, ".",
                                    relationship.FindString("name").value_or(""), " in source \"",
                                    source.FindString("name").value_or(""), "\""));
      }
    }
  }
  if (!dependents.empty()) {
    return edit.Fault(
        "dependency-error",
        StrCat("cannot drop due to the following dependent objects : ", Join(dependents, ", ")));
  }
  EraseBy(ListOf(edit.document, "remote_schemas"), "name", name);
  return Success();
}

IssueOr<Value> AddPermission(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("remote_schema"));
  ASSIGN_OR_RETURN_ISSUE(const std::string role, edit.Text("role"));
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
