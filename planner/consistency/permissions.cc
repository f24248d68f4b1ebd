#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "json/write.h"
#include "planner/consistency/filters.h"
#include "planner/consistency/literals.h"
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
  // What the filters read so far speak of.
  TablePermissions::Seen TakeSeen() {
    TablePermissions::Seen out;
    for (const Table* table : tables_) out.emplace_back(table->name, table->structure);
    tables_.clear();
    return out;
  }

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
        out.computed_fields.emplace(field->name, SelectPermission::Visible{});
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
      if (std::string fault = LiteralFault(value, column->catalog->type); !fault.empty()) {
        Fail(StrCat("in the preset of \"", name, "\": ", fault));
      }
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
    tables_.merge(result.tables);
    return std::move(result.filter);
  }

  static std::optional<std::set<std::string, std::less<>>> Roots(
      const std::optional<std::vector<std::string>>& names) {
    if (!names) return std::nullopt;
    return std::set<std::string, std::less<>>(names->begin(), names->end());
  }

  const Table& table_;
  std::set<const Table*> tables_;
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

// Whether the tables that filters speak of are what they were.
bool Holds(const Source& source, const TablePermissions::Seen& seen) {
  return std::ranges::all_of(seen, [&](const auto& one) {
    const Table* table = source.FindTable(one.first);
    return table != nullptr && table->structure == one.second;
  });
}

// The permissions on one table. What `previous`, the same table with the same structure in the
// graph before, made from the same text is used again.
class TablePermissionsBuilder {
 public:
  TablePermissionsBuilder(const Table& table, const Table* previous, Inconsistencies& problems)
      : table_(table),
        previous_(previous == nullptr ? nullptr : previous->own.get()),
        problems_(problems) {}

  std::shared_ptr<const TablePermissions> Build() {
    const metadata::Table& metadata = *table_.metadata;
    AddKind("select_permission", metadata.select_permissions, &TablePermissions::select,
            [](PermissionBuilder& builder, const auto& one) { return builder.Select(one); });
    AddWrites("insert_permission", metadata.insert_permissions, &TablePermissions::insert,
              kInsertable, "insertable");
    AddWrites("update_permission", metadata.update_permissions, &TablePermissions::update,
              kUpdatable, "updatable");
    AddWrites("delete_permission", metadata.delete_permissions, &TablePermissions::remove,
              kDeletable, "deletable");
    return std::move(out_);
  }

 private:
  template <typename P>
  using Kind = std::map<std::string, TablePermissions::Granted<P>, std::less<>> TablePermissions::*;

  void AddWrites(std::string_view type,
                 const std::vector<metadata::RolePermission<metadata::WritePermission>>& written,
                 Kind<WritePermission> kind, uint32_t needed, std::string_view adjective) {
    AddKind(type, written, kind, [&](PermissionBuilder& builder, const auto& one) {
      return builder.Write(one, needed, adjective);
    });
  }

  // `build` makes a permission and leaves its trouble in the builder.
  template <typename P, typename Written, typename Build>
  void AddKind(std::string_view type, const Written& written, Kind<P> kind, const Build& build) {
    // Roles that may do the same share it.
    std::unordered_map<std::string, const TablePermissions::Granted<P>*> by_text;
    for (const auto& one : written) {
      const json::Value* found = one.definition.Find("permission");
      const json::Value definition = found == nullptr ? json::Value() : *found;
      const std::string text = json::ToString(definition);
      TablePermissions::Granted<P> granted = Again<P>(one.role, definition, kind);
      const auto same = by_text.find(text);
      if (granted.permission == nullptr && same != by_text.end() && one.role != "admin") {
        granted = *same->second;
      }
      if (granted.permission == nullptr) {
        granted = Made<P>(type, one, definition, build);
        if (granted.permission == nullptr) continue;
      }
      for (const auto& table : granted.seen) {
        if (std::ranges::find(out_->seen, table) == out_->seen.end()) out_->seen.push_back(table);
      }
      const auto [at, fresh] = (*out_.*kind).emplace(one.role, std::move(granted));
      by_text.emplace(text, &at->second);
    }
  }

  // As the graph before had it; without a permission when it is not to be had.
  template <typename P>
  TablePermissions::Granted<P> Again(const std::string& role, const json::Value& definition,
                                     Kind<P> kind) const {
    if (previous_ == nullptr) return {};
    const auto before = (previous_->*kind).find(role);
    const bool same = before != (previous_->*kind).end() &&
                      before->second.definition == definition &&
                      Holds(*table_.source, before->second.seen);
    return same ? before->second : TablePermissions::Granted<P>();
  }

  // Without a permission when it is inconsistent, which is then reported.
  template <typename P, typename One, typename Build>
  TablePermissions::Granted<P> Made(std::string_view type, const One& one,
                                    const json::Value& definition, const Build& build) {
    PermissionBuilder builder(table_);
    if (one.role == "admin") builder.error() = "cannot define permission for admin role";
    P permission = build(builder, *one.permission);
    if (builder.error().empty()) {
      return {.permission = std::make_shared<const P>(std::move(permission)),
              .definition = definition,
              .seen = builder.TakeSeen(),
              .parents = {}};
    }
    out_->complete = false;
    problems_.Add(MemberOf(table_, type, one.role, one.definition),
                  StrCat("in table \"", SqlName(table_.name), "\": in permission for role \"",
                         one.role, "\": ", builder.error()));
    return {};
  }

  const Table& table_;
  const TablePermissions* const previous_;
  Inconsistencies& problems_;
  std::shared_ptr<TablePermissions> out_ = std::make_shared<TablePermissions>();
};

void AddTablePermissions(Table& table, const Table* previous, Inconsistencies& problems) {
  const bool same_structure = previous != nullptr && previous->structure == table.structure;
  const bool same = same_structure && previous->own->complete &&
                    previous->metadata->definition.SharesWith(table.metadata->definition) &&
                    Holds(*table.source, previous->own->seen);
  table.own =
      same ? previous->own
           : TablePermissionsBuilder(table, same_structure ? previous : nullptr, problems).Build();
  table.permissions = table.own;
}

void AddRoles(Graph& graph) {
  std::unordered_set<std::string_view> all;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      const TablePermissions& own = *table->own;
      for (const auto& [role, granted] : own.select) all.insert(role);
      for (const auto* writes : {&own.insert, &own.update, &own.remove}) {
        for (const auto& [role, granted] : *writes) {
          all.insert(role);
          if (granted.permission->backend_only) graph.backend_roles.insert(role);
        }
      }
    }
  }
  graph.roles.insert(all.begin(), all.end());
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

void AddPermissions(Graph& graph, const Graph* previous, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    const Source* before = previous == nullptr ? nullptr : previous->FindSource(source->name);
    for (const auto& table : source->tables) {
      AddTablePermissions(*table, before == nullptr ? nullptr : before->FindTable(*table),
                          problems);
    }
    for (const auto& function : source->functions) {
      AddFunctionPermissions(graph, *function, problems);
    }
  }
  AddRoles(graph);
}

}  // namespace joinery::planner
