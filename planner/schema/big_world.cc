#include "planner/schema/big_world.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace joinery::planner::testing {
namespace {

using json::Value;

constexpr int64_t kOtherTables = 5;

// Compares a column with a session variable.
Value TenantFilter() {
  return Value::Object({{"tenant_id", Value::Object({{"_eq", Value("X-Hasura-Tenant-Id")}})}});
}

Value Columns(std::initializer_list<std::string_view> names) {
  Value out = Value::Array();
  for (const std::string_view name : names) out.Append(Value(name));
  return out;
}

Value PermissionOf(int64_t role, Value permission) {
  return Value::Object(
      {{"role", Value(StrCat("role", role))}, {"permission", std::move(permission)}});
}

Value Relationships(int64_t table, int64_t tables, bool array) {
  if (!array) {
    return Value::Array({Value::Object(
        {{"name", Value("parent")},
         {"using", Value::Object({{"foreign_key_constraint_on", Value("parent_id")}})}})});
  }
  Value mapping = Value::Object({{"id", Value("parent_id")}});
  Value manual = Value::Object({{"remote_table", Value(StrCat("t", (table + 1) % tables))},
                                {"column_mapping", std::move(mapping)}});
  return Value::Array(
      {Value::Object({{"name", Value("children")},
                      {"using", Value::Object({{"manual_configuration", std::move(manual)}})}})});
}

Value Join(int64_t table) {
  Value to = Value::Object({{"source", Value("other")},
                            {"table", Value(StrCat("o", table % kOtherTables))},
                            {"relationship_type", Value("object")},
                            {"field_mapping", Value::Object({{"a", Value("id")}})}});
  return Value::Array(
      {Value::Object({{"name", Value("elsewhere")},
                      {"definition", Value::Object({{"to_source", std::move(to)}})}})});
}

void AddWrites(Value& table, int64_t role) {
  Value insert =
      Value::Object({{"columns", Columns({"name", "total", "parent_id"})},
                     {"check", TenantFilter()},
                     {"set", Value::Object({{"tenant_id", Value("X-Hasura-Tenant-Id")}})}});
  Value update = Value::Object({{"columns", Columns({"name", "total"})},
                                {"filter", TenantFilter()},
                                {"check", TenantFilter()}});
  const auto add = [&](std::string_view list, Value permission) {
    if (table.Find(list) == nullptr) table.Set(list, Value::Array());
    table.Find(list)->Append(PermissionOf(role, std::move(permission)));
  };
  add("insert_permissions", std::move(insert));
  add("update_permissions", std::move(update));
  add("delete_permissions", Value::Object({{"filter", TenantFilter()}}));
}

Value TableOf(int64_t i, const WorldSize& size) {
  Value table = Value::Object({{"table", Value(StrCat("t", i))}});
  table.Set("object_relationships", Relationships(i, size.tables, false));
  table.Set("array_relationships", Relationships(i, size.tables, true));
  if (i % 10 == 0) table.Set("remote_relationships", Join(i));
  Value select = Value::Array();
  for (int64_t role = 0; role < size.roles; ++role) select.Append(BigWorldPermission(i, role));
  table.Set("select_permissions", std::move(select));
  for (int64_t role = 0; role < size.roles; role += 10) AddWrites(table, role);
  return table;
}

Value SourceOf(std::string_view name, std::vector<Value> tables) {
  return Value::Object({{"name", Value(name)},
                        {"kind", Value("postgres")},
                        {"tables", Value::Array(std::move(tables))},
                        {"configuration", Value::Object()}});
}

}  // namespace

Value BigWorldPermission(int64_t, int64_t role) {
  Value filter = TenantFilter();
  if (role % 3 == 2) filter = Value::Object({{"parent", std::move(filter)}});
  Value permission = Value::Object(
      {{"columns", Columns({"id", "name", "made", "total", "flag", "tenant_id", "parent_id"})},
       {"filter", std::move(filter)}});
  if (role % 2 == 1) permission.Set("allow_aggregations", Value(true));
  return PermissionOf(role, std::move(permission));
}

WorldTexts BigWorld(const WorldSize& size) {
  WorldTexts texts;
  std::vector<Value> tables;
  std::string& catalog = texts.catalogs["default"];
  for (int64_t i = 0; i < size.tables; ++i) {
    StrAppend(catalog, "table t", i,
              "\n  id int4! pk\n  name text!\n  made timestamptz\n  doc jsonb\n  total numeric\n",
              "  flag bool\n  a int4\n  b int8\n  c text\n  d uuid\n  tenant_id int4!\n",
              "  parent_id int4 -> t", i == 0 ? 0 : i - 1, "(id)\n");
    tables.push_back(TableOf(i, size));
  }
  StrAppend(catalog, "table spare\n  id int4! pk\n  name text!\n  parent_id int4 -> t0(id)\n");
  std::vector<Value> others;
  std::string& other = texts.catalogs["other"];
  for (int64_t i = 0; i < kOtherTables; ++i) {
    StrAppend(other, "table o", i, "\n  id int4! pk\n  name text\n");
    others.push_back(Value::Object({{"table", Value(StrCat("o", i))}}));
  }
  Value sources = Value::Array();
  sources.Append(SourceOf("default", std::move(tables)));
  sources.Append(SourceOf("other", std::move(others)));
  texts.metadata = Value::Object({{"version", Value(3)}, {"sources", std::move(sources)}});
  return texts;
}

}  // namespace joinery::planner::testing
