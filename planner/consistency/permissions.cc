#include <algorithm>

#include "base/strings.h"
#include "planner/consistency/filters.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

constexpr uint32_t kInsertable = 8;
constexpr uint32_t kUpdatable = 4;
constexpr uint32_t kDeletable = 16;

// A permission that cannot be: carried as a text through one table's builder.
class PermissionBuilder {
 public:
  explicit PermissionBuilder(const Table& table) : table_(table) {}

  std::string& error() { return error_; }

  SelectPermission Select(const metadata::SelectPermission& metadata) {
    SelectPermission out;
    for (const Column* column : Columns(metadata.all_columns, metadata.columns)) {
      out.columns.emplace(column, SelectPermission::Visible{});
    }
    for (const std::string& name : metadata.computed_fields) {
      const ComputedField* field = table_.FindComputedField(name);
      if (field == nullptr) {
        Fail(StrCat("computed field \"", name, "\" does not exist"));
      } else if (field->target != nullptr) {
        Fail(StrCat("select permissions on computed field \"", name,
                    "\" are auto-derived from the permissions on its returning table \"",
                    SqlName(field->target->name), "\" and cannot be specified manually"));
      } else {
        out.computed_fields.emplace(field, SelectPermission::Visible{});
      }
    }
    out.filter = Filter(metadata.filter);
    out.limit = metadata.limit;
    out.allow_aggregations = metadata.allow_aggregations;
    out.query_root_fields = Roots(metadata.query_root_fields);
    out.subscription_root_fields = Roots(metadata.subscription_root_fields);
    return out;
  }

  WritePermission Write(const metadata::WritePermission& metadata, uint32_t needed,
                        std::string_view adjective) {
    WritePermission out;
    if ((table_.catalog->updatable & needed) == 0) {
      Fail(StrCat("\"", SqlName(table_.name), "\" is not ", adjective));
      return out;
    }
    for (const Column* column : Columns(metadata.all_columns, metadata.columns)) {
      out.columns.insert(column);
    }
    for (const auto& [name, value] : metadata.set.members()) {
      const Column* column = FindColumn(name);
      if (column == nullptr) continue;
      out.presets.push_back({.column = column, .value = PermissionValue(value)});
      out.columns.erase(column);
    }
    out.filter = Filter(metadata.filter);
    if (!metadata.check.is_null()) out.check = Filter(metadata.check);
    out.backend_only = metadata.backend_only;
    return out;
  }

 private:
  void Fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  const Column* FindColumn(const std::string& name) {
    const Column* column = table_.FindColumn(name);
    if (column == nullptr) Fail(StrCat("column \"", name, "\" does not exist"));
    return column;
  }

  std::vector<const Column*> Columns(bool all, const std::vector<std::string>& names) {
    std::vector<const Column*> out;
    if (all) {
      for (const Column& column : table_.columns) out.push_back(&column);
      return out;
    }
    for (const std::string& name : names) {
      if (const Column* column = FindColumn(name)) out.push_back(column);
    }
    return out;
  }

  std::shared_ptr<const FilterTemplate> Filter(const json::Value& expression) {
    FilterResult result = ParseFilter(expression, table_);
    if (result.filter == nullptr) Fail(std::move(result.error));
    return std::move(result.filter);
  }

  static std::optional<std::set<std::string, std::less<>>> Roots(
      const std::optional<std::vector<std::string>>& names) {
    if (!names) return std::nullopt;
    return std::set<std::string, std::less<>>(names->begin(), names->end());
  }

  const Table& table_;
  std::string error_;
};

InconsistentObject::Member MemberOf(const Table& table, std::string_view type,
                                    const std::string& role, const json::Value& definition) {
  const json::Value* permission = definition.Find("permission");
  const json::Value* comment = definition.Find("comment");
  return {.type = std::string(type),
          .name = StrCat(type, " ", role, " in table ", SqlName(table.name), " in source ",
                         table.source->name),
          .definition = json::Value::Object(
              {{"table", TableJson(table.name)},
               {"source", json::Value(table.source->name)},
               {"role", json::Value(role)},
               {"permission", permission == nullptr ? json::Value() : *permission},
               {"comment", comment == nullptr ? json::Value() : *comment}})};
}

// Adds the permissions of one kind; `build` makes one and leaves its trouble in the builder.
template <typename Metadata, typename Out, typename Build>
void AddKind(Graph& graph, const Table& table, std::string_view type, const Metadata& permissions,
             Out& out, Inconsistencies& problems, const Build& build) {
  for (const auto& one : permissions) {
    PermissionBuilder builder(table);
    if (one.role == "admin") {
      builder.error() = "cannot define permission for admin role";
    }
    auto permission = build(builder, one.permission);
    if (!builder.error().empty()) {
      problems.Add(MemberOf(table, type, one.role, one.definition),
                   StrCat("in table \"", SqlName(table.name), "\": in permission for role \"",
                          one.role, "\": ", builder.error()));
      continue;
    }
    graph.roles.insert(one.role);
    if constexpr (requires { permission.backend_only; }) {
      if (permission.backend_only) graph.backend_roles.insert(one.role);
    }
    out.emplace(one.role, std::move(permission));
  }
}

void AddTablePermissions(Graph& graph, Table& table, Inconsistencies& problems) {
  const metadata::Table& metadata = *table.metadata;
  AddKind(graph, table, "select_permission", metadata.select_permissions, table.select, problems,
          [](PermissionBuilder& builder, const auto& one) { return builder.Select(one); });
  AddKind(graph, table, "insert_permission", metadata.insert_permissions, table.insert, problems,
          [](PermissionBuilder& builder, const auto& one) {
            return builder.Write(one, kInsertable, "insertable");
          });
  AddKind(graph, table, "update_permission", metadata.update_permissions, table.update, problems,
          [](PermissionBuilder& builder, const auto& one) {
            return builder.Write(one, kUpdatable, "updatable");
          });
  AddKind(graph, table, "delete_permission", metadata.delete_permissions, table.remove, problems,
          [](PermissionBuilder& builder, const auto& one) {
            return builder.Write(one, kDeletable, "deletable");
          });
}

void AddFunctionPermissions(Graph& graph, TrackedFunction& function, Inconsistencies& problems) {
  const auto& inherited = graph.world->metadata->inherited_roles;
  for (const std::string& role : function.metadata->roles) {
    const bool is_inherited = std::ranges::any_of(
        inherited, [&](const metadata::InheritedRole& one) { return one.name == role; });
    if (!is_inherited && FindSelect(*function.returns, role) == nullptr) {
      const std::string name = SqlName(function.metadata->function);
      problems.Add(
          {.type = "function_permission",
           .name = StrCat("function_permission ", role, " permission for function ", name,
                          " in source ", function.source->name),
           .definition = json::Value::Object({{"function", TableJson(function.metadata->function)},
                                              {"source", json::Value(function.source->name)},
                                              {"role", json::Value(role)}})},
          StrCat("in function \"", name, "\": in permission for role \"", role,
                 "\": function permission can only be added when the function's return table \"",
                 SqlName(function.returns->name),
                 "\" has select permission configured for role: \"", role, "\""));
      continue;
    }
    function.roles.insert(role);
    graph.roles.insert(role);
  }
}

}  // namespace

void AddPermissions(Graph& graph, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) AddTablePermissions(graph, *table, problems);
    for (const auto& function : source->functions) {
      AddFunctionPermissions(graph, *function, problems);
    }
  }
}

}  // namespace joinery::planner
