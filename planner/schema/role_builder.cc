#include "planner/schema/role_builder.h"

#include <algorithm>
#include <utility>

#include "planner/planning/clone.h"
#include "planner/schema/role_schema.h"

namespace joinery::planner {
namespace {

FilterTemplate Copy(const FilterTemplate* filter) {
  FilterTemplate out;
  if (filter == nullptr) return out;
  out.predicate = Clone(filter->predicate, [](plan::ParameterIndex index) { return index; });
  out.parameters = filter->parameters;
  out.types = filter->types;
  return out;
}

constexpr std::string_view kNoQueriesField = "no_queries_available";
constexpr std::string_view kNoQueries =
    "There are no queries available to the current role. Either there are no sources or remote "
    "schemas configured, or the current role doesn't have the required permissions.";

// A name without underscores and capitals: equal in every naming convention.
std::string PlainName(std::string_view name) {
  std::string out = ToLower(name);
  std::erase(out, '_');
  return out;
}

// Whether a column brings types whose plain name begins as `plain` does.
bool HasColumnOf(const Table& table, std::string_view plain) {
  return std::ranges::any_of(table.columns, [&](const Column& column) {
    if (column.enum_table != nullptr &&
        plain.starts_with(PlainName(column.enum_table->type_stem))) {
      return true;
    }
    return plain.starts_with(PlainName(column.scalar.graphql_name));
  });
}

}  // namespace

const ColumnBinding* TableView::Find(const Column* column) const {
  const auto found = std::ranges::find(columns, column);
  return found == columns.end() ? nullptr : &binding->columns[found - columns.begin()];
}

bool TableView::has_order_by() const {
  return has_columns() ||
         std::ranges::any_of(permission->computed_fields, [this](const auto& granted) {
           const ComputedField* field = table->FindComputedField(granted.first);
           return field != nullptr && !field->function.HasClientArguments();
         });
}

bool RootType::Add(const FieldSpec& field) {
  if (!names_.emplace(field.name).second) return false;
  if (!type_) type_ = types_.AddObject(name_);
  types_.AddField(*type_, field);
  return true;
}

void RootType::Open() {
  type_ = types_.AddObject(name_);
  types_.Open(*type_);
}

RoleBuilder::RoleBuilder(const Graph& graph, const SchemaOptions& options, bool backend,
                         RoleSchema& schema)
    : graph_(graph),
      options_(options),
      is_admin_(schema.role == "admin"),
      backend_(backend),
      schema_(schema) {
  int i = 0;
  for (const std::string_view name : {"query_root", "mutation_root", "subscription_root"}) {
    roots_[i++] = std::make_unique<RootType>(types_, std::string(name));
  }
}

uint32_t RoleBuilder::Field(FieldBinding binding) {
  schema_.fields.push_back(std::move(binding));
  return static_cast<uint32_t>(schema_.fields.size() - 1);
}

uint32_t RoleBuilder::Input(InputBinding binding) {
  schema_.inputs.push_back(std::move(binding));
  return static_cast<uint32_t>(schema_.inputs.size() - 1);
}

uint32_t RoleBuilder::EnumColumn(const ColumnBinding* column) {
  schema_.enum_columns.push_back(column);
  return static_cast<uint32_t>(schema_.enum_columns.size() - 1);
}

uint32_t RoleBuilder::EnumName(std::string_view database_name) {
  schema_.enum_names.emplace_back(database_name);
  return static_cast<uint32_t>(schema_.enum_names.size() - 1);
}

bool RoleBuilder::Claim(std::string_view type_name) {
  if (types_.Find(type_name)) return false;
  return claimed_.emplace(type_name).second;
}

const TableView* RoleBuilder::View(const Table& table) {
  const auto [at, fresh] = views_.try_emplace(&table);
  if (!fresh) return at->second.get();
  std::unique_ptr<TableView> view = MakeView(table);
  TableView* made = view.get();
  views_[&table] = std::move(view);
  // Asks for other views, so it comes after this one is known.
  if (made != nullptr) made->has_type = HasFields(*made);
  return made;
}

std::unique_ptr<TableView> RoleBuilder::MakeView(const Table& table) {
  if (!table.in_schema) return nullptr;
  const SelectPermission* permission = nullptr;
  if (is_admin_) {
    admin_permissions_.push_back(std::make_unique<SelectPermission>(AdminSelect(table)));
    permission = admin_permissions_.back().get();
  } else {
    permission = FindSelect(table, role());
  }
  if (permission == nullptr) return nullptr;
  auto view = std::make_unique<TableView>();
  view->table = &table;
  view->permission = permission;
  auto binding = std::make_unique<TableBinding>();
  binding->source = table.source->name;
  binding->table = table.name;
  binding->type_name = table.type_name;
  if (table.catalog->primary_key) binding->primary_key = table.catalog->primary_key->columns;
  binding->filter = Copy(permission->filter.get());
  binding->limit = permission->limit;
  binding->allow_aggregations = permission->allow_aggregations;
  for (const Column& column : table.columns) {
    const auto granted = permission->columns.find(&column);
    if (granted == permission->columns.end() || column.graphql_name.empty()) continue;
    ColumnBinding bound;
    bound.name = column.name();
    bound.graphql_name = column.graphql_name;
    bound.type = column.catalog->type;
    bound.form = column.scalar.form;
    bound.is_json = column.scalar.is_json();
    bound.nullable = column.catalog->nullable || granted->second.masked;
    if (granted->second.if_holds) {
      bound.visible_if = std::make_unique<FilterTemplate>(Copy(granted->second.if_holds.get()));
    }
    binding->columns.push_back(std::move(bound));
    view->columns.push_back(&column);
  }
  view->binding = binding.get();
  schema_.tables.push_back(std::move(binding));
  return view;
}

// A table may be reached by relationships alone: any that leads to a table with columns will do.
bool RoleBuilder::HasFields(const TableView& view) {
  if (view.has_columns() || !view.permission->computed_fields.empty()) return true;
  for (const auto& relationship : view.table->relationships) {
    const TableView* target = View(*relationship->target);
    if (target != nullptr && target->has_columns()) return true;
  }
  return false;
}

const WriteBinding* RoleBuilder::Write(const Table& table, uint32_t needed,
                                       const TablePermissions::Writes& permissions, Writes& made) {
  const auto [at, fresh] = made.try_emplace(&table, nullptr);
  if (!fresh) return at->second;
  if (!table.in_schema || (table.catalog->updatable & needed) == 0) return nullptr;
  const WritePermission* permission = FindWrite(permissions, role());
  if (!is_admin_ && (permission == nullptr || (permission->backend_only && !backend_))) {
    return nullptr;
  }
  auto binding = std::make_unique<WriteBinding>();
  binding->source = table.source->name;
  binding->table = table.name;
  if (!table.columns.empty()) binding->any_column = table.columns.front().name();
  if (!is_admin_) {
    binding->filter = Copy(permission->filter.get());
    binding->check = Copy(permission->check.get());
    for (const ColumnPreset& preset : permission->presets) {
      binding->presets.push_back(
          {preset.column->name(), preset.column->catalog->type, preset.value});
    }
  }
  const TableView* view = View(table);
  if (view != nullptr && view->has_type) binding->row = view->binding;
  schema_.writes.push_back(std::move(binding));
  return made[&table] = schema_.writes.back().get();
}

const WriteBinding* RoleBuilder::Insert(const Table& table) {
  return Write(table, 8, table.permissions->insert, inserts_);
}
const WriteBinding* RoleBuilder::Update(const Table& table) {
  return Write(table, 4, table.permissions->update, updates_);
}
const WriteBinding* RoleBuilder::Delete(const Table& table) {
  return Write(table, 16, table.permissions->remove, deletes_);
}

std::vector<const Column*> RoleBuilder::WritableColumns(
    const Table& table, const TablePermissions::Writes& permissions) const {
  const WritePermission* permission = FindWrite(permissions, role());
  std::vector<const Column*> out;
  for (const Column& column : table.columns) {
    if (!IsWritable(column) || column.graphql_name.empty()) continue;
    const bool granted =
        is_admin_ || (permission != nullptr && permission->columns.contains(&column));
    if (granted) out.push_back(&column);
  }
  return out;
}

std::vector<const Column*> RoleBuilder::InsertColumns(const Table& table) const {
  return WritableColumns(table, table.permissions->insert);
}
std::vector<const Column*> RoleBuilder::UpdateColumns(const Table& table) const {
  return WritableColumns(table, table.permissions->update);
}

const FunctionBinding* RoleBuilder::Bind(const FunctionUse& function) {
  const FunctionBinding*& bound = functions_[&function];
  if (bound == nullptr) {
    schema_.functions.push_back(std::make_unique<FunctionBinding>(function.binding));
    bound = schema_.functions.back().get();
  }
  return bound;
}

RootType& RoleBuilder::RootOf(Root root, const SourceNaming& naming) {
  if (naming.root_namespace.empty()) return RootOf(root);
  static constexpr std::string_view kKinds[] = {"query", "mutation", "subscription"};
  const Identifier name = Identifier::Custom(naming.root_namespace);
  return Namespace(root, naming.root_namespace, naming.Type(name, kKinds[static_cast<int>(root)]),
                   true);
}

RootType& RoleBuilder::Namespace(Root root, std::string_view field, std::string_view type_name,
                                 bool non_null) {
  std::unique_ptr<RootType>& made = namespaces_[StrCat(RootOf(root).name(), ".", field)];
  if (made == nullptr) {
    made = std::make_unique<RootType>(types_, std::string(type_name));
    if (as_needed_) {
      made->Open();
      namespace_types_.emplace(type_name, std::pair(root, std::string(field)));
    }
    const TypeRef type = Type(type_name);
    RootOf(root).Add({.name = field,
                      .type = non_null ? NonNull(type) : type,
                      .binding = Field(NamespaceField{})});
  }
  return *made;
}

void RoleBuilder::AddTable(const Table& table) {
  if (!added_.insert(&table).second) return;
  if (const TableView* view = View(table)) {
    if (view->has_type) {
      AddTableType(*this, *view);
      AddBoolExp(*this, *view);
      AddOrderBy(*this, *view);
      AddAggregateOrderBy(*this, *view);
    }
    AddSelectColumns(*this, *view);
    AddAggregateTypes(*this, *view);
    AddTableRoots(*this, *view);
  }
  AddTableMutations(*this, table);
}

void RoleBuilder::AddFunction(const TrackedFunction& function) {
  if (added_.insert(&function).second) AddFunctionRoots(*this, function);
}

void RoleBuilder::AddActions() {
  if (!std::exchange(has_actions_, true)) AddActionFields(*this);
}

void RoleBuilder::AddRemoteSchemas() {
  if (std::exchange(has_remote_schemas_, true)) return;
  for (const auto& remote : graph_.remote_schemas) AddRemoteSchemaFields(*this, *remote);
}

template <typename There, typename Relevant>
void RoleBuilder::AddUntil(const There& there, const Relevant& relevant) {
  for (const auto& source : graph_.sources) {
    for (const auto& table : source->tables) {
      if (there()) return;
      if (relevant(*table)) AddTable(*table);
    }
    for (const auto& function : source->functions) {
      if (!there() && relevant(*function->returns)) AddFunction(*function);
    }
  }
  if (!there()) AddActions();
  if (!there()) AddRemoteSchemas();
}

void RoleBuilder::AddAll() {
  AddUntil([] { return false; }, [](const Table&) { return true; });
}

void RoleBuilder::Build() {
  AddAll();
  Finish();
}

void RoleBuilder::BuildAsNeeded() {
  as_needed_ = true;
  for (const Root root : {Root::kQuery, Root::kMutation, Root::kSubscription}) {
    types_.SetRoot(static_cast<graphql::ast::OperationKind>(root), RootOf(root).name());
  }
  schema_.schema = types_.BuildAsNeeded(*this);
  for (const auto& root : roots_) root->Open();
  // Who is first with a name is known once all are there.
  if (!graph_.duplicate_root_fields.empty()) AddAll();
}

void RoleBuilder::AddType(std::string_view name) {
  const auto there = [&] { return types_.Find(name).has_value(); };
  for (const Table* table : PossibleTypeOwners(graph_, name)) {
    if (there()) break;
    AddTable(*table);
  }
  // Types of namespaces come with what is in them.
  for (const auto& source : graph_.sources) {
    const std::string& space = source->naming->root_namespace;
    if (space.empty() || there()) continue;
    if (!name.starts_with(source->naming->TypeStem(Identifier::Custom(space)))) continue;
    AddUntil(there, [&](const Table& table) { return table.source == source.get(); });
  }
  // Scalars, enums and what compares them come with a column; arguments with what takes them.
  const std::string plain = PlainName(name);
  if (!there()) {
    AddUntil(there, [&](const Table& table) { return HasColumnOf(table, plain); });
  }
  const bool may_be_anywhere = IsKnownScalar(name) || plain.ends_with("orderby") ||
                               plain.ends_with("args") || plain.ends_with("comparisonexp") ||
                               plain.ends_with("castexp") || plain.starts_with("st") ||
                               plain.find("remoterel") != plain.npos;
  if (!there() && may_be_anywhere) AddUntil(there, [](const Table&) { return true; });
}

void RoleBuilder::AddField(std::string_view owner, std::string_view name) {
  const auto space = namespace_types_.find(owner);
  const bool inside = space != namespace_types_.end();
  const Root root = inside                                    ? space->second.first
                    : owner == RootOf(Root::kMutation).name() ? Root::kMutation
                    : owner == RootOf(Root::kQuery).name()    ? Root::kQuery
                                                              : Root::kSubscription;
  const auto& owners = root == Root::kMutation ? graph_.mutation_roots : graph_.query_roots;
  const auto found =
      inside ? owners.find(StrCat(space->second.second, ".", name)) : owners.find(name);
  if (found != owners.end()) {
    const RootOwner& has = found->second;
    if (has.table != nullptr) AddTable(*has.table);
    if (has.function != nullptr) AddFunction(*has.function);
  }
  if (inside || RootOf(root).Has(name)) return;
  const auto is_there = [&] { return RootOf(root).Has(name); };
  const bool is_namespace = std::ranges::any_of(
      graph_.sources, [&](const auto& source) { return source->naming->root_namespace == name; });
  if (is_namespace) {
    return AddUntil(
        is_there, [&](const Table& table) { return table.source->naming->root_namespace == name; });
  }
  AddActions();
  if (!is_there()) AddRemoteSchemas();
  if (name == kNoQueriesField && root == Root::kQuery) {
    AddUntil([&] { return !RootOf(root).empty(); }, [](const Table&) { return true; });
    AddNoQueries();
  }
}

bool RoleBuilder::MayWrite(const Table& table) const {
  const TablePermissions& all = *table.permissions;
  return is_admin_ || FindWrite(all.insert, role()) != nullptr ||
         FindWrite(all.update, role()) != nullptr || FindWrite(all.remove, role()) != nullptr;
}

bool RoleBuilder::HasRoot(graphql::ast::OperationKind kind) {
  const auto root = static_cast<Root>(kind);
  const auto there = [&] { return !RootOf(root).empty(); };
  AddUntil(there, [&](const Table& table) {
    if (root == Root::kMutation && MayWrite(table)) return true;
    return root != Root::kMutation && (is_admin_ || FindSelect(table, role()) != nullptr);
  });
  // Functions may write what the role only reads.
  for (const auto& source : graph_.sources) {
    for (const auto& function : source->functions) {
      if (!there() && function->mutation) AddFunction(*function);
    }
  }
  return there();
}

void RoleBuilder::AddNoQueries() {
  if (!RootOf(Root::kQuery).empty()) return;
  RootOf(Root::kQuery)
      .Add({.name = kNoQueriesField, .type = NonNull(Type("String")), .description = kNoQueries});
}

void RoleBuilder::Finish() {
  using graphql::ast::OperationKind;
  AddNoQueries();
  types_.SetRoot(OperationKind::kQuery, "query_root");
  if (!RootOf(Root::kMutation).empty()) types_.SetRoot(OperationKind::kMutation, "mutation_root");
  if (!RootOf(Root::kSubscription).empty()) {
    types_.SetRoot(OperationKind::kSubscription, "subscription_root");
  }
  types_.AddStandardDirectives();
  graphql::SchemaResult result = std::move(types_).Build();
  schema_.schema = std::move(result.schema);
  for (graphql::SchemaError& error : result.errors) {
    schema_.errors.push_back(std::move(error.message));
  }
}

std::shared_ptr<const RoleSchema> BuildRoleSchema(const Graph& graph, const std::string& role,
                                                  const SchemaOptions& options, bool backend) {
  const auto build = [&](const Graph& from) {
    auto schema = std::make_shared<RoleSchema>();
    schema->role = role;
    RoleBuilder(from, options, backend, *schema).Build();
    return schema;
  };
  std::shared_ptr<RoleSchema> built = build(graph);
  if (built->schema != nullptr) return built;
  // Something in the graph makes no schema. Nothing is better served than half of it.
  Graph nothing;
  World world;
  world.metadata = std::make_shared<metadata::Metadata>();
  nothing.world = std::make_shared<World>(std::move(world));
  std::shared_ptr<RoleSchema> empty = build(nothing);
  empty->errors = built->errors;
  return empty;
}

std::shared_ptr<const RoleSchema> OpenRoleSchema(std::shared_ptr<const Graph> graph,
                                                 const std::string& role, bool backend) {
  struct Opened {
    std::shared_ptr<const Graph> graph;
    RoleSchema schema;
    std::optional<RoleBuilder> builder;
  };
  auto opened = std::make_shared<Opened>();
  opened->graph = std::move(graph);
  opened->schema.role = role;
  const Graph& from = *opened->graph;
  opened->builder.emplace(from, from.options, backend, opened->schema).BuildAsNeeded();
  return {opened, &opened->schema};
}

}  // namespace joinery::planner
