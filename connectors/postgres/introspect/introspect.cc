#include "connectors/postgres/introspect/introspect.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "connectors/postgres/introspect/catalog_queries.h"
#include "connectors/postgres/introspect/enum_tables.h"
#include "connectors/postgres/introspect/type_names.h"
#include "connectors/postgres/pool/session.h"

namespace joinery::connectors::postgres {
namespace {

// The fields of one row, from left to right.
class Row {
 public:
  Row(const PGresult& result, int row) : result_(result), row_(row) {}

  std::string Text() { return FieldText(result_, row_, column_++); }
  bool Bool() { return Text() == "t"; }
  template <typename T = uint32_t>
  T Number() {
    const std::string text = Text();
    T value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  char Char(char otherwise) {
    const std::string text = Text();
    return text.empty() ? otherwise : text.front();
  }

 private:
  const PGresult& result_;
  const int row_;
  int column_ = 0;
};

std::vector<std::string> Strings(const std::string& json_text) {
  std::vector<std::string> strings;
  const auto parsed = json::Parse(json_text);
  if (!parsed.ok()) return strings;
  for (const json::Value& item : parsed->items()) strings.push_back(item.string());
  return strings;
}

std::vector<uint32_t> Numbers(const std::string& text) {
  std::vector<uint32_t> numbers;
  for (const std::string_view part : Split(text, ' ')) {
    if (const auto number = ParseInt64(part)) numbers.push_back(static_cast<uint32_t>(*number));
  }
  return numbers;
}

class CatalogReader {
 public:
  CatalogReader(const CallContext& context, PGconn* session)
      : context_(context), session_(session) {}

  StatusOr<plan::DatabaseCatalog> Read(const std::vector<plan::TableName>& enum_tables) {
    const char* version = PQparameterStatus(session_, "server_version");
    catalog_.server_version = version == nullptr ? "" : version;
    RETURN_IF_ERROR(ForEachRow(kTypesQuery, [this](Row row) { AddType(row); }));
    RETURN_IF_ERROR(ForEachRow(StrCat(kTablesQuery, kSchemaFilter, kTablesOrder),
                               [this](Row row) { AddTable(row); }));
    RETURN_IF_ERROR(ForEachRow(StrCat(kColumnsQuery, kSchemaFilter, kColumnsOrder),
                               [this](Row row) { AddColumn(row); }));
    RETURN_IF_ERROR(ForEachRow(StrCat(kConstraintsQuery, kSchemaFilter, kConstraintsOrder),
                               [this](Row row) { AddConstraint(row); }));
    RETURN_IF_ERROR(ForEachRow(StrCat(kFunctionsQuery, kSchemaFilter, kFunctionsOrder),
                               [this](Row row) { AddFunction(row); }));
    RETURN_IF_ERROR(ReadEnumTables(context_, session_, enum_tables, catalog_));
    return std::move(catalog_);
  }

 private:
  template <typename Visit>
  Status ForEachRow(const std::string& sql, Visit visit) {
    ASSIGN_OR_RETURN(const ResultPtr result, RunQuery(context_, session_, sql));
    const int rows = PQntuples(result.get());
    for (int row = 0; row < rows; ++row) visit(Row(*result, row));
    return OkStatus();
  }

  void AddType(Row row) {
    PostgresType type;
    const auto oid = row.Number();
    type.schema = row.Text();
    type.name = row.Text();
    type.kind = row.Char('b');
    type.element = row.Number();
    type.array = row.Number();
    type.base = row.Number();
    type.dimensions = row.Number();
    type.relation = row.Number();
    type.not_null = row.Bool();
    types_.Add(oid, std::move(type));
  }

  void AddTable(Row row) {
    plan::CatalogTable table;
    table.oid = row.Number();
    table.name.schema = row.Text();
    table.name.name = row.Text();
    table.kind = row.Char('r');
    table.comment = row.Text();
    table.updatable = row.Number();
    table_indexes_.emplace(table.oid, catalog_.tables.size());
    catalog_.tables.push_back(std::move(table));
  }

  plan::CatalogTable* FindTable(uint32_t oid) {
    const auto found = table_indexes_.find(oid);
    return found == table_indexes_.end() ? nullptr : &catalog_.tables[found->second];
  }

  void AddColumn(Row row) {
    plan::CatalogTable* table = FindTable(row.Number());
    if (table == nullptr) return;
    plan::CatalogColumn column;
    column.name = row.Text();
    column.position = row.Number<int32_t>();
    const auto type = row.Number();
    const auto dimensions = row.Number();
    column.type = types_.Name(type, dimensions);
    column.type_kind = types_.Kind(type);
    column.base_type = types_.BaseName(type, dimensions);
    column.nullable = !row.Bool() && !types_.IsNotNull(type);
    column.has_default = row.Bool();
    column.generated = row.Char(' ') != ' ';
    const char identity = row.Char(' ');
    column.identity_always = identity == 'a';
    // The sequence behind an identity is no entry in pg_attrdef, yet a value comes from it.
    column.has_default = column.has_default || identity != ' ';
    column.comment = row.Text();
    table->columns.push_back(std::move(column));
  }

  static std::vector<std::string> ColumnNames(const plan::CatalogTable& table,
                                              const std::string& positions) {
    std::vector<std::string> names;
    for (const uint32_t position : Numbers(positions)) {
      const auto column = std::ranges::find(table.columns, static_cast<int32_t>(position),
                                            &plan::CatalogColumn::position);
      if (column != table.columns.end()) names.push_back(column->name);
    }
    return names;
  }

  void AddConstraint(Row row) {
    plan::CatalogTable* table = FindTable(row.Number());
    if (table == nullptr) return;
    plan::CatalogConstraint constraint;
    constraint.name = row.Text();
    const char kind = row.Char('u');
    constraint.columns = ColumnNames(*table, row.Text());
    if (kind == 'p') {
      table->primary_key = std::move(constraint);
    } else if (kind == 'u') {
      table->unique_constraints.push_back(std::move(constraint));
    } else if (const plan::CatalogTable* target = FindTable(row.Number())) {
      table->foreign_keys.push_back({std::move(constraint.name), std::move(constraint.columns),
                                     target->name, ColumnNames(*target, row.Text())});
    }
  }

  void AddFunction(Row row) {
    plan::CatalogFunction function;
    function.oid = row.Number();
    function.name.schema = row.Text();
    function.name.name = row.Text();
    const std::vector<uint32_t> types = Numbers(row.Text());
    const std::vector<std::string> names = Strings(row.Text());
    const std::vector<std::string> modes = Strings(row.Text());
    function.arguments = Arguments(types, names, modes, row.Number());
    function.variadic = row.Bool();
    function.volatility = row.Char('v');
    function.returns_set = row.Bool();
    const auto returns = row.Number();
    function.returns = types_.Name(returns, 0);
    function.returns_kind = types_.Kind(returns);
    if (const plan::CatalogTable* table = FindTable(types_.Relation(returns))) {
      function.returns_table = table->name;
    }
    function.comment = row.Text();
    catalog_.functions.push_back(std::move(function));
  }

  // `names` and `modes` tell of all arguments, OUT and TABLE ones too; `types` of what goes in
  // alone.
  std::vector<plan::CatalogArgument> Arguments(const std::vector<uint32_t>& types,
                                               const std::vector<std::string>& names,
                                               const std::vector<std::string>& modes,
                                               size_t defaults) const {
    std::vector<plan::CatalogArgument> arguments;
    size_t place = 0;
    for (size_t i = 0; i < types.size(); ++i, ++place) {
      while (place < modes.size() && (modes[place] == "o" || modes[place] == "t")) ++place;
      plan::CatalogArgument argument;
      if (place < names.size()) argument.name = names[place];
      argument.type = types_.Name(types[i], 0);
      argument.type_kind = types_.Kind(types[i]);
      argument.has_default = i + defaults >= types.size();
      arguments.push_back(std::move(argument));
    }
    return arguments;
  }

  const CallContext& context_;
  PGconn* const session_;
  TypeNames types_;
  std::unordered_map<uint32_t, size_t> table_indexes_;
  plan::DatabaseCatalog catalog_;
};

}  // namespace

StatusOr<plan::DatabaseCatalog> ReadCatalog(const CallContext& context, PGconn* session,
                                            const std::vector<plan::TableName>& enum_tables) {
  return CatalogReader(context, session).Read(enum_tables);
}

}  // namespace joinery::connectors::postgres
