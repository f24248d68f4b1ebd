#include <algorithm>
#include <unordered_map>

#include "base/strings.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/table_types.h"

namespace joinery::planner {
namespace {

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

json::Value ConfigurationOf(const metadata::Table& table) {
  const json::Value* configuration = table.definition.Find("configuration");
  return configuration == nullptr ? json::Value() : *configuration;
}

class ShapeBuilder {
 public:
  ShapeBuilder(const Graph& graph, const Source& source) : graph_(graph), source_(source) {}

  // Whether building from this would give `made` again.
  bool Gives(const TableShape& made, const metadata::Table& metadata,
             const plan::CatalogTable* catalog) const {
    return made.database == source_.catalog && made.catalog == catalog &&
           made.naming == source_.naming && made.is_enum == metadata.is_enum &&
           made.configuration == ConfigurationOf(metadata);
  }

  // Null: `reason` says why.
  std::shared_ptr<const TableShape> Build(const metadata::Table& metadata,
                                          const plan::CatalogTable* catalog,
                                          std::string& reason) const {
    if (catalog == nullptr) {
      reason = StrCat("no such table/view exists in source: \"", SqlName(metadata.table), "\"");
      return nullptr;
    }
    auto shape = std::make_shared<TableShape>();
    shape->database = source_.catalog;
    shape->catalog = catalog;
    shape->naming = source_.naming;
    shape->configuration = ConfigurationOf(metadata);
    shape->is_enum = metadata.is_enum;
    Name(metadata, *shape);
    AddColumns(metadata, *shape);
    reason = ColumnProblem(metadata, *shape);
    if (!reason.empty()) reason = StrCat("in table \"", SqlName(shape->name), "\": ", reason);
    if (reason.empty() && metadata.is_enum) {
      reason = CheckEnumTable(*catalog, *source_.catalog, shape->enum_values);
    }
    if (!reason.empty()) return nullptr;
    shape->roots = RootNamesOf(*shape, metadata);
    return shape;
  }

 private:
  void Name(const metadata::Table& metadata, TableShape& shape) const {
    shape.name = metadata.table;
    shape.key = StrCat(shape.name.schema, ".", shape.name.name);
    if (!metadata.custom_name.empty()) {
      shape.identifier = Identifier::Custom(metadata.custom_name);
    } else {
      shape.identifier = Identifier::FromDatabase(shape.name.name);
      if (shape.name.schema != "public") {
        shape.identifier = shape.identifier.Prefixed(Identifier::FromDatabase(shape.name.schema));
      }
    }
    shape.in_schema = IsGraphqlName(shape.identifier.Snake());
    shape.type_name = source_.naming->Type(shape.identifier);
    shape.type_stem = source_.naming->TypeStem(shape.identifier);
    shape.enum_type_name = source_.naming->Type(shape.identifier, "enum");
  }

  void AddColumns(const metadata::Table& metadata, TableShape& shape) const {
    shape.columns.reserve(shape.catalog->columns.size());
    for (const plan::CatalogColumn& column : shape.catalog->columns) {
      Column out{.catalog = &column,
                 .graphql_name = ColumnName(column, metadata, *source_.naming),
                 .description = column.comment};
      const auto config = metadata.columns.find(column.name);
      if (config != metadata.columns.end() && !config->second.comment.empty()) {
        out.description = config->second.comment;
      }
      out.scalar = DescribeScalar(column.type, column.type_kind, column.base_type,
                                  graph_.options.stringify_numeric_types,
                                  graph_.options.array_columns_are_lists);
      shape.column_index.emplace(column.name, shape.columns.size());
      shape.columns.push_back(std::move(out));
    }
  }

  static std::string ColumnProblem(const metadata::Table& metadata, const TableShape& shape) {
    for (const auto& [column, config] : metadata.columns) {
      if (!config.custom_name.empty() && !shape.column_index.contains(column)) {
        return StrCat("the custom field name \"", config.custom_name,
                      "\" was given for the column \"", column, "\", but no such column exists");
      }
    }
    std::unordered_map<std::string_view, const Column*> taken;
    for (const Column& column : shape.columns) {
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

// The table that a relationship is to lead to; null: its columns are no foreign key of the owner.
const plan::TableName* NamedBy(const metadata::Relationship& relationship,
                               const plan::CatalogTable& owner) {
  if (const auto* manual = std::get_if<metadata::ManualMapping>(&relationship.using_)) {
    return &manual->remote_table;
  }
  const auto& on = std::get<metadata::ForeignKeyOn>(relationship.using_);
  if (on.table) return &*on.table;
  const auto key = std::ranges::find_if(owner.foreign_keys, [&](const auto& candidate) {
    return std::ranges::is_permutation(candidate.columns, on.columns);
  });
  return key == owner.foreign_keys.end() ? nullptr : &key->foreign_table;
}

// The tables of one source: as the previous graph had them where nothing about them changed.
class TablesBuilder {
 public:
  // `previous`: the source as the graph before had it, or null.
  TablesBuilder(const Graph& graph, Source& source, const Source* previous,
                Inconsistencies& problems)
      : source_(source), previous_(previous), problems_(problems), builder_(graph, source) {}

  void CollectShapes(std::vector<PlacedShape>& all) {
    IndexCatalog();
    for (const auto& metadata : source_.metadata->tables) {
      auto shape = ShapeOf(*metadata);
      if (shape == nullptr || !by_key_.emplace(shape->key, shape.get()).second) continue;
      shapes_.push_back({std::move(shape), metadata.get()});
    }
    CollectTargets();
    for (const Collected& one : shapes_) {
      all.push_back({one.shape.get(), TargetOf(*one.shape), source_.name});
    }
  }

  // Reports the table, if it is of this source, and leaves it out.
  void LeaveOut(const TypeClash& clash) {
    const auto found = std::ranges::find(shapes_, clash.table.shape,
                                         [](const Collected& one) { return one.shape.get(); });
    if (found == shapes_.end()) return;
    problems_.Add(TableObject(source_, *found->metadata), ReasonOf(clash));
    by_key_.erase(found->shape->key);
    source_.clashing.push_back(std::move(found->shape));
    shapes_.erase(found);
  }

  void MakeTables() {
    source_.tables.reserve(shapes_.size());
    for (const Collected& one : shapes_) {
      auto table = std::make_unique<Table>(LinkEnums(one.shape));
      table->source = &source_;
      table->metadata = one.metadata;
      table->target = TargetOf(*one.shape);
      source_.table_index.emplace(table->shape->key, table.get());
      source_.tables.push_back(std::move(table));
    }
  }

 private:
  struct Collected {
    std::shared_ptr<const TableShape> shape;
    const metadata::Table* metadata = nullptr;
  };

  void CollectTargets() {
    for (const Collected& one : shapes_) {
      for (const metadata::Relationship& relationship : one.metadata->relationships) {
        const plan::TableName* name = NamedBy(relationship, *one.shape->catalog);
        if (name == nullptr) continue;
        RelationTarget& target = targets_[StrCat(name->schema, ".", name->name)];
        (relationship.array ? target.of_arrays : target.of_objects) = true;
      }
    }
  }
  RelationTarget TargetOf(const TableShape& shape) const {
    const auto found = targets_.find(shape.key);
    return found == targets_.end() ? RelationTarget{} : found->second;
  }

  static std::string ReasonOf(const TypeClash& clash) {
    const auto text = [](const PlacedShape& table) {
      return StrCat("table ", SqlName(table.shape->name), " in source ", table.source);
    };
    const std::string first = clash.first.shape == nullptr ? "every schema" : text(clash.first);
    return StrCat("Found conflicting definitions for \"", clash.type_name,
                  "\".  The definition in ", first, " differs from the the definition in ",
                  text(clash.table),
                  "; a `custom_name` of the table or a prefix in `customization.type_names` keeps "
                  "them apart");
  }

  void IndexCatalog() {
    if (previous_ != nullptr && previous_->catalog == source_.catalog) {
      catalog_index_ = previous_->catalog_index;
    } else {
      auto index = std::make_shared<CatalogIndex>();
      for (const plan::CatalogTable& table : source_.catalog->tables) {
        index->emplace(StrCat(table.name.schema, ".", table.name.name), &table);
      }
      catalog_index_ = std::move(index);
    }
    source_.catalog_index = catalog_index_;
  }

  // Null: reported.
  std::shared_ptr<const TableShape> ShapeOf(const metadata::Table& metadata) {
    const std::string key = StrCat(metadata.table.schema, ".", metadata.table.name);
    const auto catalog = catalog_index_->find(key);
    const plan::CatalogTable* found = catalog == catalog_index_->end() ? nullptr : catalog->second;
    if (previous_ != nullptr && found != nullptr) {
      const auto before = previous_->table_index.find(key);
      if (before != previous_->table_index.end() &&
          builder_.Gives(*before->second->shape, metadata, found)) {
        const TableShape& made = *before->second->shape;
        return made.unlinked != nullptr ? made.unlinked : before->second->shape;
      }
    }
    std::string reason;
    auto shape = builder_.Build(metadata, found, reason);
    if (shape == nullptr) problems_.Add(TableObject(source_, metadata), reason);
    return shape;
  }

  // The shape with the enum tables that its columns take their values from.
  std::shared_ptr<const TableShape> LinkEnums(const std::shared_ptr<const TableShape>& unlinked) {
    const EnumLinks links = EnumLinksOf(*unlinked, [&](const plan::TableName& name) {
      const auto found = by_key_.find(StrCat(name.schema, ".", name.name));
      return found == by_key_.end() ? nullptr : found->second;
    });
    if (links.empty()) return unlinked;
    if (previous_ != nullptr) {
      const auto before = previous_->table_index.find(unlinked->key);
      if (before != previous_->table_index.end()) {
        const std::shared_ptr<const TableShape>& made = before->second->shape;
        if (made->unlinked == unlinked && LinksOf(*made) == links) return made;
      }
    }
    auto linked = std::make_shared<TableShape>(*unlinked);
    linked->unlinked = unlinked;
    for (const auto& [column, target] : links) {
      linked->columns[column].enum_table =
          std::ranges::find(shapes_, target, [](const Collected& one) {
            return one.shape.get();
          })->shape;
    }
    return linked;
  }

  static EnumLinks LinksOf(const TableShape& shape) {
    EnumLinks out;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      if (shape.columns[i].enum_table != nullptr) {
        out.emplace(i, shape.columns[i].enum_table.get());
      }
    }
    return out;
  }

  Source& source_;
  const Source* const previous_;
  Inconsistencies& problems_;
  const ShapeBuilder builder_;
  std::vector<Collected> shapes_;  // Of what is sound, in the order of the document.
  std::shared_ptr<const CatalogIndex> catalog_index_;
  std::unordered_map<std::string_view, const TableShape*> by_key_;
  std::unordered_map<std::string, RelationTarget> targets_;  // By TableShape::key.
};

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

void IndexTypeStems(Graph& graph) {
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      if (!table->in_schema) continue;
      graph.tables_by_type_stem.emplace(table->shape->type_stem, table.get());
    }
  }
}

}  // namespace

void AddSources(Graph& graph, const Graph* previous, Inconsistencies& problems) {
  std::vector<std::unique_ptr<TablesBuilder>> builders;
  std::vector<PlacedShape> shapes;
  for (const metadata::Source& metadata : graph.world->metadata->sources) {
    const std::string problem = SourceProblem(*graph.world, metadata);
    if (!problem.empty()) {
      const auto state = graph.world->sources.find(metadata.name);
      const bool known = state != graph.world->sources.end() && !state->second.detail.empty();
      problems.AddAsIs({.type = "source",
                        .name = StrCat("source ", metadata.name),
                        .reason = StrCat("Inconsistent object: ", problem),
                        .definition = json::Value(metadata.name),
                        .message = known ? json::Value(state->second.detail) : json::Value()});
      continue;
    }
    auto source = std::make_unique<Source>();
    source->metadata = &metadata;
    source->name = metadata.name;
    source->catalog = graph.world->sources.find(metadata.name)->second.catalog;
    const Source* before = previous == nullptr ? nullptr : previous->FindSource(metadata.name);
    SourceNaming naming = NamingOf(metadata, graph.options);
    source->naming = before != nullptr && *before->naming == naming
                         ? before->naming
                         : std::make_shared<const SourceNaming>(std::move(naming));
    builders.push_back(std::make_unique<TablesBuilder>(graph, *source, before, problems));
    builders.back()->CollectShapes(shapes);
    graph.sources.push_back(std::move(source));
  }
  for (const TypeClash& clash : FindTypeClashes(shapes)) {
    for (const auto& builder : builders) builder->LeaveOut(clash);
  }
  for (const auto& builder : builders) builder->MakeTables();
  IndexTypeStems(graph);
}

}  // namespace joinery::planner
