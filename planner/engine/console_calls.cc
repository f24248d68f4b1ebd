#include "planner/engine/console_calls.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "base/strings.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using json::Value;

Value NameJson(const plan::TableName& name) {
  return Value::Object({{"schema", Value(name.schema)}, {"name", Value(name.name)}});
}

Value TextsJson(const std::vector<std::string>& texts) {
  Value out = Value::Array();
  for (const std::string& text : texts) out.Append(text);
  return out;
}

IssueOr<const Source*> SourceOf(const ConsoleCall& call, const ConsoleView& view) {
  const std::string name(call.args.FindString("source").value_or("default"));
  if (const Source* source = view.graph.FindSource(name)) return source;
  return Issue{.code = "not-exists",
               .message = StrCat("source with name \"", name, "\" does not exist"),
               .path = call.path};
}

// --- suggest_relationships
// ---------------------------------------------------------------------------

bool SameColumns(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

bool IsUnique(const plan::CatalogTable& table, const std::vector<std::string>& columns) {
  if (table.primary_key && SameColumns(table.primary_key->columns, columns)) return true;
  return std::ranges::any_of(table.unique_constraints, [&](const auto& constraint) {
    return SameColumns(constraint.columns, columns);
  });
}

// Whether `from` has a relationship over these columns already.
bool HasRelationship(const Table& from, const Table& to, const std::vector<std::string>& own,
                     const std::vector<std::string>& other) {
  return std::ranges::any_of(from.relationships, [&](const auto& relationship) {
    if (relationship->target != &to) return false;
    std::vector<std::string> outer, inner;
    for (const plan::ColumnPair& pair : relationship->pairs) {
      outer.push_back(pair.outer);
      inner.push_back(pair.inner);
    }
    return SameColumns(outer, own) && SameColumns(inner, other);
  });
}

struct Suggestion {
  const Table* from = nullptr;
  const Table* to = nullptr;
  const plan::CatalogForeignKey* key = nullptr;
  bool own_key = false;  // The key is of `from`.
};

Value SuggestionJson(const Suggestion& one) {
  const auto side = [&](const Table& table, bool has_key) {
    Value out = Value::Object();
    out.Set("table", NameJson(table.name));
    out.Set("columns", TextsJson(has_key ? one.key->columns : one.key->foreign_columns));
    if (has_key) out.Set("constraint_name", one.key->name);
    return out;
  };
  const bool object = one.own_key || IsUnique(*one.to->catalog, one.key->columns);
  Value out = Value::Object();
  out.Set("type", object ? "object" : "array");
  out.Set("from", side(*one.from, one.own_key));
  out.Set("to", side(*one.to, !one.own_key));
  return out;
}

IssueOr<Value> SuggestRelationships(const ConsoleCall& call, const ConsoleView& view) {
  ASSIGN_OR_RETURN_ISSUE(const Source* source, SourceOf(call, view));
  std::set<plan::TableName> wanted;
  const Value* tables = call.args.Find("tables");
  const bool all = tables == nullptr || tables->is_null();
  if (!all) {
    for (size_t i = 0; i < tables->items().size(); ++i) {
      std::vector<Issue> issues;
      wanted.insert(metadata::ReadTableName(tables->items()[i],
                                            StrCat(call.shape_path, ".tables[", i, "]"), issues));
      if (!issues.empty()) return issues.front();
    }
  }
  const bool omit = call.args.FindBool("omit_tracked", false);
  Value list = Value::Array();
  const auto suggest = [&](const Suggestion& one) {
    const auto& own = one.own_key ? one.key->columns : one.key->foreign_columns;
    const auto& other = one.own_key ? one.key->foreign_columns : one.key->columns;
    if (omit && HasRelationship(*one.from, *one.to, own, other)) return;
    list.Append(SuggestionJson(one));
  };
  for (const auto& table : source->tables) {
    for (const plan::CatalogForeignKey& key : table->catalog->foreign_keys) {
      const Table* other = source->FindTable(key.foreign_table);
      if (other == nullptr) continue;
      if (!all && !wanted.contains(table->name) && !wanted.contains(other->name)) continue;
      suggest({.from = table.get(), .to = other, .key = &key, .own_key = true});
      suggest({.from = other, .to = table.get(), .key = &key, .own_key = false});
    }
  }
  return Value::Object({{"relationships", std::move(list)}});
}

// --- What a source has
// ---------------------------------------------------------------------------

IssueOr<Value> ListSourceKinds(const ConsoleCall&, const ConsoleView&) {
  Value kind = Value::Object();
  kind.Set("builtin", true);
  kind.Set("kind", "postgres");
  kind.Set("display_name", "postgres");
  kind.Set("available", true);
  return Value::Object({{"sources", Value::Array({std::move(kind)})}});
}

IssueOr<Value> SourceTables(const ConsoleCall& call, const ConsoleView& view) {
  ASSIGN_OR_RETURN_ISSUE(const Source* source, SourceOf(call, view));
  Value out = Value::Array();
  for (const plan::CatalogTable& table : source->catalog->tables) out.Append(NameJson(table.name));
  return out;
}

const plan::CatalogTable* FindCatalogTable(const Source& source, const plan::TableName& name) {
  const auto found = std::ranges::find(source.catalog->tables, name, &plan::CatalogTable::name);
  return found == source.catalog->tables.end() ? nullptr : &*found;
}

Value ColumnJson(const plan::CatalogColumn& column) {
  Value out = Value::Object();
  out.Set("name", column.name);
  std::string type = column.type.name;
  for (uint32_t i = 0; i < column.type.dimensions; ++i) type += "[]";
  out.Set("type", type);
  out.Set("nullable", column.nullable);
  if (!column.comment.empty()) out.Set("description", column.comment);
  return out;
}

IssueOr<Value> TableInfo(const ConsoleCall& call, const ConsoleView& view) {
  ASSIGN_OR_RETURN_ISSUE(const Source* source, SourceOf(call, view));
  const Value* given = call.args.Find("table");
  if (given == nullptr) return ParseFailed("key \"table\" not found", call.shape_path);
  std::vector<Issue> issues;
  const plan::TableName name =
      metadata::ReadTableName(*given, StrCat(call.shape_path, ".table"), issues);
  if (!issues.empty()) return issues.front();
  const plan::CatalogTable* table = FindCatalogTable(*source, name);
  if (table == nullptr) {
    return Issue{.code = "not-exists",
                 .message = StrCat("no such table/view exists in source: \"", SqlName(name), "\""),
                 .path = call.path};
  }
  Value columns = Value::Array();
  for (const plan::CatalogColumn& column : table->columns) columns.Append(ColumnJson(column));
  Value keys = Value::Array();
  for (const plan::CatalogForeignKey& key : table->foreign_keys) {
    Value mapping = Value::Object();
    for (size_t i = 0; i < key.columns.size(); ++i) {
      mapping.Set(key.columns[i], key.foreign_columns[i]);
    }
    keys.Append(Value::Object({{"constraint_name", Value(key.name)},
                               {"foreign_table", NameJson(key.foreign_table)},
                               {"column_mapping", std::move(mapping)}}));
  }
  Value out = Value::Object();
  out.Set("name", NameJson(table->name));
  out.Set("type", table->kind == 'v' || table->kind == 'm' ? "view" : "table");
  if (!table->comment.empty()) out.Set("description", table->comment);
  out.Set("columns", std::move(columns));
  out.Set("primary_key",
          table->primary_key ? TextsJson(table->primary_key->columns) : Value::Array());
  out.Set("foreign_keys", std::move(keys));
  out.Set("insertable", (table->updatable & 8) != 0);
  out.Set("updatable", (table->updatable & 4) != 0);
  out.Set("deletable", (table->updatable & 16) != 0);
  return out;
}

IssueOr<Value> Trackables(const ConsoleCall& call, const ConsoleView& view) {
  ASSIGN_OR_RETURN_ISSUE(const Source* source, SourceOf(call, view));
  std::set<plan::TableName> tracked;
  for (const auto& table : source->metadata->tables) tracked.insert(table->table);
  for (const metadata::Function& one : source->metadata->functions) tracked.insert(one.function);
  Value tables = Value::Array();
  for (const plan::CatalogTable& table : source->catalog->tables) {
    if (!tracked.contains(table.name)) {
      tables.Append(Value::Object({{"name", NameJson(table.name)}}));
    }
  }
  Value functions = Value::Array();
  for (const plan::CatalogFunction& function : source->catalog->functions) {
    if (!function.returns_table || tracked.contains(function.name)) continue;
    const char* volatility = function.volatility == 'i'   ? "IMMUTABLE"
                             : function.volatility == 's' ? "STABLE"
                                                          : "VOLATILE";
    functions.Append(
        Value::Object({{"name", NameJson(function.name)}, {"volatility", Value(volatility)}}));
  }
  return Value::Object({{"tables", std::move(tables)}, {"functions", std::move(functions)}});
}

IssueOr<Value> DumpState(const ConsoleCall&, const ConsoleView& view) {
  Value sources = Value::Array();
  for (const auto& source : view.graph.sources) {
    Value tables = Value::Array();
    for (const auto& table : source->tables) tables.Append(NameJson(table->name));
    Value functions = Value::Array();
    for (const auto& one : source->functions) {
      functions.Append(NameJson(one->metadata->function));
    }
    sources.Append(Value::Object({{"name", Value(source->name)},
                                  {"server_version", Value(source->catalog->server_version)},
                                  {"tables", std::move(tables)},
                                  {"functions", std::move(functions)}}));
  }
  Value remote_schemas = Value::Array();
  for (const auto& one : view.graph.remote_schemas) remote_schemas.Append(one->name);
  Value actions = Value::Array();
  for (const Action& one : view.graph.actions) actions.Append(one.metadata->name);
  Value roles = Value::Array();
  for (const std::string& role : view.graph.roles) roles.Append(role);
  Value inconsistent = Value::Array();
  for (const InconsistentObject& one : view.inconsistent) inconsistent.Append(one.ToJson());
  return Value::Object({{"resource_version", Value(static_cast<int64_t>(view.resource_version))},
                        {"sources", std::move(sources)},
                        {"remote_schemas", std::move(remote_schemas)},
                        {"actions", std::move(actions)},
                        {"roles", std::move(roles)},
                        {"inconsistent_objects", std::move(inconsistent)}});
}

using Answer = IssueOr<Value> (*)(const ConsoleCall&, const ConsoleView&);

const std::map<std::string_view, Answer>& Answers() {
  static const std::map<std::string_view, Answer> answers = {
      {"pg_suggest_relationships", SuggestRelationships},
      {"suggest_relationships", SuggestRelationships},
      {"list_source_kinds", ListSourceKinds},
      {"pg_get_source_tables", SourceTables},
      {"get_source_tables", SourceTables},
      {"pg_get_table_info", TableInfo},
      {"get_table_info", TableInfo},
      {"pg_get_source_trackables", Trackables},
      {"get_source_trackables", Trackables},
      {"dump_internal_state", DumpState},
  };
  return answers;
}

}  // namespace

bool IsConsoleCall(std::string_view type) { return Answers().contains(type); }

IssueOr<Value> AnswerConsole(const ConsoleCall& call, const ConsoleView& view) {
  return Answers().find(call.type)->second(call, view);
}

}  // namespace joinery::planner
