#include "planner/metadata/commands/families.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;

// `track_table` takes the table itself, or an object with options.
IssueOr<TableName> TrackedName(Editing& edit, std::string_view member) {
  const Value& args = edit.call.args;
  if (args.is_string() || args.Find(member) == nullptr) {
    std::vector<Issue> issues;
    TableName name = ReadTableName(args, edit.ArgPath(), issues);
    if (!issues.empty()) return issues.front();
    return name;
  }
  return edit.Name(member);
}

IssueOr<Value> TrackTable(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, TrackedName(edit, "table"));
  if (FindTableIn(ListOf(*source, "tables"), "table", name) != nullptr) {
    return edit.Fault("already-tracked",
                      StrCat("view/table already tracked : \"", ShownName(name), "\""));
  }
  if (FindTableIn(ListOf(*source, "functions"), "function", name) != nullptr) {
    return edit.Fault("not-supported",
                      StrCat("function with name \"", ShownName(name), "\" already exists"));
  }
  Value table = Value::Object();
  table.Set("table", NameValue(name));
  if (edit.call.args.Find("table") != nullptr) {
    const Value options =
        Pick(edit.call.args, {"configuration", "is_enum", "apollo_federation_config"});
    for (const auto& [key, value] : options.members()) table.Set(key, value);
  }
  ListOf(*source, "tables").Append(std::move(table));
  return Success();
}

IssueOr<Value> UntrackTable(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, TrackedName(edit, "table"));
  Value& tables = ListOf(*source, "tables");
  Value* table = FindTableIn(tables, "table", name);
  if (table == nullptr) {
    return edit.Fault("already-untracked",
                      StrCat("view/table already untracked : \"", ShownName(name), "\""));
  }
  tables.items().erase(tables.items().begin() + (table - tables.items().data()));
  return Success();
}

IssueOr<Value> SetCustomization(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  const Value* configuration = edit.call.args.Find("configuration");
  if (configuration == nullptr) {
    table->Remove("configuration");
  } else {
    table->Set("configuration", *configuration);
  }
  return Success();
}

IssueOr<Value> SetCustomFields(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  table->Set("configuration", Pick(edit.call.args, {"custom_root_fields", "custom_column_names"}));
  return Success();
}

IssueOr<Value> SetIsEnum(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  table->Set("is_enum", edit.call.args.FindBool("is_enum", false));
  return Success();
}

IssueOr<Value> TrackFunction(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, TrackedName(edit, "function"));
  if (FindTableIn(ListOf(*source, "functions"), "function", name) != nullptr) {
    return edit.Fault("already-tracked",
                      StrCat("function already tracked : \"", ShownName(name), "\""));
  }
  if (FindTableIn(ListOf(*source, "tables"), "table", name) != nullptr) {
    return edit.Fault("not-supported",
                      StrCat("table with name \"", ShownName(name), "\" already exists"));
  }
  Value function = Value::Object();
  function.Set("function", NameValue(name));
  if (edit.call.args.Find("function") != nullptr) {
    const Value options = Pick(edit.call.args, {"configuration", "comment"});
    for (const auto& [key, value] : options.members()) function.Set(key, value);
  }
  ListOf(*source, "functions").Append(std::move(function));
  return Success();
}

IssueOr<Value> UntrackFunction(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, TrackedName(edit, "function"));
  Value& functions = ListOf(*source, "functions");
  Value* function = FindTableIn(functions, "function", name);
  if (function == nullptr) {
    return edit.Fault("already-untracked",
                      StrCat("function already untracked : \"", ShownName(name), "\""));
  }
  functions.items().erase(functions.items().begin() + (function - functions.items().data()));
  return Success();
}

IssueOr<Value> SetFunctionCustomization(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * function, edit.Function());
  const Value* configuration = edit.call.args.Find("configuration");
  function->Set("configuration", configuration != nullptr ? *configuration : Value::Object());
  return Success();
}

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
    return edit.Fault("already-exists",
                      StrCat("field with name \"", name, "\" already exists in table"));
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

IssueOr<Value> CreateEventTrigger(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  Value& triggers = ListOf(*table, "event_triggers");
  EraseBy(triggers, "name", name);
  Value trigger = Pick(edit.call.args, {"name", "webhook", "webhook_from_env", "headers",
                                        "request_transform", "response_transform"});
  Value definition = Pick(edit.call.args, {"insert", "update", "delete"});
  definition.Set("enable_manual", edit.call.args.FindBool("enable_manual", false));
  trigger.Set("definition", std::move(definition));
  Value retry = Value::Object();
  retry.Set("num_retries", 0);
  retry.Set("interval_sec", 10);
  retry.Set("timeout_sec", 60);
  if (const Value* given = edit.call.args.Find("retry_conf")) retry = *given;
  trigger.Set("retry_conf", std::move(retry));
  triggers.Append(std::move(trigger));
  return Success();
}

IssueOr<Value> DeleteEventTrigger(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  for (Value& table : ListOf(*source, "tables").items()) {
    if (Value* triggers = table.Find("event_triggers")) EraseBy(*triggers, "name", name);
  }
  return Success();
}

}  // namespace

void AddTableCommands(Registry& registry) {
  registry["pg_track_table"] = TrackTable;
  registry["pg_untrack_table"] = UntrackTable;
  registry["pg_set_table_customization"] = SetCustomization;
  registry["set_table_custom_fields"] = SetCustomFields;
  registry["pg_set_table_is_enum"] = SetIsEnum;
  registry["pg_track_function"] = TrackFunction;
  registry["pg_untrack_function"] = UntrackFunction;
  registry["pg_set_function_customization"] = SetFunctionCustomization;
  registry["pg_add_computed_field"] = AddComputedField;
  registry["pg_drop_computed_field"] = DropComputedField;
  registry["pg_create_event_trigger"] = CreateEventTrigger;
  registry["pg_delete_event_trigger"] = DeleteEventTrigger;
}

}  // namespace joinery::metadata
