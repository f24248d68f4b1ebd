#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value> TrackTable(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * source, edit.Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.TrackedName("table"));
  if (FindTableIn(ListOf(*source, "tables"), "table", name) != nullptr) {
    return edit.Fault("already-tracked",
                      StrCat("view/table already tracked : \"", ShownName(name), "\""));
  }
  if (FindTableIn(ListOf(*source, "functions"), "function", name) != nullptr) {
    return edit.Fault("not-supported",
                      StrCat("function with name \"", ShownName(name), "\" already exists"));
  }
  if (name.schema == "public" && edit.IsRemoteRoot(name.name)) {
    return edit.Fault("remote-schema-conflicts",
                      StrCat("node ", name.name, " already exists in current graphql schema"));
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
  ASSIGN_OR_RETURN_ISSUE(const TableName name, edit.TrackedName("table"));
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
  if (configuration == nullptr || configuration->is_null()) {
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
  ASSIGN_OR_RETURN_ISSUE(const bool is_enum, edit.Flag("is_enum"));
  table->Set("is_enum", is_enum);
  return Success();
}

IssueOr<Value> SetApolloFederation(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(Value * table, edit.Table());
  const Value* config = edit.call.args.Find("apollo_federation_config");
  if (config == nullptr || config->is_null()) {
    table->Remove("apollo_federation_config");
  } else {
    table->Set("apollo_federation_config", *config);
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
  registry["pg_set_apollo_federation_config"] = SetApolloFederation;
}

}  // namespace joinery::metadata
