#include "planner/metadata/commands/families.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;

constexpr std::string_view kFieldLists[] = {"object_relationships", "array_relationships",
                                            "computed_fields", "remote_relationships"};

bool HasField(Value& table, std::string_view name) {
  for (const std::string_view list : kFieldLists) {
    Value* items = table.Find(list);
    if (items != nullptr && FindBy(*items, "name", name) != nullptr) return true;
  }
  return false;
}

IssueOr<std::string> ShownTable(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.Name("table"));
  return ShownName(name);
}

IssueOr<Value> Create(Editing& edit, bool array) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value using_, edit.Member("using"));
  std::vector<Issue> issues;
  ReadRelationship(edit.call.args, array, edit.ArgPath(), issues);
  if (!issues.empty()) return issues.front();
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  if (HasField(*table, name)) {
    ASSIGN_OR_RETURN_ISSUE(const std::string shown, ShownTable(edit));
    return edit.Fault("already-exists", StrCat("field with name \"", name,
                                               "\" already exists in table \"", shown, "\""));
  }
  ListOf(*table, array ? "array_relationships" : "object_relationships")
      .Append(Pick(edit.call.args, {"name", "using", "comment"}));
  return Success();
}

IssueOr<Value> CreateObject(Editing& edit) { return Create(edit, false); }
IssueOr<Value> CreateArray(Editing& edit) { return Create(edit, true); }

IssueOr<Value> Drop(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("relationship"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  for (const std::string_view list : {"object_relationships", "array_relationships"}) {
    if (EraseBy(ListOf(*table, list), "name", name)) return Success();
  }
  return edit.Fault("not-exists", StrCat("relationship \"", name, "\" does not exist"));
}

// A key of a permission's filter names the relationship.
void RenameInFilter(Value& filter, std::string_view from, std::string_view to) {
  for (auto& [key, value] : filter.members()) {
    if (key == from) key = to;
    RenameInFilter(value, from, to);
  }
  for (Value& item : filter.items()) RenameInFilter(item, from, to);
}

IssueOr<Value> Rename(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string new_name, edit.Text("new_name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  if (HasField(*table, new_name)) {
    ASSIGN_OR_RETURN_ISSUE(const std::string shown, ShownTable(edit));
    return edit.Fault(
        "already-exists",
        StrCat("cannot rename relationship \"", name, "\" to \"", new_name, "\" in table \"", shown,
               "\" as a column/relationship with the name already exists"));
  }
  for (const std::string_view list : {"object_relationships", "array_relationships"}) {
    Value* relationship = FindBy(ListOf(*table, list), "name", name);
    if (relationship == nullptr) continue;
    relationship->Set("name", new_name);
    for (const std::string_view kind :
         {"select_permissions", "update_permissions", "delete_permissions", "insert_permissions"}) {
      Value* permissions = table->Find(kind);
      if (permissions == nullptr) continue;
      for (Value& permission : permissions->items()) {
        for (const std::string_view member : {"filter", "check"}) {
          Value* body = permission.Find("permission");
          Value* filter = body == nullptr ? nullptr : body->Find(member);
          if (filter != nullptr) RenameInFilter(*filter, name, new_name);
        }
      }
    }
    return Success();
  }
  return edit.Fault("not-exists", StrCat("relationship \"", name, "\" does not exist"));
}

IssueOr<Value> SetComment(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  for (const std::string_view list : {"object_relationships", "array_relationships"}) {
    Value* relationship = FindBy(ListOf(*table, list), "name", name);
    if (relationship == nullptr) continue;
    const Value* comment = edit.call.args.Find("comment");
    relationship->Set("comment", comment != nullptr ? *comment : Value::Null());
    return Success();
  }
  return edit.Fault("not-exists", StrCat("relationship \"", name, "\" does not exist"));
}

// to_action is Joinery's own.
MaybeIssue CheckStrict(const Editing& edit, const Value& definition) {
  int targets = 0;
  for (const std::string_view target : {"to_source", "to_remote_schema", "to_action"}) {
    targets += definition.Find(target) != nullptr ? 1 : 0;
  }
  if (targets == 1) return {};
  return ParseFailed(
      "remote relationship definition (strict format) expects exactly one of: to_source, "
      "to_remote_schema",
      edit.ArgPath("definition"));
}

// The document's form of a remote relationship, from the arguments of either generation.
IssueOr<Value> RemoteFromArgs(Editing& edit) {
  const Value& args = edit.call.args;
  const bool legacy = args.Find("remote_schema") != nullptr;
  const Value* definition = args.Find("definition");
  if (legacy == (definition != nullptr)) {
    return ParseFailed(
        "create_remote_relationship expects exactly one of: remote_schema, definition",
        edit.ArgPath());
  }
  Value out = Value::Object();
  out.Set("name", *args.Find("name"));
  out.Set("definition",
          legacy ? Pick(args, {"remote_schema", "hasura_fields", "remote_field"}) : *definition);
  if (!legacy) RETURN_IF_ISSUE(CheckStrict(edit, *definition));
  std::vector<Issue> issues;
  ReadRemoteRelationship(out, edit.ArgPath(), issues);
  if (!issues.empty()) return issues.front();
  return out;
}

IssueOr<Value> CreateRemote(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value relationship, RemoteFromArgs(edit));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  if (HasField(*table, name)) {
    ASSIGN_OR_RETURN_ISSUE(const std::string shown, ShownTable(edit));
    return edit.Fault("already-exists", StrCat("field with name \"", name,
                                               "\" already exists in table \"", shown, "\""));
  }
  ListOf(*table, "remote_relationships").Append(std::move(relationship));
  return Success();
}

IssueOr<Value> UpdateRemote(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value relationship, RemoteFromArgs(edit));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  Value* known = FindBy(ListOf(*table, "remote_relationships"), "name", name);
  if (known == nullptr) return edit.Fault("not-exists", StrCat("\"", name, "\" does not exist"));
  *known = std::move(relationship);
  return Success();
}

IssueOr<Value> DeleteRemote(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  if (!EraseBy(ListOf(*table, "remote_relationships"), "name", name)) {
    return edit.Fault("not-exists", StrCat("\"", name, "\" does not exist"));
  }
  return Success();
}

IssueOr<Value> SaveOfType(Editing& edit, bool update) {
  ASSIGN_OR_RETURN_ISSUE(const std::string schema_name, edit.Text("remote_schema"));
  ASSIGN_OR_RETURN_ISSUE(const std::string type_name, edit.Text("type_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const Value definition, edit.Member("definition"));
  RETURN_IF_ISSUE(CheckStrict(edit, definition));
  Value relationship = Value::Object();
  relationship.Set("name", name);
  relationship.Set("definition", definition);
  std::vector<Issue> issues;
  ReadRemoteRelationship(relationship, edit.ArgPath(), issues);
  if (!issues.empty()) return issues.front();
  ASSIGN_OR_RETURN_ISSUE(Value * schema, edit.RemoteSchema(schema_name));
  Value& types = ListOf(*schema, "remote_relationships");
  Value* type = FindBy(types, "type_name", type_name);
  Value* known = type == nullptr ? nullptr : FindBy(ListOf(*type, "relationships"), "name", name);
  if (update && known == nullptr) {
    return edit.Fault("not-exists", StrCat("no relationship defined on remote schema \"",
                                           schema_name, "\" with name \"", name, "\""));
  }
  if (known != nullptr) {
    *known = std::move(relationship);
    return Success();
  }
  if (type == nullptr) {
    Value fresh = Value::Object();
    fresh.Set("type_name", type_name);
    types.Append(std::move(fresh));
    type = &types.items().back();
  }
  ListOf(*type, "relationships").Append(std::move(relationship));
  return Success();
}

IssueOr<Value> CreateOfType(Editing& edit) { return SaveOfType(edit, false); }
IssueOr<Value> UpdateOfType(Editing& edit) { return SaveOfType(edit, true); }

IssueOr<Value> DeleteOfType(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string schema_name, edit.Text("remote_schema"));
  ASSIGN_OR_RETURN_ISSUE(const std::string type_name, edit.Text("type_name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * schema, edit.RemoteSchema(schema_name));
  Value& types = ListOf(*schema, "remote_relationships");
  if (Value* type = FindBy(types, "type_name", type_name)) {
    EraseBy(ListOf(*type, "relationships"), "name", name);
    if (ListOf(*type, "relationships").items().empty()) EraseBy(types, "type_name", type_name);
  }
  return Success();
}

}  // namespace

void AddRelationshipCommands(Registry& registry) {
  registry["pg_create_object_relationship"] = CreateObject;
  registry["pg_create_array_relationship"] = CreateArray;
  registry["pg_drop_relationship"] = Drop;
  registry["pg_rename_relationship"] = Rename;
  registry["pg_set_relationship_comment"] = SetComment;
  registry["pg_create_remote_relationship"] = CreateRemote;
  registry["pg_update_remote_relationship"] = UpdateRemote;
  registry["pg_delete_remote_relationship"] = DeleteRemote;
  registry["create_remote_schema_remote_relationship"] = CreateOfType;
  registry["update_remote_schema_remote_relationship"] = UpdateOfType;
  registry["delete_remote_schema_remote_relationship"] = DeleteOfType;
}

}  // namespace joinery::metadata
