#include "planner/metadata/commands/families.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;

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
  ASSIGN_OR_RETURN_ISSUE(const TableName owner, edit.Name("table"));
  if (HasField(*table, name)) return edit.FieldExists(owner, name);
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

void AddRemoteRelationshipCommands(Registry& registry) {
  registry["pg_create_remote_relationship"] = CreateRemote;
  registry["pg_update_remote_relationship"] = UpdateRemote;
  registry["pg_delete_remote_relationship"] = DeleteRemote;
  registry["create_remote_schema_remote_relationship"] = CreateOfType;
  registry["update_remote_schema_remote_relationship"] = UpdateOfType;
  registry["delete_remote_schema_remote_relationship"] = DeleteOfType;
}

}  // namespace joinery::metadata
