#include "connectors/postgres/introspect/enum_tables.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/strings.h"
#include "connectors/postgres/introspect/introspect.h"
#include "connectors/postgres/pool/session.h"

namespace joinery::connectors::postgres {
namespace {

std::string Quoted(std::string_view name) {
  return StrCat("\"", ReplaceAll(name, "\"", "\"\""), "\"");
}

// Empty: the table is not made like an enum.
std::string SelectRows(const plan::CatalogTable& table, size_t number) {
  if (!table.primary_key || table.primary_key->columns.size() != 1) return {};
  if (table.columns.size() > 2) return {};
  const std::string& key = table.primary_key->columns.front();
  std::string comment = "''";
  for (const plan::CatalogColumn& column : table.columns) {
    if (column.name != key) comment = StrCat(Quoted(column.name), "::pg_catalog.text");
  }
  return StrCat("select ", number, ", ", Quoted(key), "::pg_catalog.text, coalesce(", comment,
                ", '') from ", Quoted(table.name.schema), ".", Quoted(table.name.name));
}

void AddRows(const PGresult& rows, std::vector<plan::CatalogEnumTable>& enums) {
  for (int row = 0; row < PQntuples(&rows); ++row) {
    const auto number = ParseInt64(FieldText(rows, row, 0));
    enums[static_cast<size_t>(*number)].values.push_back(
        {FieldText(rows, row, 1), FieldText(rows, row, 2)});
  }
}

// A refusal, such as a missing grant, must not end the caller's transaction.
StatusOr<ResultPtr> RunGuarded(const CallContext& context, PGconn* session,
                               const std::string& sql) {
  const bool inside = PQtransactionStatus(session) == PQTRANS_INTRANS;
  if (!inside) return RunQuery(context, session, sql);
  RETURN_IF_ERROR(RunQuery(context, session, "savepoint joinery_enum").status());
  auto result = RunQuery(context, session, sql);
  if (PQstatus(session) == CONNECTION_BAD) return result;
  const char* after =
      result.ok() ? "release savepoint joinery_enum" : "rollback to savepoint joinery_enum";
  RETURN_IF_ERROR(RunQuery(context, session, after).status());
  return result;
}

}  // namespace

std::vector<plan::TableName> EnumTablesOf(const json::Value& definition) {
  std::vector<plan::TableName> names;
  const json::Value* tables = definition.Find("tables");
  if (tables == nullptr || !tables->is_array()) return names;
  for (const json::Value& entry : tables->items()) {
    const json::Value* table = entry.Find("table");
    if (table == nullptr || !entry.FindBool("is_enum", false)) continue;
    if (table->is_string()) {
      names.push_back({"public", table->string()});
    } else if (const auto name = table->FindString("name")) {
      names.push_back(
          {std::string(table->FindString("schema").value_or("public")), std::string(*name)});
    }
  }
  return names;
}

Status ReadEnumTables(const CallContext& context, PGconn* session,
                      const std::vector<plan::TableName>& tables, plan::DatabaseCatalog& catalog) {
  std::vector<std::string> selects;
  for (const plan::TableName& name : tables) {
    const auto table = std::ranges::find(catalog.tables, name, &plan::CatalogTable::name);
    if (table == catalog.tables.end()) continue;
    selects.push_back(SelectRows(*table, catalog.enum_tables.size()));
    catalog.enum_tables.push_back({name, {}, {}});
  }
  std::vector<std::string> readable = selects;
  std::erase(readable, "");
  if (readable.empty()) return OkStatus();
  const auto all = RunGuarded(context, session, Join(readable, " union all "));
  if (all.ok()) {
    AddRows(**all, catalog.enum_tables);
    return OkStatus();
  }
  // One of them is at fault: find out which.
  for (size_t i = 0; i < selects.size(); ++i) {
    if (selects[i].empty()) continue;
    const auto rows = RunGuarded(context, session, selects[i]);
    if (rows.ok()) {
      AddRows(**rows, catalog.enum_tables);
    } else if (rows.status().code() != StatusCode::kInvalidArgument) {
      return rows.status();
    } else {
      catalog.enum_tables[i].error = MessageOf(rows.status());
    }
  }
  return OkStatus();
}

}  // namespace joinery::connectors::postgres
