#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

// The calls on computed fields point at the argument that names what is not there.
Issue At(Issue issue, std::string_view member) {
  issue.path = StrCat(issue.path, ".", member);
  return issue;
}

IssueOr<Value*> ComputedFieldTable(Editing& edit) {
  IssueOr<Value*> table = edit.Table();
  if (!table.ok() && table.issue().code == "not-exists") return At(table.issue(), "table");
  return table;
}

IssueOr<Value> AddComputedField(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, ComputedFieldTable(edit));
  ASSIGN_OR_RETURN_ISSUE([[maybe_unused]] const Value definition, edit.Member("definition"));
  Value& fields = ListOf(*table, "computed_fields");
  if (FindBy(fields, "name", name) != nullptr) {
    ASSIGN_OR_RETURN_ISSUE(const TableName owner, edit.Name("table"));
    return edit.FieldExists(owner, name);
  }
  fields.Append(Pick(edit.call.args, {"name", "definition", "comment"}));
  return Success();
}

IssueOr<Value> DropComputedField(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, ComputedFieldTable(edit));
  if (!EraseBy(ListOf(*table, "computed_fields"), "name", name)) {
    return At(edit.Fault("not-exists", StrCat("computed field \"", name, "\" does not exist")),
              "name");
  }
  return Success();
}

}  // namespace

void AddComputedFieldCommands(Registry& registry) {
  registry["pg_add_computed_field"] = AddComputedField;
  registry["pg_drop_computed_field"] = DropComputedField;
}

}  // namespace joinery::metadata
