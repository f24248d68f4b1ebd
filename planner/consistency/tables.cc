#include <unordered_map>

#include "base/strings.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

using CatalogIndex =
    std::unordered_map<std::string, const plan::CatalogTable*, StringHash, std::equal_to<>>;

NamingConvention ConventionOf(const metadata::Source& source, const SchemaOptions& options) {
  const std::string& own = source.customization.naming_convention;
  if (!options.naming_convention_enabled || own.empty()) return options.default_naming_convention;
  return own == "graphql-default" ? NamingConvention::kGraphqlDefault
                                  : NamingConvention::kHasuraDefault;
}

SourceNaming NamingOf(const metadata::Source& source, const SchemaOptions& options) {
  const metadata::SourceCustomization& custom = source.customization;
  return {.convention = ConventionOf(source, options),
          .root_namespace = custom.root_namespace,
          .root_prefix = custom.root_prefix,
          .root_suffix = custom.root_suffix,
          .type_prefix = custom.type_prefix,
          .type_suffix = custom.type_suffix};
}

std::string ColumnName(const plan::CatalogColumn& column, const metadata::Table& table,
                       const SourceNaming& naming) {
  const auto config = table.columns.find(column.name);
  if (config != table.columns.end() && IsGraphqlName(config->second.custom_name)) {
    return config->second.custom_name;
  }
  const std::string name = naming.Field(Identifier::FromDatabase(column.name));
  return IsGraphqlName(name) ? name : "";
}

class TableBuilder {
 public:
  TableBuilder(const Graph& graph, const Source& source) : graph_(graph), source_(source) {}

  // Null: `reason` says why.
  std::unique_ptr<Table> Build(const metadata::Table& metadata, const plan::CatalogTable* catalog,
                               std::string& reason) {
    if (catalog == nullptr) {
      reason = StrCat("no such table/view exists in source: \"", SqlName(metadata.table), "\"");
      return nullptr;
    }
    auto table = std::make_unique<Table>();
    table->source = &source_;
    table->metadata = &metadata;
    table->catalog = catalog;
    table->name = metadata.table;
    Name(*table);
    AddColumns(*table);
    reason = ColumnProblem(*table);
    if (!reason.empty()) reason = StrCat("in table \"", SqlName(table->name), "\": ", reason);
    if (reason.empty() && metadata.is_enum) {
      reason = CheckEnumTable(*catalog, *source_.catalog, table->enum_values);
    }
    if (!reason.empty()) return nullptr;
    return table;
  }

 private:
  void Name(Table& table) const {
    if (!table.metadata->custom_name.empty()) {
      table.identifier = Identifier::Custom(table.metadata->custom_name);
    } else {
      table.identifier = Identifier::FromDatabase(table.name.name);
      if (table.name.schema != "public") {
        table.identifier = table.identifier.Prefixed(Identifier::FromDatabase(table.name.schema));
      }
    }
    table.in_schema = IsGraphqlName(table.identifier.Snake());
    table.type_name = source_.naming.Type(table.identifier);
    table.enum_type_name = source_.naming.Type(table.identifier, "enum");
  }

  void AddColumns(Table& table) const {
    table.columns.reserve(table.catalog->columns.size());
    for (const plan::CatalogColumn& column : table.catalog->columns) {
      Column out{.catalog = &column,
                 .graphql_name = ColumnName(column, *table.metadata, source_.naming),
                 .description = column.comment};
      const auto config = table.metadata->columns.find(column.name);
      if (config != table.metadata->columns.end() && !config->second.comment.empty()) {
        out.description = config->second.comment;
      }
      out.scalar = DescribeScalar(column.type, column.type_kind, column.base_type,
                                  graph_.options.stringify_numeric_types,
                                  graph_.options.array_columns_are_lists);
      table.column_index.emplace(column.name, table.columns.size());
      table.columns.push_back(std::move(out));
    }
  }

  std::string ColumnProblem(const Table& table) const {
    for (const auto& [column, config] : table.metadata->columns) {
      if (!config.custom_name.empty() && table.FindColumn(column) == nullptr) {
        return StrCat("the custom field name \"", config.custom_name,
                      "\" was given for the column \"", column, "\", but no such column exists");
      }
    }
    std::unordered_map<std::string_view, const Column*> taken;
    for (const Column& column : table.columns) {
      if (column.graphql_name.empty()) continue;
      const auto [at, fresh] = taken.emplace(column.graphql_name, &column);
      if (fresh) continue;
      return StrCat("the definitions of columns \"", at->second->name(), "\" and \"", column.name(),
                    "\" are in conflict: they are mapped to the same field name, \"",
                    column.graphql_name, "\"");
    }
    return {};
  }

  const Graph& graph_;
  const Source& source_;
};

void AddTables(Graph& graph, Source& source, Inconsistencies& problems) {
  CatalogIndex index;
  for (const plan::CatalogTable& table : source.catalog->tables) {
    index.emplace(StrCat(table.name.schema, ".", table.name.name), &table);
  }
  TableBuilder builder(graph, source);
  for (const metadata::Table& metadata : source.metadata->tables) {
    const std::string key = StrCat(metadata.table.schema, ".", metadata.table.name);
    const auto catalog = index.find(key);
    std::string reason;
    std::unique_ptr<Table> table =
        builder.Build(metadata, catalog == index.end() ? nullptr : catalog->second, reason);
    if (table == nullptr) {
      problems.Add(TableObject(source, metadata), reason);
      continue;
    }
    if (!source.table_index.emplace(key, table.get()).second) continue;
    source.tables.push_back(std::move(table));
  }
}

std::string SourceProblem(const World& world, const metadata::Source& source) {
  if (source.kind != "postgres" && source.kind != "pg") {
    return StrCat("sources of kind \"", source.kind, "\" are not supported");
  }
  const auto state = world.sources.find(source.name);
  if (state == world.sources.end()) return "connection error";
  if (state->second.catalog == nullptr) {
    return state->second.error.empty() ? "connection error" : state->second.error;
  }
  return {};
}

}  // namespace

void AddSources(Graph& graph, Inconsistencies& problems) {
  for (const metadata::Source& metadata : graph.world->metadata->sources) {
    const std::string problem = SourceProblem(*graph.world, metadata);
    if (!problem.empty()) {
      problems.Add({.type = "source",
                    .name = StrCat("source ", metadata.name),
                    .definition = json::Value(metadata.name)},
                   problem);
      continue;
    }
    auto source = std::make_unique<Source>();
    source->metadata = &metadata;
    source->name = metadata.name;
    source->naming = NamingOf(metadata, graph.options);
    source->catalog = graph.world->sources.find(metadata.name)->second.catalog;
    AddTables(graph, *source, problems);
    graph.sources.push_back(std::move(source));
  }
}

}  // namespace joinery::planner
