#include "planner/metadata/commands/families.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;

Issue Absent(const Editing& edit, std::string_view name) {
  return edit.Fault("not-exists", StrCat("relationship \"", name, "\" does not exist"));
}

Value* FindRelationship(Value& table, std::string_view name) {
  for (const std::string_view list : {"object_relationships", "array_relationships"}) {
    Value* items = table.Find(list);
    Value* found = items == nullptr ? nullptr : FindBy(*items, "name", name);
    if (found != nullptr) return found;
  }
  return nullptr;
}

IssueOr<Value> Create(Editing& edit, bool array) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value using_, edit.Member("using"));
  std::vector<Issue> issues;
  ReadRelationship(edit.call.args, array, edit.ArgPath(), issues);
  if (!issues.empty()) return issues.front();
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  ASSIGN_OR_RETURN_ISSUE(const TableName owner, edit.Name("table"));
  if (HasField(*table, name) || edit.HasColumn(owner, name)) return edit.FieldExists(owner, name);
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
  return Absent(edit, name);
}

// The caller rewrites the permissions that use it: which table a filter leads to is in the graph.
IssueOr<Value> Rename(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string new_name, edit.Text("new_name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  ASSIGN_OR_RETURN_ISSUE(const TableName owner, edit.Name("table"));
  Value* relationship = FindRelationship(*table, name);
  if (relationship == nullptr) return Absent(edit, name);
  if (HasField(*table, new_name) || edit.HasColumn(owner, new_name)) {
    return edit.Fault(
        "already-exists",
        StrCat("cannot rename relationship \"", name, "\" to \"", new_name, "\" in table \"",
               ShownName(owner), "\" as a column/relationship with the name already exists"));
  }
  relationship->Set("name", new_name);
  return Success();
}

IssueOr<Value> SetRelationshipComment(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  Value* relationship = FindRelationship(*table, name);
  if (relationship == nullptr) return Absent(edit, name);
  SetComment(*relationship, edit.call.args);
  return Success();
}

}  // namespace

void AddRelationshipCommands(Registry& registry) {
  registry["pg_create_object_relationship"] = CreateObject;
  registry["pg_create_array_relationship"] = CreateArray;
  registry["pg_drop_relationship"] = Drop;
  registry["pg_rename_relationship"] = Rename;
  registry["pg_set_relationship_comment"] = SetRelationshipComment;
}

}  // namespace joinery::metadata
