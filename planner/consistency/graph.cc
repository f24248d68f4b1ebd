#include "planner/consistency/graph.h"

#include <algorithm>

namespace joinery::planner {

bool FunctionUse::HasClientArguments() const {
  return std::ranges::any_of(binding.arguments, [](const FunctionArgumentBinding& argument) {
    return argument.kind == FunctionArgumentBinding::Kind::kClient;
  });
}

bool FunctionUse::AllHaveDefaults() const {
  return std::ranges::all_of(binding.arguments, [](const FunctionArgumentBinding& argument) {
    return argument.kind != FunctionArgumentBinding::Kind::kClient || argument.has_default;
  });
}

const Column* Table::FindColumn(std::string_view database_name) const {
  const auto found = shape->column_index.find(database_name);
  return found == shape->column_index.end() ? nullptr : &columns[found->second];
}

const Relationship* Table::FindRelationship(std::string_view wanted) const {
  for (const auto& relationship : relationships) {
    if (relationship->name == wanted) return relationship.get();
  }
  return nullptr;
}

const ComputedField* Table::FindComputedField(std::string_view wanted) const {
  for (const auto& field : computed_fields) {
    if (field->name == wanted) return field.get();
  }
  return nullptr;
}

bool TrackedFunction::VisibleTo(std::string_view role, const SchemaOptions& options) const {
  if (role == "admin") return true;
  if (FindSelect(*returns, role) == nullptr) return false;
  if (roles.contains(role)) return true;
  return !mutation && use.catalog->volatility != 'v' && options.infer_function_permissions;
}

const Table* Source::FindTable(const plan::TableName& table) const {
  const auto found = table_index.find(StrCat(table.schema, ".", table.name));
  return found == table_index.end() ? nullptr : found->second;
}

const Table* Source::FindTable(const Table& table) const {
  const auto found = table_index.find(table.shape->key);
  return found == table_index.end() ? nullptr : found->second;
}

std::vector<const plan::CatalogFunction*> Source::FindFunctions(
    const plan::TableName& function) const {
  std::vector<const plan::CatalogFunction*> out;
  for (const plan::CatalogFunction& candidate : catalog->functions) {
    if (candidate.name == function) out.push_back(&candidate);
  }
  return out;
}

bool RemotePermission::IsPreset(std::string_view owner, std::string_view name) const {
  const auto found = presets.find(owner);
  return found != presets.end() &&
         std::ranges::any_of(found->second,
                             [&](const RemotePreset& preset) { return preset.name == name; });
}

std::string_view RemoteNames::Type(std::string_view upstream) const {
  const auto found = types.find(upstream);
  return found == types.end() ? upstream : std::string_view(found->second);
}

std::string RemoteNames::Field(std::string_view type, std::string_view field) const {
  if (fields.empty()) return std::string(field);
  const auto found = fields.find(StrCat(type, ".", field));
  return found == fields.end() ? std::string(field) : found->second;
}

const Source* Graph::FindSource(std::string_view name) const {
  for (const auto& source : sources) {
    if (source->name == name) return source.get();
  }
  return nullptr;
}

const RemoteSchema* Graph::FindRemoteSchema(std::string_view name) const {
  for (const auto& remote : remote_schemas) {
    if (remote->name == name) return remote.get();
  }
  return nullptr;
}

const SelectPermission* FindSelect(const Table& table, std::string_view role) {
  const TablePermissions::Selects& selects = table.permissions->select;
  const auto found = selects.find(role);
  return found == selects.end() ? nullptr : found->second.permission.get();
}

const WritePermission* FindWrite(const TablePermissions::Writes& writes, std::string_view role) {
  const auto found = writes.find(role);
  return found == writes.end() ? nullptr : found->second.permission.get();
}

SelectPermission AdminSelect(const Table& table) {
  SelectPermission out;
  for (const Column& column : table.columns)
    out.columns.emplace(&column, SelectPermission::Visible{});
  for (const auto& field : table.computed_fields) {
    if (field->target == nullptr)
      out.computed_fields.emplace(field->name, SelectPermission::Visible{});
  }
  out.allow_aggregations = true;
  return out;
}

}  // namespace joinery::planner
