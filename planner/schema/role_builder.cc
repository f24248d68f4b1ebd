#include "planner/schema/role_builder.h"

#include <algorithm>

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

constexpr std::string_view kNoQueries =
    "There are no queries available to the current role. Either there are no sources or remote "
    "schemas configured, or the current role doesn't have the required permissions.";

}  // namespace

const ColumnBinding* TableView::Find(const Column* column) const {
  const auto found = std::ranges::find(columns, column);
  return found == columns.end() ? nullptr : &binding->columns[found - columns.begin()];
}

bool TableView::has_order_by() const {
  return has_columns() || std::ranges::any_of(permission->computed_fields, [](const auto& granted) {
           return !granted.first->function.HasClientArguments();
         });
}

bool RootType::Add(const FieldSpec& field) {
  if (!names_.emplace(field.name).second) return false;
  if (!type_) type_ = types_.AddObject(name_);
  types_.AddField(*type_, field);
  return true;
}

RoleBuilder::RoleBuilder(const Graph& graph, const std::string& role, const SchemaOptions& options,
                         bool backend)
    : graph_(graph),
      options_(options),
      is_admin_(role == "admin"),
      backend_(backend),
      schema_(std::make_shared<RoleSchema>()) {
  schema_->role = role;
  int i = 0;
  for (const std::string_view name : {"query_root", "mutation_root", "subscription_root"}) {
    roots_[i++] = std::make_unique<RootType>(types_, std::string(name));
  }
}

uint32_t RoleBuilder::Field(FieldBinding binding) {
  schema_->fields.push_back(std::move(binding));
  return static_cast<uint32_t>(schema_->fields.size() - 1);
}

uint32_t RoleBuilder::Input(InputBinding binding) {
  schema_->inputs.push_back(std::move(binding));
  return static_cast<uint32_t>(schema_->inputs.size() - 1);
}

uint32_t RoleBuilder::EnumColumn(const ColumnBinding* column) {
  schema_->enum_columns.push_back(column);
  return static_cast<uint32_t>(schema_->enum_columns.size() - 1);
}

uint32_t RoleBuilder::EnumName(std::string_view database_name) {
  schema_->enum_names.emplace_back(database_name);
  return static_cast<uint32_t>(schema_->enum_names.size() - 1);
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
    binding->all_columns.emplace(column.name(), column.catalog->type);
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
  schema_->tables.push_back(std::move(binding));
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
                                       const WritePermissions& permissions, Writes& made) {
  const auto [at, fresh] = made.try_emplace(&table, nullptr);
  if (!fresh) return at->second;
  if (!table.in_schema || (table.catalog->updatable & needed) == 0) return nullptr;
  const auto permission = permissions.find(role());
  if (!is_admin_ &&
      (permission == permissions.end() || (permission->second.backend_only && !backend_))) {
    return nullptr;
  }
  auto binding = std::make_unique<WriteBinding>();
  binding->source = table.source->name;
  binding->table = table.name;
  if (!table.columns.empty()) binding->any_column = table.columns.front().name();
  if (!is_admin_) {
    binding->filter = Copy(permission->second.filter.get());
    binding->check = Copy(permission->second.check.get());
    for (const ColumnPreset& preset : permission->second.presets) {
      binding->presets.push_back(
          {preset.column->name(), preset.column->catalog->type, preset.value});
    }
  }
  const TableView* view = View(table);
  if (view != nullptr && view->has_type) binding->row = view->binding;
  schema_->writes.push_back(std::move(binding));
  return made[&table] = schema_->writes.back().get();
}

const WriteBinding* RoleBuilder::Insert(const Table& table) {
  return Write(table, 8, table.insert, inserts_);
}
const WriteBinding* RoleBuilder::Update(const Table& table) {
  return Write(table, 4, table.update, updates_);
}
const WriteBinding* RoleBuilder::Delete(const Table& table) {
  return Write(table, 16, table.remove, deletes_);
}

std::vector<const Column*> RoleBuilder::WritableColumns(const Table& table,
                                                        const WritePermissions& permissions) const {
  const auto permission = permissions.find(role());
  std::vector<const Column*> out;
  for (const Column& column : table.columns) {
    const bool computed = column.catalog->generated || column.catalog->identity_always;
    if (computed || column.graphql_name.empty()) continue;
    const bool granted = is_admin_ || (permission != permissions.end() &&
                                       permission->second.columns.contains(&column));
    if (granted) out.push_back(&column);
  }
  return out;
}

std::vector<const Column*> RoleBuilder::InsertColumns(const Table& table) const {
  return WritableColumns(table, table.insert);
}
std::vector<const Column*> RoleBuilder::UpdateColumns(const Table& table) const {
  return WritableColumns(table, table.update);
}

const FunctionBinding* RoleBuilder::Bind(const FunctionUse& function) {
  const FunctionBinding*& bound = functions_[&function];
  if (bound == nullptr) {
    schema_->functions.push_back(std::make_unique<FunctionBinding>(function.binding));
    bound = schema_->functions.back().get();
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
    const TypeRef type = Type(type_name);
    RootOf(root).Add({.name = field,
                      .type = non_null ? NonNull(type) : type,
                      .binding = Field(NamespaceField{})});
  }
  return *made;
}

std::shared_ptr<const RoleSchema> RoleBuilder::Build() {
  for (const auto& source : graph_.sources) {
    for (const auto& table : source->tables) {
      if (const TableView* view = View(*table)) {
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
      AddTableMutations(*this, *table);
    }
    AddFunctionRoots(*this, *source);
  }
  AddActionFields(*this);
  for (const auto& remote : graph_.remote_schemas) AddRemoteSchemaFields(*this, *remote);
  Finish();
  return schema_;
}

void RoleBuilder::Finish() {
  using graphql::ast::OperationKind;
  if (RootOf(Root::kQuery).empty()) {
    RootOf(Root::kQuery)
        .Add({.name = "no_queries_available",
              .type = NonNull(Type("String")),
              .description = kNoQueries});
  }
  types_.SetRoot(OperationKind::kQuery, "query_root");
  if (!RootOf(Root::kMutation).empty()) types_.SetRoot(OperationKind::kMutation, "mutation_root");
  if (!RootOf(Root::kSubscription).empty()) {
    types_.SetRoot(OperationKind::kSubscription, "subscription_root");
  }
  types_.AddStandardDirectives();
  graphql::SchemaResult result = std::move(types_).Build();
  schema_->schema = std::move(result.schema);
  for (graphql::SchemaError& error : result.errors) {
    schema_->errors.push_back(std::move(error.message));
  }
}

std::shared_ptr<const RoleSchema> BuildRoleSchema(const Graph& graph, const std::string& role,
                                                  const SchemaOptions& options, bool backend) {
  std::shared_ptr<const RoleSchema> built = RoleBuilder(graph, role, options, backend).Build();
  if (built->schema != nullptr) return built;
  // Something in the graph makes no schema. Nothing is better served than half of it.
  Graph nothing;
  World world;
  world.metadata = std::make_shared<metadata::Metadata>();
  nothing.world = std::make_shared<World>(std::move(world));
  auto empty =
      std::const_pointer_cast<RoleSchema>(RoleBuilder(nothing, role, options, backend).Build());
  empty->errors = built->errors;
  return empty;
}

}  // namespace joinery::planner
