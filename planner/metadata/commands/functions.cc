#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value> TrackFunction(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.TrackedName("function"));
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
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.TrackedName("function"));
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

}  // namespace

void AddFunctionCommands(Registry& registry) {
  registry["pg_track_function"] = TrackFunction;
  registry["pg_untrack_function"] = UntrackFunction;
  registry["pg_set_function_customization"] = SetFunctionCustomization;
}

}  // namespace joinery::metadata
