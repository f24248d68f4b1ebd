#include "planner/metadata/export.h"

#include <array>
#include <string_view>

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

// Lists that are left out where nothing is in them.
void DropEmpty(Value& object) {
  std::erase_if(object.members(), [](const Value::Member& member) {
    const bool kept = member.first == "tables" || member.first == "columns" ||
                      member.first == "filter" || member.first == "check" ||
                      member.first == "definition" || member.first == "permission" ||
                      member.first == "configuration";
    return !kept && IsEmpty(member.second);
  });
}

void ExportTable(Value& table) {
  Expand(table, "table");
  if (!table.FindBool("is_enum", false)) table.Remove("is_enum");
  if (const Value* configuration = table.Find("configuration")) {
    if (IsEmpty(*configuration)) table.Remove("configuration");
  }
  DropEmpty(table);
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
  for (Value& source : out.Find("sources")->items()) ExportSource(source);
  // What later versions may add is never lost.
  for (const auto& [name, value] : document.members()) {
    if (out.Find(name) == nullptr && !IsEmpty(value)) out.Set(name, value);
  }
  return out;
}

}  // namespace joinery::metadata
