#include <algorithm>

#include "base/strings.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

bool IsText(const plan::CatalogColumn& column) {
  return column.type.name == "text" && column.type.dimensions == 0;
}

std::string SortedNames(const std::vector<std::string>& names) {
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  return Join(sorted, ", ");
}

const plan::CatalogColumn* FindIn(const plan::CatalogTable& table, std::string_view name) {
  const auto found = std::ranges::find(table.columns, name, &plan::CatalogColumn::name);
  return found == table.columns.end() ? nullptr : &*found;
}

void CheckKey(const plan::CatalogTable& table, std::vector<std::string>& reasons) {
  if (!table.primary_key) {
    reasons.push_back("the table must have a primary key");
    return;
  }
  const std::vector<std::string>& columns = table.primary_key->columns;
  if (columns.size() != 1) {
    reasons.push_back(StrCat("the table’s primary key must not span multiple columns (",
                             SortedNames(columns), ")"));
    return;
  }
  const plan::CatalogColumn* key = FindIn(table, columns.front());
  if (key != nullptr && !IsText(*key)) {
    reasons.push_back(StrCat("the table’s primary key (\"", key->name,
                             "\") must have type \"text\", not type \"", SqlTypeText(key->type),
                             "\""));
  }
}

void CheckComment(const plan::CatalogTable& table, std::vector<std::string>& reasons) {
  if (table.columns.size() > 2) {
    std::vector<std::string> names;
    for (const plan::CatalogColumn& column : table.columns) names.push_back(column.name);
    reasons.push_back(StrCat(
        "the table must have exactly one primary key and optionally one comment column, not ",
        table.columns.size(), " columns (", SortedNames(names), ")"));
    return;
  }
  if (!table.primary_key || table.primary_key->columns.size() != 1) return;
  for (const plan::CatalogColumn& column : table.columns) {
    if (column.name == table.primary_key->columns.front() || IsText(column)) continue;
    reasons.push_back(StrCat("the table’s comment column (\"", column.name,
                             "\") must have type \"text\", not type \"", SqlTypeText(column.type),
                             "\""));
  }
}

}  // namespace

std::string CheckEnumTable(const plan::CatalogTable& table, const plan::DatabaseCatalog& catalog,
                           const plan::CatalogEnumTable*& values) {
  std::vector<std::string> reasons;
  CheckKey(table, reasons);
  CheckComment(table, reasons);
  const auto found =
      std::ranges::find(catalog.enum_tables, table.name, &plan::CatalogEnumTable::table);
  if (found == catalog.enum_tables.end()) {
    if (reasons.empty()) reasons.push_back("its rows could not be read");
  } else if (!found->error.empty()) {
    if (reasons.empty()) reasons.push_back(found->error);
  } else if (reasons.empty()) {
    if (found->values.empty()) reasons.push_back("the table must have at least one row");
    for (const auto& value : found->values) {
      if (!IsGraphqlName(value.value)) {
        reasons.push_back(
            StrCat("the value \"", value.value, "\" is not a valid GraphQL enum value name"));
      }
    }
    values = &*found;
  }
  if (reasons.empty()) return {};
  return BecauseOf(StrCat("the table \"", SqlName(table.name), "\" cannot be used as an enum"),
                   reasons);
}

EnumLinks EnumLinksOf(const TableShape& shape,
                      const std::function<const TableShape*(const plan::TableName&)>& find) {
  EnumLinks out;
  for (const plan::CatalogForeignKey& key : shape.catalog->foreign_keys) {
    if (key.columns.size() != 1) continue;
    const TableShape* target = find(key.foreign_table);
    if (target == nullptr || target->enum_values == nullptr) continue;
    if (key.foreign_columns != target->catalog->primary_key->columns) continue;
    const auto column = shape.column_index.find(key.columns.front());
    if (column != shape.column_index.end()) out.insert_or_assign(column->second, target);
  }
  return out;
}

}  // namespace joinery::planner
