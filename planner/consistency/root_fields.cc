#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "graphql/type_system.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

using Claims = std::map<std::string, std::string, std::less<>>;  // Field → who has it.

struct RootClaims {
  Claims query, mutation;
};

constexpr std::string_view kTableTypeSuffixes[] = {
    "",
    "bool_exp",
    "order_by",
    "select_column",
    "aggregate",
    "aggregate_fields",
    "aggregate_order_by",
    "enum",
    "mutation_response",
    "insert_input",
    "set_input",
    "on_conflict",
    "constraint",
    "update_column",
    "pk_columns_input",
};

// What one table puts on the roots, admin's view.
class TableClaims {
 public:
  TableClaims(const Table& table, RootClaims& claims, std::vector<std::string>& duplicates)
      : table_(table),
        claims_(claims),
        duplicates_(duplicates),
        owner_(StrCat("table ", table.name.schema, ".", table.name.name, " in source ",
                      table.source->name)) {}

  void Collect() {
    const Identifier& id = table_.identifier;
    Query("select", id);
    Query("select_aggregate", id.Then("aggregate"));
    if (table_.catalog->primary_key) Query("select_by_pk", id.Then("by_pk"));
    const auto verb = [](std::string_view text) { return Identifier::Custom(text); };
    if ((table_.catalog->updatable & 8) != 0) {
      Mutation("insert", id.Prefixed(verb("insert")));
      Mutation("insert_one", id.Prefixed(verb("insert")).Then("one"));
    }
    if ((table_.catalog->updatable & 4) != 0) Mutation("update", id.Prefixed(verb("update")));
    if ((table_.catalog->updatable & 16) != 0) Mutation("delete", id.Prefixed(verb("delete")));
  }

 private:
  std::string Name(std::string_view key, const Identifier& fallback) const {
    const SourceNaming& naming = table_.source->naming;
    const auto config = table_.metadata->custom_root_fields.find(key);
    const bool custom =
        config != table_.metadata->custom_root_fields.end() && !config->second.name.empty();
    return naming.Root(custom ? config->second.name : naming.Field(fallback));
  }
  void Claim(Claims& claims, std::string_view root, std::string name) {
    const std::string& space = table_.source->naming.root_namespace;
    const std::string key = space.empty() ? name : StrCat(space, ".", name);
    const auto [at, fresh] = claims.emplace(key, owner_);
    if (fresh) return;
    duplicates_.push_back(
        StrCat("Encountered conflicting definitions in the selection set for '", root,
               "' for field '", name, "' defined in [", at->second, ", ", owner_,
               "]. Fields must not be defined more than once across all sources."));
  }
  void Query(std::string_view key, const Identifier& fallback) {
    Claim(claims_.query, "query_root", Name(key, fallback));
  }
  void Mutation(std::string_view key, const Identifier& fallback) {
    Claim(claims_.mutation, "mutation_root", Name(key, fallback));
  }

  const Table& table_;
  RootClaims& claims_;
  std::vector<std::string>& duplicates_;
  const std::string owner_;
};

void CollectOthers(const Graph& graph, RootClaims& claims, std::vector<std::string>& duplicates) {
  const auto claim = [&](Claims& of, std::string_view root, const std::string& name,
                         const std::string& owner) {
    const auto [at, fresh] = of.emplace(name, owner);
    if (fresh) return;
    duplicates.push_back(
        StrCat("Encountered conflicting definitions in the selection set for '", root,
               "' for field '", name, "' defined in [", at->second, ", ", owner,
               "]. Fields must not be defined more than once across all sources."));
  };
  for (const auto& source : graph.sources) {
    for (const auto& function : source->functions) {
      const auto config = function->metadata->custom_root_fields.find("function");
      const bool custom =
          config != function->metadata->custom_root_fields.end() && !config->second.name.empty();
      std::string name = source->naming.Root(custom ? config->second.name
                                                    : source->naming.Field(function->identifier));
      if (!source->naming.root_namespace.empty()) {
        name = StrCat(source->naming.root_namespace, ".", name);
      }
      claim(
          function->mutation ? claims.mutation : claims.query,
          function->mutation ? "mutation_root" : "query_root", name,
          StrCat("function ", SqlName(function->metadata->function), " in source ", source->name));
    }
  }
  for (const Action& action : graph.actions) {
    const bool query = action.metadata->query;
    claim(query ? claims.query : claims.mutation, query ? "query_root" : "mutation_root",
          action.metadata->name, StrCat("action ", action.metadata->name));
  }
}

// Types that tables and actions put into the schema, by name. Scalars and what is the same in every
// Hasura are shared by all.
std::set<std::string, std::less<>> OwnTypes(const Graph& graph) {
  std::set<std::string, std::less<>> names = TableTypeNames(graph);
  for (const std::string_view root : {"query_root", "mutation_root", "subscription_root"}) {
    names.emplace(root);
  }
  const metadata::CustomTypes& custom = graph.world->metadata->custom_types;
  if (graph.custom_types_consistent) {
    for (const auto& one : custom.objects) names.insert(one.name);
    for (const auto& one : custom.input_objects) names.insert(one.name);
    for (const auto& one : custom.enums) names.insert(one.name);
  }
  return names;
}

void AppendInputs(const graphql::NamedList<graphql::InputValueDefinition>& inputs,
                  std::string& out) {
  for (const graphql::InputValueDefinition& input : inputs) {
    StrAppend(out, " ", input.name, ":", graphql::TypeRefToString(input.type), "=",
              input.default_text);
  }
}

// What of a type counts when two are compared: all but descriptions and deprecations.
std::string Shape(const graphql::NamedType& type) {
  std::string out = StrCat(graphql::TypeKindName(type.kind), " ");
  for (const graphql::FieldDefinition& field : type.fields()) {
    StrAppend(out, field.name, "(");
    AppendInputs(field.arguments, out);
    StrAppend(out, "):", graphql::TypeRefToString(field.type), " ");
  }
  if (const auto* input = type.AsInputObject()) AppendInputs(input->input_fields, out);
  if (const auto* enumeration = type.AsEnum()) {
    for (const graphql::EnumValueDefinition& value : enumeration->values) {
      StrAppend(out, value.name, " ");
    }
  }
  if (type.is_abstract()) {
    for (const graphql::ObjectType* member : type.possible_types())
      StrAppend(out, member->name, " ");
  }
  return out;
}

// Texts of remote types as clients see them, to tell equal definitions from different ones.
class TypeTexts {
 public:
  // A type of `remote` that differs from one of the same name; empty: none. The root types of a
  // namespaced schema get out of the way.
  std::string Conflict(RemoteSchema& remote, const std::set<std::string, std::less<>>& own_types) {
    std::map<std::string, std::string, std::less<>> fresh;
    for (const graphql::NamedType* type : remote.upstream->types()) {
      if (type->is_introspection || type->is_standard_scalar) continue;
      if (remote.hidden_roots.contains(type->name)) continue;
      std::string text = Shape(*type);
      std::string other = Taken(remote, *type, text, own_types);
      if (!other.empty() && IsRoot(remote, *type) && !remote.names.root_namespace.empty()) {
        remote.names.types[std::string(type->name)] =
            StrCat(remote.names.root_namespace, "_", remote.names.Type(type->name));
        other = Taken(remote, *type, text, own_types);
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
                    const std::string& text,
                    const std::set<std::string, std::less<>>& own_types) const {
    const std::string_view name = remote.names.Type(type.name);
    if (type.kind != graphql::TypeKind::kScalar && own_types.contains(name)) {
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
std::string RootProblem(const RemoteSchema& remote, RootClaims& claims,
                        std::set<std::string, std::less<>>& remote_fields) {
  std::vector<std::string> names;
  const auto check = [&](const graphql::ObjectType* root, Claims& of,
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
  std::string problem = check(remote.upstream->query(), claims.query, "query ");
  if (problem.empty()) problem = check(remote.upstream->mutation(), claims.mutation, "mutation ");
  if (problem.empty()) remote_fields.insert(names.begin(), names.end());
  return problem;
}

}  // namespace

std::set<std::string, std::less<>> TableTypeNames(const Graph& graph) {
  std::set<std::string, std::less<>> names;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      for (const std::string_view suffix : kTableTypeSuffixes) {
        names.insert(source->naming.Type(table->identifier, suffix));
      }
    }
  }
  return names;
}

void CheckRootFields(Graph& graph, Inconsistencies& problems) {
  RootClaims claims;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      if (table->in_schema) TableClaims(*table, claims, graph.duplicate_root_fields).Collect();
    }
  }
  CollectOthers(graph, claims, graph.duplicate_root_fields);
  const std::set<std::string, std::less<>> own_types = OwnTypes(graph);
  TypeTexts texts;
  std::set<std::string, std::less<>> remote_fields;
  std::erase_if(graph.remote_schemas, [&](const std::unique_ptr<RemoteSchema>& remote) {
    std::string reason = RootProblem(*remote, claims, remote_fields);
    if (reason.empty()) reason = texts.Conflict(*remote, own_types);
    if (reason.empty()) return false;
    problems.Add(RemoteSchemaMember(*remote->metadata), reason);
    return true;
  });
}

}  // namespace joinery::planner
