#include "planner/engine/catalog_change.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "planner/engine/type_dependents.h"

namespace joinery::planner {
namespace {

using json::Value;

std::string Shown(const plan::TableName& name) {
  return name.schema == "public" ? name.name : StrCat(name.schema, ".", name.name);
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

metadata::TableRename RenameBetween(const plan::CatalogTable& before,
                                    const plan::CatalogTable& after) {
  metadata::TableRename out{.from = before.name, .to = after.name, .columns = {}};
  std::map<int32_t, const std::string*> names;
  for (const plan::CatalogColumn& column : after.columns)
    names.emplace(column.position, &column.name);
  for (const plan::CatalogColumn& column : before.columns) {
    const auto it = names.find(column.position);
    if (it != names.end() && *it->second != column.name)
      out.columns.emplace(column.name, *it->second);
  }
  return out;
}

// Whether a key of `before` is gone. One made anew over the same columns needs no look here: what
// stands on it is still consistent then.
bool LosesForeignKey(const plan::CatalogTable& before, const plan::CatalogTable& after) {
  return std::ranges::any_of(before.foreign_keys, [&](const plan::CatalogForeignKey& key) {
    return std::ranges::none_of(after.foreign_keys,
                                [&](const auto& other) { return other.name == key.name; });
  });
}

bool IsRetyped(const plan::CatalogColumn& before, const plan::CatalogTable& after) {
  return std::ranges::any_of(after.columns, [&](const plan::CatalogColumn& now) {
    return now.position == before.position && !(now.type == before.type);
  });
}

const char* VolatilityName(char volatility) {
  return volatility == 'i' ? "IMMUTABLE" : volatility == 's' ? "STABLE" : "VOLATILE";
}

const Source* FindSource(const Graph& graph, std::string_view name) {
  for (const auto& source : graph.sources) {
    if (source->name == name) return source.get();
  }
  return nullptr;
}

// The function as it is now, and how many share its name.
struct Overloads {
  const plan::CatalogFunction* same = nullptr;
  size_t count = 0;
};

Overloads OverloadsOf(const plan::CatalogFunction& function, const plan::DatabaseCatalog& catalog) {
  Overloads out;
  for (const plan::CatalogFunction& candidate : catalog.functions) {
    if (candidate.oid == function.oid) out.same = &candidate;
    if (candidate.name == function.name) ++out.count;
  }
  return out;
}

}  // namespace

CatalogChange Compare(const plan::DatabaseCatalog& before, const plan::DatabaseCatalog& after) {
  CatalogChange out;
  std::map<uint32_t, const plan::CatalogTable*> tables;
  for (const plan::CatalogTable& table : after.tables) tables.emplace(table.oid, &table);
  for (const plan::CatalogTable& table : before.tables) {
    const auto found = tables.find(table.oid);
    if (found == tables.end()) {
      out.dropped_tables.insert(table.name);
      continue;
    }
    const plan::CatalogTable& now = *found->second;
    metadata::TableRename rename = RenameBetween(table, now);
    if (rename.from != rename.to || !rename.columns.empty())
      out.renames.push_back(std::move(rename));
    for (const plan::CatalogColumn& column : table.columns) {
      const bool kept = std::ranges::any_of(
          now.columns, [&](const auto& other) { return other.position == column.position; });
      if (!kept) out.dropped_columns[now.name].insert(column.name);
      if (IsRetyped(column, now)) out.retyped.push_back({table.name, column.name});
    }
    out.drops = out.drops || LosesForeignKey(table, now);
  }
  std::map<uint32_t, plan::TableName> names;
  for (const plan::CatalogFunction& function : after.functions)
    names.emplace(function.oid, function.name);
  for (const plan::CatalogFunction& function : before.functions) {
    const auto now = names.find(function.oid);
    if (now != names.end() && now->second == function.name) continue;
    out.dropped_functions.insert(function.name);
    out.dropped_function_oids.insert(function.oid);
  }
  // A table that was dropped and made anew under its name is there for the metadata.
  for (const plan::CatalogTable& table : after.tables) out.dropped_tables.erase(table.name);
  out.drops = out.drops || !out.dropped_tables.empty() || !out.dropped_columns.empty() ||
              !out.dropped_functions.empty();
  return out;
}

void KeepEnumTables(const plan::DatabaseCatalog& before, const CatalogChange& change,
                    plan::DatabaseCatalog& after) {
  for (const metadata::TableRename& rename : change.renames) {
    for (const plan::CatalogEnumTable& known : before.enum_tables) {
      if (known.table != rename.from) continue;
      std::erase_if(after.enum_tables,
                    [&](const auto& table) { return table.table == rename.from; });
      plan::CatalogEnumTable& kept = after.enum_tables.emplace_back(known);
      kept.table = rename.to;
    }
  }
}

bool MayChangeCatalog(std::string_view sql) {
  static const std::set<std::string, std::less<>> words = {
      "alter", "drop", "create", "replace", "comment", "rename", "truncate"};
  for (size_t i = 0; i < sql.size();) {
    const size_t start = i;
    while (i < sql.size() && IsWordByte(sql[i])) ++i;
    if (i > start && words.contains(ToLower(sql.substr(start, i - start)))) return true;
    if (i == start) ++i;
  }
  return false;
}

metadata::RelationshipTargets TargetsOf(const Graph& graph, std::string_view source) {
  metadata::RelationshipTargets out;
  for (const auto& candidate : graph.sources) {
    if (candidate->metadata->name != source) continue;
    for (const auto& table : candidate->tables) {
      for (const auto& relationship : table->relationships) {
        if (relationship->target != nullptr) {
          out.emplace(std::pair{table->name, relationship->name}, relationship->target->name);
        }
      }
      for (const auto& field : table->computed_fields) {
        if (field->target != nullptr) {
          out.emplace(std::pair{table->name, field->name}, field->target->name);
        }
      }
    }
  }
  return out;
}

std::optional<std::string> FunctionFault(const Graph& graph, std::string_view name,
                                         const plan::DatabaseCatalog& after) {
  const Source* source = FindSource(graph, name);
  if (source == nullptr) return {};
  std::vector<std::string> overloaded;
  for (const auto& function : source->functions) {
    if (function->use.catalog == nullptr) continue;
    const plan::CatalogFunction& known = *function->use.catalog;
    const Overloads now = OverloadsOf(known, after);
    if (now.count > 1) overloaded.push_back(Shown(known.name));
    if (now.same != nullptr && now.same->volatility != known.volatility) {
      return StrCat("type of function \"", Shown(known.name), "\" is altered to \"",
                    VolatilityName(now.same->volatility), "\" which is not supported now");
    }
  }
  if (!overloaded.empty()) {
    return StrCat("the following tracked function(s) cannot be overloaded: ",
                  Join(overloaded, ", "));
  }
  for (const auto& table : source->tables) {
    for (const auto& field : table->computed_fields) {
      if (field->function.catalog == nullptr) continue;
      const plan::CatalogFunction& known = *field->function.catalog;
      const Overloads now = OverloadsOf(known, after);
      if (now.count > 1) {
        // Without a space after "field": clients compare the text.
        return StrCat("The function \"", Shown(known.name), "\" associated with computed field\"",
                      field->name, "\" of table \"", Shown(table->name), "\" is being overloaded");
      }
      if (now.same != nullptr && now.same->volatility == 'v' && known.volatility != 'v') {
        return StrCat("The type of function \"", Shown(known.name),
                      "\" associated with computed field \"", field->name, "\" of table \"",
                      Shown(table->name), "\" is being altered to \"VOLATILE\"");
      }
    }
  }
  return {};
}

bool IsRemoteRoot(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.remote_schemas, [&](const auto& remote) {
    if (!remote->names.root_namespace.empty()) return remote->names.root_namespace == name;
    const graphql::ObjectType* query = remote->upstream->query();
    return query != nullptr && std::ranges::any_of(query->field_list, [&](const auto& field) {
             return remote->names.Field(query->name, field.name) == name;
           });
  });
}

MaybeIssue RenameFault(const Graph& graph, std::string_view name, const CatalogChange& change) {
  const Source* source = FindSource(graph, name);
  if (source == nullptr) return {};
  for (const metadata::TableRename& rename : change.renames) {
    const Table* table = source->FindTable(rename.from);
    if (table == nullptr) continue;
    const bool renamed = rename.from != rename.to && table->metadata->custom_name.empty();
    if (renamed && rename.to.schema == "public" && IsRemoteRoot(graph, rename.to.name)) {
      return Issue{
          .code = "remote-schema-conflicts",
          .message = StrCat("node ", rename.to.name, " already exists in current graphql schema"),
          .path = "$.args"};
    }
    for (const auto& [from, to] : rename.columns) {
      if (table->FindRelationship(to) == nullptr) continue;
      return Issue{.code = "already-exists",
                   .message = StrCat("cannot rename column \"", from, "\" to \"", to,
                                     "\" in table \"", Shown(table->name),
                                     "\" as a relationship with the name already exists"),
                   .path = "$.args"};
    }
  }
  return {};
}

MaybeIssue RetypeFault(const Graph& graph, std::string_view source, const CatalogChange& change) {
  for (const auto& [table, column] : change.retyped) {
    const auto dependents = TypeDependents(graph, source, table, column);
    if (dependents.empty()) continue;
    return Issue{
        .code = "dependency-error",
        .message = StrCat("cannot change type of column \"", column, "\" in table \"", Shown(table),
                          "\" because of the following dependencies : ", Join(dependents, ", ")),
        .path = "$.args"};
  }
  return {};
}

std::vector<LostComputedField> LostComputedFields(const Graph& graph, std::string_view name,
                                                  const CatalogChange& change) {
  std::vector<LostComputedField> out;
  const Source* source = FindSource(graph, name);
  if (source == nullptr) return out;
  for (const auto& table : source->tables) {
    if (change.dropped_tables.contains(table->name)) continue;
    for (const auto& field : table->computed_fields) {
      const plan::CatalogFunction* function = field->function.catalog;
      if (function == nullptr || !change.dropped_function_oids.contains(function->oid)) continue;
      Value definition = Value::Object();
      Value shown = Value::Object();
      shown.Set("schema", table->name.schema);
      shown.Set("name", table->name.name);
      definition.Set("table", std::move(shown));
      definition.Set("name", field->name);
      definition.Set("source", name);
      std::string object = StrCat("computed_field ", field->name, " in table ", Shown(table->name),
                                  " in source ", name);
      std::string dependent = DependentName("computed_field", object);
      out.push_back({std::move(object), std::move(dependent), std::move(definition)});
    }
  }
  return out;
}

std::string DependentName(const std::string& type, const std::string& name) {
  constexpr std::string_view kTable = " in table ";
  constexpr std::string_view kSource = " in source ";
  std::string_view rest = name;
  if (rest.starts_with(type) && rest.size() > type.size()) rest.remove_prefix(type.size() + 1);
  const size_t source = rest.rfind(kSource);
  if (source == std::string_view::npos) return name;
  const std::string in_source = StrCat(" in source \"", rest.substr(source + kSource.size()), "\"");
  rest = rest.substr(0, source);
  const size_t table = rest.rfind(kTable);
  if (table == std::string_view::npos) return StrCat(type, " ", rest, in_source);
  const std::string_view item = rest.substr(0, table);
  const std::string_view owner = rest.substr(table + kTable.size());
  constexpr std::string_view kPermission = "_permission";
  if (type.ends_with(kPermission)) {
    return StrCat("permission ", owner, ".", item, ".",
                  std::string_view(type).substr(0, type.size() - kPermission.size()), in_source);
  }
  static const std::map<std::string, std::string_view, std::less<>> kinds = {
      {"object_relation", "relationship"},  {"array_relation", "relationship"},
      {"computed_field", "computed field"}, {"remote_relationship", "remote relationship"},
      {"event_trigger", "event-trigger"},
  };
  const auto kind = kinds.find(type);
  return StrCat(kind == kinds.end() ? std::string_view(type) : kind->second, " ", owner, ".", item,
                in_source);
}

}  // namespace joinery::planner
