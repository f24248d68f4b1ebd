#include "planner/consistency/changed_roles.h"

#include <algorithm>
#include <vector>

namespace joinery::planner {
namespace {

using Joins = std::vector<std::unique_ptr<RemoteRelationship>>;

bool SameTarget(const RemoteRelationship& a, const RemoteRelationship& b) {
  const auto* table_a = std::get_if<JoinToTable>(&a.target);
  const auto* table_b = std::get_if<JoinToTable>(&b.target);
  if (table_a != nullptr && table_b != nullptr) {
    return table_a->target->shape == table_b->target->shape;
  }
  // Remote schemas that changed are everybody's business.
  return (table_a == nullptr) == (table_b == nullptr);
}

bool SameJoins(const Joins& a, const Joins& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x->name == y->name && SameTarget(*x, *y); });
}

bool SameWritten(const Table& a, const Table& b) {
  const auto& theirs = b.metadata->remote_relationships;
  return std::ranges::equal(
      a.metadata->remote_relationships, theirs,
      [](const auto& x, const auto& y) { return x.definition == y.definition; });
}

// All but permissions.
bool SameTable(const Table& a, const Table& b) {
  return a.shape == b.shape && a.structure == b.structure && SameWritten(a, b) &&
         SameJoins(a.remote_relationships, b.remote_relationships);
}

bool SameFunction(const TrackedFunction& a, const TrackedFunction& b) {
  return a.use.catalog == b.use.catalog && a.metadata->definition == b.metadata->definition &&
         a.roles == b.roles;
}

bool SameRemoteSchema(const RemoteSchema& a, const RemoteSchema& b) {
  return a.upstream == b.upstream && a.metadata->document == b.metadata->document &&
         std::ranges::equal(a.permissions, b.permissions,
                            [](const auto& x, const auto& y) {
                              return x.first == y.first && x.second.text == y.second.text;
                            }) &&
         std::ranges::equal(a.relationships, b.relationships, [](const auto& x, const auto& y) {
           return x.first == y.first && SameJoins(x.second, y.second);
         });
}

bool SameCustomObjects(const Graph& a, const Graph& b) {
  return std::ranges::equal(a.custom_objects, b.custom_objects, [](const auto& x, const auto& y) {
    return x.first == y.first && SameJoins(x.second.relationships, y.second.relationships);
  });
}

bool SameAction(const Action& a, const Action& b) {
  return a.metadata->document == b.metadata->document && a.roles == b.roles;
}

class Comparison {
 public:
  Comparison(const Graph& before, const Graph& after) : before_(before), after_(after) {}

  ChangedRoles Run() {
    out_.all = !SameForAll();
    for (size_t i = 0; !out_.all && i < after_.sources.size(); ++i) {
      Sources(*before_.sources[i], *after_.sources[i]);
    }
    return std::move(out_);
  }

 private:
  bool SameForAll() const {
    const auto same_source = [](const auto& a, const auto& b) {
      return a->name == b->name && a->naming == b->naming &&
             std::ranges::equal(a->functions, b->functions,
                                [](const auto& x, const auto& y) { return SameFunction(*x, *y); });
    };
    // Where several claim a name, who has it depends on all of them.
    return before_.duplicate_root_fields.empty() && after_.duplicate_root_fields.empty() &&
           before_.options == after_.options &&
           std::ranges::equal(before_.sources, after_.sources, same_source) &&
           std::ranges::equal(
               before_.remote_schemas, after_.remote_schemas,
               [](const auto& a, const auto& b) { return SameRemoteSchema(*a, *b); }) &&
           std::ranges::equal(before_.actions, after_.actions, SameAction) &&
           SameCustomObjects(before_, after_) &&
           before_.custom_types_consistent == after_.custom_types_consistent &&
           before_.world->metadata->custom_types.document ==
               after_.world->metadata->custom_types.document;
  }

  void Sources(const Source& before, const Source& after) {
    // Fields stand in the order of the tables.
    std::vector<const Table*> left;
    for (const auto& table : before.tables) {
      if (after.FindTable(*table) != nullptr) {
        left.push_back(table.get());
      } else {
        Everyone(*table);
      }
    }
    size_t position = 0;
    for (const auto& table : after.tables) {
      const Table* known = before.FindTable(*table);
      if (known == nullptr) {
        Everyone(*table);
        continue;
      }
      if (left[position++] != known) {
        out_.all = true;
        return;
      }
      if (!SameTable(*known, *table)) {
        Everyone(*known);
        Everyone(*table);
      } else if (known->permissions != table->permissions) {
        Permissions(*known->permissions, *table->permissions);
      }
    }
  }

  // All who may do something with the table.
  void Everyone(const Table& table) {
    out_.roles.emplace("admin");
    Permissions(*table.permissions, {});
  }

  void Permissions(const TablePermissions& before, const TablePermissions& after) {
    Compare(before.select, after.select);
    Compare(before.insert, after.insert);
    Compare(before.update, after.update);
    Compare(before.remove, after.remove);
  }

  template <typename Granted>
  void Compare(const Granted& before, const Granted& after) {
    const auto differ = [&](const Granted& from, const Granted& other) {
      for (const auto& [role, granted] : from) {
        const auto found = other.find(role);
        const bool same = found != other.end() && found->second.permission == granted.permission;
        if (!same) out_.roles.insert(role);
      }
    };
    differ(before, after);
    differ(after, before);
  }

  const Graph& before_;
  const Graph& after_;
  ChangedRoles out_;
};

}  // namespace

ChangedRoles RolesThatDiffer(const Graph& before, const Graph& after) {
  return Comparison(before, after).Run();
}

}  // namespace joinery::planner
