#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/strings.h"
#include "graphql/type_system.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/remote_shape.h"
#include "planner/consistency/table_types.h"

namespace joinery::planner {
namespace {

// Where a custom root field stands in for the name that a table or function has by itself.
RootName NameOf(const std::map<std::string, metadata::RootFieldConfig, std::less<>>& configured,
                std::string_view key, const SourceNaming& naming, const Identifier& fallback,
                bool mutation) {
  const auto config = configured.find(key);
  const bool custom = config != configured.end() && !config->second.name.empty();
  RootName out{.mutation = mutation,
               .name = naming.Root(custom ? config->second.name : naming.Field(fallback))};
  const std::string& space = naming.root_namespace;
  out.qualified = space.empty() ? out.name : StrCat(space, ".", out.name);
  return out;
}

std::string TableText(const TableShape& table, const Source& source) {
  return StrCat("table ", table.key, " in source ", source.name);
}

std::string OwnerText(const RootOwner& owner) {
  if (owner.table != nullptr) return TableText(*owner.table->shape, *owner.table->source);
  if (owner.function != nullptr) {
    return StrCat("function ", SqlName(owner.function->metadata->function), " in source ",
                  owner.function->source->name);
  }
  return StrCat("action ", owner.action->metadata->name);
}

// Gives each root field to the first who claims it.
class RootClaims {
 public:
  explicit RootClaims(Graph& graph) : graph_(graph) {}

  void Collect() {
    for (const auto& source : graph_.sources) {
      for (const auto& table : source->tables) {
        if (!table->in_schema) continue;
        for (const RootName& root : table->shape->roots) {
          Claim(root.mutation, root.qualified, root.name, {.table = table.get()});
        }
      }
    }
    for (const auto& source : graph_.sources) {
      for (const auto& function : source->functions) {
        for (const RootName& root : function->roots) {
          Claim(root.mutation, root.qualified, root.qualified, {.function = function.get()});
        }
      }
    }
    for (const Action& action : graph_.actions) {
      Claim(!action.metadata->query, action.metadata->name, action.metadata->name,
            {.action = &action});
    }
    for (const auto& source : graph_.sources) TellClashes(*source);
  }

 private:
  void Claim(bool mutation, std::string_view qualified, std::string_view shown,
             const RootOwner& owner) {
    const auto [at, fresh] =
        (mutation ? graph_.mutation_roots : graph_.query_roots).emplace(qualified, owner);
    if (!fresh) Tell(mutation, shown, at->second, OwnerText(owner));
  }

  void TellClashes(const Source& source) {
    for (const auto& table : source.clashing) {
      for (const RootName& root : table->roots) {
        const auto& roots = root.mutation ? graph_.mutation_roots : graph_.query_roots;
        const auto first = roots.find(root.qualified);
        if (first == roots.end()) continue;
        Tell(root.mutation, root.name, first->second, TableText(*table, source));
      }
    }
  }

  void Tell(bool mutation, std::string_view shown, const RootOwner& first,
            const std::string& second) {
    graph_.duplicate_root_fields.push_back(
        StrCat("Encountered conflicting definitions in the selection set for '",
               mutation ? "mutation_root" : "query_root", "' for field '", shown, "' defined in [",
               OwnerText(first), ", ", second,
               "]. Fields must not be defined more than once across all sources."));
  }

  Graph& graph_;
};

// Of a type that others may share because it has columns alone: its fields, as "name:Type".
using PlainFields = std::optional<std::set<std::string>>;
using TypeNames = std::map<std::string, PlainFields, std::less<>>;

PlainFields FieldsOf(const Table& table) {
  if (!table.relationships.empty() || !table.computed_fields.empty() ||
      !table.metadata->remote_relationships.empty()) {
    return std::nullopt;
  }
  std::set<std::string> fields;
  for (const Column& column : table.columns) {
    if (column.scalar.is_json()) return std::nullopt;  // Takes an argument.
    const std::string_view item = column.scalar.graphql_name;
    fields.insert(StrCat(column.graphql_name, ":",
                         column.scalar.is_array ? StrCat("[", item, "]") : std::string(item),
                         column.catalog->nullable ? "" : "!"));
  }
  return fields;
}

bool HasFields(const graphql::NamedType& type, const PlainFields& fields) {
  if (!fields || type.AsObject() == nullptr || type.fields().size() != fields->size()) return false;
  return std::ranges::all_of(type.fields(), [&](const graphql::FieldDefinition& field) {
    return field.arguments.empty() &&
           fields->contains(StrCat(field.name, ":", graphql::TypeRefToString(field.type)));
  });
}

// Rows of tables, roots and what actions put into the schema, by name. Scalars and what is the same
// in every Hasura are shared by all.
TypeNames OwnTypes(const Graph& graph) {
  TypeNames names;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) names.emplace(table->type_name, FieldsOf(*table));
  }
  for (const std::string_view root : {"query_root", "mutation_root", "subscription_root"}) {
    names.emplace(root, std::nullopt);
  }
  const metadata::CustomTypes& custom = graph.world->metadata->custom_types;
  if (graph.custom_types_consistent) {
    for (const auto& one : custom.objects) names.emplace(one.name, std::nullopt);
    for (const auto& one : custom.input_objects) names.emplace(one.name, std::nullopt);
    for (const auto& one : custom.enums) names.emplace(one.name, std::nullopt);
  }
  return names;
}

// Texts of remote types as clients see them, to tell equal definitions from different ones.
class TypeTexts {
 public:
  // A type of `remote` that differs from one of the same name; empty: none. The root types of a
  // namespaced schema get out of the way.
  std::string Conflict(RemoteSchema& remote, const Graph& graph, const TypeNames& own_types) {
    std::map<std::string, std::string, std::less<>> fresh;
    for (const graphql::NamedType* type : remote.upstream->types()) {
      if (type->is_introspection || type->is_standard_scalar) continue;
      if (remote.hidden_roots.contains(type->name)) continue;
      std::string text = ShapeOf(*type);
      std::string other = Taken(remote, *type, text, graph, own_types);
      if (!other.empty() && IsRoot(remote, *type) && !remote.names.root_namespace.empty()) {
        remote.names.types[std::string(type->name)] =
            StrCat(remote.names.root_namespace, "_", remote.names.Type(type->name));
        other = Taken(remote, *type, text, graph, own_types);
      }
      const std::string name(remote.names.Type(type->name));
      if (!other.empty()) return Text(name, remote.name, other);
      fresh.emplace(name, std::move(text));
    }
    for (auto& [name, text] : fresh) texts_.emplace(name, std::pair(std::move(text), remote.name));
    return {};
  }

 private:
  static std::string Text(std::string_view name, std::string_view remote, std::string_view other) {
    return StrCat("Found conflicting definitions for \"", name, "\".  The definition in ", other,
                  " differs from the the definition in remote schema \"", remote,
                  "\"; a prefix in `customization.type_names` keeps them apart");
  }

  static bool IsRoot(const RemoteSchema& remote, const graphql::NamedType& type) {
    return &type == remote.upstream->query() || &type == remote.upstream->mutation() ||
           &type == remote.upstream->subscription();
  }

  // Who has a different type of that name; empty: nobody.
  std::string Taken(const RemoteSchema& remote, const graphql::NamedType& type,
                    const std::string& text, const Graph& graph, const TypeNames& own_types) const {
    const std::string_view name = remote.names.Type(type.name);
    const auto own = own_types.find(name);
    const bool differs =
        own != own_types.end() ? !HasFields(type, own->second) : IsTableType(graph, name);
    if (type.kind != graphql::TypeKind::kScalar && differs) {
      return "the tables and actions of this engine";
    }
    const auto known = texts_.find(name);
    if (known == texts_.end() || known->second.first == text) return {};
    return StrCat("remote schema \"", known->second.second, "\"");
  }

  // Name → shape, and the remote schema that has it.
  std::map<std::string, std::pair<std::string, std::string>, std::less<>> texts_;
};

// Why the remote schema cannot stand beside what is there; its fields are claimed when it can.
std::string RootProblem(const RemoteSchema& remote, const Graph& graph,
                        std::set<std::string, std::less<>>& remote_fields) {
  std::vector<std::string> names;
  const auto check = [&](const graphql::ObjectType* root, const auto& of,
                         std::string_view prefix) -> std::string {
    if (root == nullptr) return {};
    std::vector<std::string> fields;
    if (!remote.names.root_namespace.empty()) {
      fields.push_back(remote.names.root_namespace);
    } else {
      for (const graphql::FieldDefinition& field : root->field_list) {
        fields.push_back(remote.names.Field(root->name, field.name));
      }
    }
    for (const std::string& field : fields) {
      if (remote_fields.contains(StrCat(prefix, field))) {
        return StrCat("Duplicate remote field '", field, "'");
      }
      if (of.contains(field)) {
        return StrCat("Field cannot be overwritten by remote field '", field, "'");
      }
      names.push_back(StrCat(prefix, field));
    }
    return {};
  };
  std::string problem = check(remote.upstream->query(), graph.query_roots, "query ");
  if (problem.empty())
    problem = check(remote.upstream->mutation(), graph.mutation_roots, "mutation ");
  if (problem.empty()) remote_fields.insert(names.begin(), names.end());
  return problem;
}

}  // namespace

std::vector<RootName> RootNamesOf(const TableShape& shape, const metadata::Table& metadata) {
  std::vector<RootName> out;
  const Identifier& id = shape.identifier;
  const auto add = [&](std::string_view key, const Identifier& fallback, bool mutation) {
    out.push_back(NameOf(metadata.custom_root_fields, key, *shape.naming, fallback, mutation));
  };
  const auto mutation = [&](std::string_view verb, std::string_view ending) {
    const Identifier name = id.Prefixed(Identifier::Custom(verb));
    const bool plain = ending.empty();
    add(plain ? std::string(verb) : StrCat(verb, "_", ending), plain ? name : name.Then(ending),
        true);
  };
  const bool has_key = shape.catalog->primary_key.has_value();
  add("select", id, false);
  add("select_aggregate", id.Then("aggregate"), false);
  if (has_key) add("select_by_pk", id.Then("by_pk"), false);
  if ((shape.catalog->updatable & 8) != 0) {
    mutation("insert", "");
    mutation("insert", "one");
  }
  if ((shape.catalog->updatable & 4) != 0) {
    mutation("update", "");
    mutation("update", "many");
    if (has_key) mutation("update", "by_pk");
  }
  if ((shape.catalog->updatable & 16) != 0) {
    mutation("delete", "");
    if (has_key) mutation("delete", "by_pk");
  }
  return out;
}

std::vector<RootName> RootNamesOf(const TrackedFunction& function) {
  const auto name = [&](std::string_view key, const Identifier& fallback) {
    return NameOf(function.metadata->custom_root_fields, key, *function.source->naming, fallback,
                  function.mutation);
  };
  return {name("function", function.identifier),
          name("function_aggregate", function.identifier.Then("aggregate"))};
}

void CheckRootFields(Graph& graph, Inconsistencies& problems) {
  RootClaims(graph).Collect();
  if (graph.remote_schemas.empty()) return;
  const TypeNames own_types = OwnTypes(graph);
  TypeTexts texts;
  std::set<std::string, std::less<>> remote_fields;
  std::erase_if(graph.remote_schemas, [&](const std::unique_ptr<RemoteSchema>& remote) {
    std::string reason = RootProblem(*remote, graph, remote_fields);
    if (reason.empty()) reason = texts.Conflict(*remote, graph, own_types);
    if (reason.empty()) return false;
    problems.Add(RemoteSchemaMember(*remote->metadata), reason);
    return true;
  });
}

}  // namespace joinery::planner
