#include <algorithm>

#include "base/strings.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/remote_shape.h"
#include "planner/planning/clone.h"

namespace joinery::planner {
namespace {

using SharedFilter = std::shared_ptr<const FilterTemplate>;

bool IsAlways(const SharedFilter& filter) {
  return filter == nullptr || filter->predicate.kind == plan::Predicate::Kind::kTrue;
}

// One predicate of several: null when it always holds.
SharedFilter Combine(plan::Predicate::Kind kind, const std::vector<SharedFilter>& filters) {
  const bool any = kind == plan::Predicate::Kind::kOr;
  auto out = std::make_shared<FilterTemplate>();
  out->predicate.kind = kind;
  for (const SharedFilter& filter : filters) {
    if (IsAlways(filter)) {
      if (any) return nullptr;
      continue;
    }
    const auto offset = static_cast<plan::ParameterIndex>(out->parameters.size());
    out->predicate.children.push_back(
        Clone(filter->predicate, [offset](plan::ParameterIndex index) { return index + offset; }));
    out->parameters.insert(out->parameters.end(), filter->parameters.begin(),
                           filter->parameters.end());
    out->types.insert(out->types.end(), filter->types.begin(), filter->types.end());
  }
  if (out->predicate.children.empty()) return nullptr;
  return out;
}

// What a cell needs to be shown: a parent that has the column, and whose filter passes.
template <typename Cells>
Cells Union(const std::vector<const SelectPermission*>& parents, Cells SelectPermission::*member) {
  Cells out;
  for (const SelectPermission* parent : parents) {
    for (const auto& [key, visible] : parent->*member) out.try_emplace(key);
  }
  for (auto& [key, visible] : out) {
    std::vector<SharedFilter> conditions;
    bool by_all = true;
    for (const SelectPermission* parent : parents) {
      const auto granted = (parent->*member).find(key);
      if (granted == (parent->*member).end()) {
        by_all = false;
        continue;
      }
      if (granted->second.masked) visible.masked = true;
      conditions.push_back(
          Combine(plan::Predicate::Kind::kAnd, {parent->filter, granted->second.if_holds}));
    }
    const bool conditional = std::ranges::any_of(parents, [&](const SelectPermission* parent) {
      const auto granted = (parent->*member).find(key);
      return granted != (parent->*member).end() && granted->second.if_holds != nullptr;
    });
    if (!by_all) visible.masked = true;
    if (!by_all || conditional) {
      visible.if_holds = Combine(plan::Predicate::Kind::kOr, conditions);
    }
  }
  return out;
}

using RootFields = std::optional<std::set<std::string, std::less<>>>;

void Widen(RootFields& fields, const RootFields& more) {
  if (!fields || !more) {
    fields.reset();
  } else {
    fields->insert(more->begin(), more->end());
  }
}

SelectPermission CombineSelects(const std::vector<const SelectPermission*>& parents) {
  SelectPermission out;
  out.columns = Union(parents, &SelectPermission::columns);
  out.computed_fields = Union(parents, &SelectPermission::computed_fields);
  std::vector<SharedFilter> filters;
  out.limit = parents.front()->limit;
  out.query_root_fields = parents.front()->query_root_fields;
  out.subscription_root_fields = parents.front()->subscription_root_fields;
  for (const SelectPermission* parent : parents) {
    filters.push_back(parent->filter);
    out.allow_aggregations = out.allow_aggregations || parent->allow_aggregations;
    if (!parent->limit || !out.limit) {
      out.limit.reset();
    } else {
      out.limit = std::max(*out.limit, *parent->limit);
    }
    Widen(out.query_root_fields, parent->query_root_fields);
    Widen(out.subscription_root_fields, parent->subscription_root_fields);
  }
  out.filter = Combine(plan::Predicate::Kind::kOr, filters);
  return out;
}

// The permissions of one table while roles inherit, each what the ones before it left. What the
// graph before inherited from the same parents is used again.
class InheritingTable {
 public:
  // `previous`: the same table in the graph before, or null. `same_roles`: the roles that inherit
  // are those of the graph before.
  InheritingTable(Table& table, const Table* previous, bool same_roles)
      : table(table), before_(previous == nullptr ? nullptr : previous->permissions.get()) {
    done_ = same_roles && previous != nullptr && previous->own == table.own &&
            previous->permissions->complete;
    if (done_) table.permissions = previous->permissions;
  }

  // All that there is to inherit is known already.
  bool done() const { return done_; }

  const TablePermissions& now() const { return *table.permissions; }

  template <typename P>
  using Kind = std::map<std::string, TablePermissions::Granted<P>, std::less<>> TablePermissions::*;
  template <typename P, typename Make>
  void Inherit(const std::string& role, Kind<P> kind,
               const std::vector<std::shared_ptr<const P>>& parents, const Make& make) {
    TablePermissions::Granted<P> granted;
    granted.parents = parents;
    if (before_ != nullptr) {
      const auto known = (before_->*kind).find(role);
      if (known != (before_->*kind).end() && known->second.parents == parents) {
        granted.permission = known->second.permission;
      }
    }
    if (granted.permission == nullptr) granted.permission = make();
    (Changing().*kind).emplace(role, std::move(granted));
  }
  void MarkIncomplete() { Changing().complete = false; }

  Table& table;

 private:
  TablePermissions& Changing() {
    if (changing_ == nullptr) {
      changing_ = std::make_shared<TablePermissions>(*table.own);
      table.permissions = changing_;
    }
    return *changing_;
  }

  const TablePermissions* const before_;
  std::shared_ptr<TablePermissions> changing_;
  bool done_ = false;
};

class Inheritor {
 public:
  Inheritor(Graph& graph, std::vector<InheritingTable>& tables, const metadata::InheritedRole& role,
            Inconsistencies& problems)
      : graph_(graph), tables_(tables), role_(role), problems_(problems) {}

  void Inherit() {
    for (InheritingTable& table : tables_) {
      if (!table.done()) OfTable(table);
    }
    for (const auto& source : graph_.sources) {
      for (const auto& function : source->functions) InheritMember(function->roles);
    }
    for (Action& action : graph_.actions) InheritMember(action.roles);
    for (const auto& remote : graph_.remote_schemas) OfRemote(*remote);
  }

 private:
  void InheritMember(std::set<std::string, std::less<>>& roles) {
    const bool any = std::ranges::any_of(
        role_.parents, [&](const std::string& parent) { return roles.contains(parent); });
    if (any) roles.insert(role_.name);
  }

  void OfTable(InheritingTable& table) {
    const TablePermissions::Selects& selects = table.now().select;
    if (!selects.contains(role_.name)) {
      std::vector<std::shared_ptr<const SelectPermission>> parents;
      for (const std::string& parent : role_.parents) {
        const auto one = selects.find(parent);
        if (one != selects.end()) parents.push_back(one->second.permission);
      }
      if (!parents.empty()) {
        table.Inherit(role_.name, &TablePermissions::select, parents, [&] {
          std::vector<const SelectPermission*> plain;
          for (const auto& parent : parents) plain.push_back(parent.get());
          return std::make_shared<const SelectPermission>(CombineSelects(plain));
        });
      }
    }
    const metadata::Table& metadata = *table.table.metadata;
    OfWrites(table, "insert", &TablePermissions::insert, metadata.insert_permissions);
    OfWrites(table, "update", &TablePermissions::update, metadata.update_permissions);
    OfWrites(table, "delete", &TablePermissions::remove, metadata.delete_permissions);
  }

  template <typename Written>
  static const json::Value* DefinitionOf(const Written& written, std::string_view role) {
    for (const auto& one : written) {
      if (one.role == role) return one.definition.Find("permission");
    }
    return nullptr;
  }

  template <typename Written>
  void OfWrites(InheritingTable& table, std::string_view kind,
                TablePermissions::Writes TablePermissions::*member, const Written& written) {
    const TablePermissions::Writes& permissions = table.now().*member;
    if (permissions.contains(role_.name)) return;
    std::shared_ptr<const WritePermission> found;
    const json::Value* definition = nullptr;
    for (const std::string& parent : role_.parents) {
      const auto one = permissions.find(parent);
      if (one == permissions.end()) continue;
      const json::Value* theirs = DefinitionOf(written, parent);
      const bool same = found == nullptr ||
                        (definition != nullptr && theirs != nullptr && *definition == *theirs);
      if (!same) {
        const Table& owner = table.table;
        Conflict(StrCat(kind, " permission, table: ", SqlName(owner.name), ", source: '",
                        owner.source->name, "'"),
                 json::Value::Object({{"table", TableJson(owner.name)},
                                      {"source", json::Value(owner.source->name)},
                                      {"permission_type", json::Value(kind)}}));
        table.MarkIncomplete();
        return;
      }
      found = one->second.permission;
      definition = theirs;
    }
    if (found != nullptr) {
      table.Inherit(role_.name, member, {found}, [&] { return found; });
    }
  }

  void OfRemote(RemoteSchema& remote) {
    if (remote.permissions.contains(role_.name)) return;
    const RemotePermission* found = nullptr;
    for (const std::string& parent : role_.parents) {
      const auto one = remote.permissions.find(parent);
      if (one == remote.permissions.end()) continue;
      if (found != nullptr && found->text != one->second.text) {
        Conflict(StrCat("remote schema: '", remote.name, "'"),
                 json::Value::Object({{"remote_schema", json::Value(remote.name)}}));
        return;
      }
      found = &one->second;
    }
    if (found == nullptr) return;
    if (!RoleTypeClash(graph_, role_.name, remote, *found).empty()) {
      Conflict(StrCat("remote schema: '", remote.name, "'"),
               json::Value::Object({{"remote_schema", json::Value(remote.name)}}));
      return;
    }
    remote.permissions.emplace(role_.name, *found);
  }

  void Conflict(std::string_view entity, json::Value definition) {
    problems_.AddAsIs({.type = "inherited role permission inconsistency",
                       .name = role_.name,
                       .reason = StrCat("Could not inherit permission for the role '", role_.name,
                                        "' for the entity: '", entity, "'"),
                       .entity = std::move(definition)});
  }

  Graph& graph_;
  std::vector<InheritingTable>& tables_;
  const metadata::InheritedRole& role_;
  Inconsistencies& problems_;
};

std::vector<InheritingTable> InheritingTables(const Graph& graph, const Graph* previous) {
  const bool same_roles = previous != nullptr && previous->inheritance == graph.inheritance;
  std::vector<InheritingTable> out;
  for (const auto& source : graph.sources) {
    const Source* before = previous == nullptr ? nullptr : previous->FindSource(source->name);
    for (const auto& table : source->tables) {
      out.emplace_back(*table, before == nullptr ? nullptr : before->FindTable(*table), same_roles);
    }
  }
  return out;
}

}  // namespace

void AddInheritedRoles(Graph& graph, const Graph* previous, Inconsistencies& problems) {
  const auto& all = graph.world->metadata->inherited_roles;
  std::vector<const metadata::InheritedRole*> waiting;
  for (const metadata::InheritedRole& role : all) waiting.push_back(&role);
  // Parents first; what is left when nothing moves has no parents, or itself among them.
  const auto known = [&](const std::string& role) {
    return graph.inherited_roles.contains(role) ||
           (graph.roles.contains(role) &&
            std::ranges::none_of(waiting, [&](const auto* one) { return one->name == role; }));
  };
  std::vector<const metadata::InheritedRole*> inheriting;
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < waiting.size(); ++i) {
      const metadata::InheritedRole& role = *waiting[i];
      if (!std::ranges::all_of(role.parents, known)) continue;
      inheriting.push_back(&role);
      graph.inheritance.emplace_back(role.name, role.parents);
      graph.inherited_roles.emplace(role.name, role.parents);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      moved = true;
      break;
    }
  }
  if (!inheriting.empty()) {
    std::vector<InheritingTable> tables = InheritingTables(graph, previous);
    for (const metadata::InheritedRole* role : inheriting) {
      Inheritor(graph, tables, *role, problems).Inherit();
    }
  }
  for (const auto& [name, parents] : graph.inherited_roles) graph.roles.insert(name);
  for (const metadata::InheritedRole* role : waiting) {
    const auto missing = std::ranges::find_if_not(role->parents, known);
    json::Value parents = json::Value::Array();
    for (const std::string& parent : role->parents) parents.Append(json::Value(parent));
    const bool itself = std::ranges::find(role->parents, role->name) != role->parents.end();
    problems.Add(
        {.type = "inherited_role",
         .name = StrCat("inherited_role inherited role ", role->name),
         .definition = json::Value::Object(
             {{"role_name", json::Value(role->name)}, {"role_set", std::move(parents)}})},
        itself
            ? std::string("an inherited role name cannot be in the role combination")
            : StrCat("\"", *missing,
                     "\" not found. An inherited role can only be created out of existing roles"));
  }
}

}  // namespace joinery::planner
