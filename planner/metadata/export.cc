#include "planner/metadata/export.h"

#include <array>
#include <string_view>
#include <utility>

namespace joinery::metadata {
namespace {

using json::Value;

constexpr std::array<std::string_view, 17> kOrder = {"version",
                                                     "sources",
                                                     "remote_schemas",
                                                     "query_collections",
                                                     "allowlist",
                                                     "actions",
                                                     "custom_types",
                                                     "cron_triggers",
                                                     "rest_endpoints",
                                                     "api_limits",
                                                     "metrics_config",
                                                     "inherited_roles",
                                                     "graphql_schema_introspection",
                                                     "network",
                                                     "backend_configs",
                                                     "opentelemetry",
                                                     "experimental_features"};

bool IsEmpty(const Value& value) {
  return value.is_null() || (value.is_array() && value.items().empty()) ||
         (value.is_object() && value.members().empty());
}

// A name given as text is one in schema public.
void Expand(Value& object, std::string_view member) {
  Value* name = object.Find(member);
  if (name == nullptr || !name->is_string()) return;
  Value full = Value::Object();
  full.Set("name", name->string());
  full.Set("schema", "public");
  *name = std::move(full);
}

// What is left out where nothing is in it.
void DropEmpty(Value& object) {
  std::erase_if(object.members(), [](const Value::Member& member) {
    const bool kept = member.first == "tables" || member.first == "columns" ||
                      member.first == "filter" || member.first == "check" ||
                      member.first == "definition" || member.first == "permission" ||
                      member.first == "configuration";
    return !kept && IsEmpty(member.second);
  });
}

// A flag that is off by default.
void DropFalse(Value& object, std::string_view member) {
  const Value* flag = std::as_const(object).Find(member);
  if (flag != nullptr && flag->is_bool() && !flag->bool_value()) object.Remove(member);
}

void DropIfEmpty(Value& object, std::string_view member) {
  const Value* value = std::as_const(object).Find(member);
  if (value != nullptr && IsEmpty(*value)) object.Remove(member);
}

template <typename Visit>
void Each(Value& object, std::string_view list, Visit visit) {
  if (std::as_const(object).Find(list) == nullptr) return;
  for (Value& item : object.Find(list)->items()) visit(item);
}

void ExportPermissions(Value& table) {
  for (const std::string_view list :
       {"insert_permissions", "select_permissions", "update_permissions", "delete_permissions"}) {
    Each(table, list, [&](Value& one) {
      DropIfEmpty(one, "comment");
      Value* permission = one.Find("permission");
      if (permission == nullptr) return;
      DropFalse(*permission, "allow_aggregations");
      DropIfEmpty(*permission, "computed_fields");
      if (list == "update_permissions" && permission->Find("check") == nullptr) {
        permission->Set("check", Value::Null());
      }
    });
  }
}

void ExportTable(Value& table) {
  Expand(table, "table");
  DropFalse(table, "is_enum");
  DropIfEmpty(table, "configuration");
  DropEmpty(table);
  for (const std::string_view list :
       {"object_relationships", "array_relationships", "computed_fields"}) {
    Each(table, list, [](Value& one) { DropIfEmpty(one, "comment"); });
  }
  ExportPermissions(table);
}

// Of remote schemas and actions.
void ExportWebDefinition(Value& object) {
  DropEmpty(object);
  Value* definition = object.Find("definition");
  if (definition == nullptr) return;
  DropFalse(*definition, "forward_client_headers");
  DropIfEmpty(*definition, "headers");
}

void ExportSource(Value& source) {
  if (source.Find("kind") == nullptr) source.Set("kind", "postgres");
  if (source.Find("tables") == nullptr) source.Set("tables", Value::Array());
  for (Value& table : source.Find("tables")->items()) ExportTable(table);
  if (Value* functions = source.Find("functions")) {
    for (Value& function : functions->items()) {
      Expand(function, "function");
      DropEmpty(function);
    }
  }
  DropEmpty(source);
}

}  // namespace

Value ExportDocument(const Value& document) {
  Value out = Value::Object();
  for (const std::string_view name : kOrder) {
    const Value* value = document.Find(name);
    const bool always = name == "version" || name == "sources";
    if (value == nullptr ? !always : !always && IsEmpty(*value)) continue;
    if (name == "version") {
      out.Set(name, 3);
    } else {
      out.Set(name, value != nullptr ? *value : Value::Array());
    }
  }
  Each(out, "sources", ExportSource);
  Each(out, "remote_schemas", ExportWebDefinition);
  Each(out, "actions", ExportWebDefinition);
  for (const std::string_view list : {"query_collections", "rest_endpoints"}) {
    Each(out, list, [](Value& one) { DropIfEmpty(one, "comment"); });
  }
  if (std::as_const(out).Find("custom_types") != nullptr) {
    DropEmpty(*out.Find("custom_types"));
    DropIfEmpty(out, "custom_types");
  }
  // What later versions may add is never lost.
  for (const auto& [name, value] : document.members()) {
    if (out.Find(name) == nullptr && !IsEmpty(value)) out.Set(name, value);
  }
  return out;
}

}  // namespace joinery::metadata
