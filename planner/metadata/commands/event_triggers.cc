#include <algorithm>

#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

constexpr size_t kLongestName = 42;

bool IsTriggerName(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

MaybeIssue CheckShape(const Editing& edit, std::string_view name) {
  if (!IsTriggerName(name)) {
    return ParseFailed("only alphanumeric and underscore and hyphens allowed for name",
                       edit.ArgPath("name"));
  }
  if (name.size() > kLongestName) {
    return ParseFailed(StrCat("event trigger name can be at most ", kLongestName, " characters"),
                       edit.ArgPath("name"));
  }
  const Value& args = edit.call.args;
  const bool url = args.Find("webhook") != nullptr;
  if (url == (args.Find("webhook_from_env") != nullptr)) {
    return ParseFailed(url ? "only one of webhook or webhook_from_env should be given"
                           : "must provide webhook or webhook_from_env",
                       edit.ArgPath());
  }
  const bool operations = args.Find("insert") != nullptr || args.Find("update") != nullptr ||
                          args.Find("delete") != nullptr;
  if (!operations && !args.FindBool("enable_manual", false)) {
    return ParseFailed(
        "atleast one amongst insert/update/delete/enable_manual spec must be provided",
        edit.ArgPath());
  }
  return {};
}

// The columns that an operation names are in the table.
MaybeIssue CheckColumns(const Editing& edit, const TableName& table) {
  if (edit.call.facts == nullptr) return {};
  for (const std::string_view operation : {"insert", "update", "delete"}) {
    const Value* spec = edit.call.args.Find(operation);
    if (spec == nullptr) continue;
    for (const std::string_view member : {"columns", "payload"}) {
      const Value* columns = spec->Find(member);
      if (columns == nullptr) continue;
      for (const Value& column : columns->items()) {
        if (column.is_string() && !edit.HasColumn(table, column.string())) {
          return edit.Fault("not-exists",
                            StrCat("column \"", column.string(), "\" does not exist"));
        }
      }
    }
  }
  return {};
}

Value TriggerOf(const Value& args) {
  Value trigger = Value::Object();
  trigger.Set("name", *args.Find("name"));
  Value definition = Pick(args, {"insert", "update", "delete"});
  definition.Set("enable_manual", args.FindBool("enable_manual", false));
  trigger.Set("definition", std::move(definition));
  const Value* given = args.Find("retry_conf");
  Value retry = Value::Object();
  retry.Set("num_retries", 0);
  retry.Set("interval_sec", 10);
  retry.Set("timeout_sec", 60);
  trigger.Set("retry_conf", given != nullptr && given->is_object() ? *given : std::move(retry));
  const Value rest = Pick(args, {"webhook", "webhook_from_env", "headers", "request_transform",
                                 "response_transform", "cleanup_config", "trigger_on_replication"});
  for (const auto& [key, value] : rest.members()) trigger.Set(key, value);
  return trigger;
}

// Wherever in the source it is; names of triggers are unique there.
bool EraseTrigger(Value& source, std::string_view name) {
  bool erased = false;
  for (Value& table : ListOf(source, "tables").items()) {
    Value* triggers = table.Find("event_triggers");
    if (triggers != nullptr) erased = EraseBy(*triggers, "name", name) || erased;
  }
  return erased;
}

IssueOr<Value> Create(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  RETURN_IF_ISSUE(CheckShape(edit, name));
  ASSIGN_OR_RETURN_ISSUE(const TableName owner, edit.Name("table"));
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  RETURN_IF_ISSUE(edit.Table());
  RETURN_IF_ISSUE(CheckColumns(edit, owner));
  if (EraseTrigger(*source, name) && !edit.call.args.FindBool("replace", false)) {
    return edit.Fault("already-exists",
                      StrCat("event trigger with name \"", name, "\" already exists"));
  }
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  ListOf(*table, "event_triggers").Append(TriggerOf(edit.call.args));
  return Success();
}

IssueOr<Value> Delete(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  if (!EraseTrigger(*source, name)) {
    return edit.Fault("not-exists",
                      StrCat("event trigger with name \"", name, "\" does not exist"));
  }
  return Success();
}

}  // namespace

void AddEventTriggerCommands(Registry& registry) {
  registry["pg_create_event_trigger"] = Create;
  registry["pg_delete_event_trigger"] = Delete;
}

}  // namespace joinery::metadata
