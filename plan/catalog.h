#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/relational.h"

// What a database says it has. Made by the Postgres connector, read by the planner.
namespace joinery::plan {

enum class TypeKind : uint8_t { kBase, kEnum, kDomain, kComposite, kRange, kPseudo };

struct CatalogColumn {
  std::string name;
  int32_t position = 0;                  // attnum: stays the same when the column is renamed.
  SqlType type;                          // For arrays: the element's name, dimensions > 0.
  TypeKind type_kind = TypeKind::kBase;  // Of the element for arrays.
  SqlType base_type;                     // Of a domain: what it is over; else equal to type.
  bool nullable = true;
  bool has_default = false;
  bool generated = false;  // generated always as (…) stored.
  bool identity_always = false;
  std::string comment;
};

struct CatalogConstraint {
  std::string name;
  std::vector<std::string> columns;
};

struct CatalogForeignKey {
  std::string name;
  std::vector<std::string> columns;
  TableName foreign_table;
  std::vector<std::string> foreign_columns;
};

struct CatalogTable {
  TableName name;
  uint32_t oid = 0;
  char kind = 'r';  // pg_class.relkind.
  std::string comment;
  uint32_t updatable = 28;  // pg_relation_is_updatable: 8 insert, 4 update, 16 delete.
  std::vector<CatalogColumn> columns;
  std::optional<CatalogConstraint> primary_key;
  std::vector<CatalogConstraint> unique_constraints;  // Without the primary key.
  std::vector<CatalogForeignKey> foreign_keys;
};

struct CatalogArgument {
  std::string name;  // Empty: unnamed.
  SqlType type;
  TypeKind type_kind = TypeKind::kBase;
  bool has_default = false;
};

struct CatalogFunction {
  TableName name;
  uint32_t oid = 0;
  std::vector<CatalogArgument> arguments;  // IN and INOUT, in order.
  SqlType returns;
  TypeKind returns_kind = TypeKind::kBase;
  std::optional<TableName> returns_table;  // When the type is a table's row.
  bool returns_set = false;
  bool variadic = false;
  char volatility = 'v';  // i, s or v.
  std::string comment;
};

// Rows of a table that metadata uses as an enum.
struct CatalogEnumTable {
  TableName table;
  struct EnumValue {
    std::string value;
    std::string comment;
  };
  std::vector<EnumValue> values;
  std::string error;  // Why the rows could not be read; empty: fine.
};

struct DatabaseCatalog {
  std::vector<CatalogTable> tables;        // Views, materialised views, foreign tables too.
  std::vector<CatalogFunction> functions;  // Every overload is an element.
  std::vector<CatalogEnumTable> enum_tables;
  std::string server_version;
};

}  // namespace joinery::plan
