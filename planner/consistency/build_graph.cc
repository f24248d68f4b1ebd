#include "planner/consistency/build_graph.h"

#include "base/strings.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {

GraphResult BuildGraph(std::shared_ptr<const World> world, const SchemaOptions& options,
                       const Graph* previous) {
  if (previous != nullptr && previous->options != options) previous = nullptr;
  auto graph = std::make_shared<Graph>();
  graph->world = std::move(world);
  graph->options = options;
  Inconsistencies problems;
  for (const metadata::Duplicate& duplicate : graph->world->metadata->duplicates) {
    problems.AddDuplicate(duplicate);
  }
  AddSources(*graph, previous, problems);
  AddRelationships(*graph, problems);
  AddComputedFields(*graph, problems);
  MarkStructures(*graph, previous);
  AddFunctions(*graph, problems);
  AddPermissions(*graph, previous, problems);
  AddRemoteSchemas(*graph, problems);
  AddCustomTypes(*graph, problems);
  AddActions(*graph, problems);
  CheckRootFields(*graph, problems);
  AddRemotePermissions(*graph, problems);
  AddRemoteRelationships(*graph, problems);
  AddInheritedRoles(*graph, previous, problems);
  AddStoredQueries(*graph, problems);
  return {.graph = std::move(graph), .inconsistent = problems.Take()};
}

json::Value TableJson(const plan::TableName& name) {
  return json::Value::Object(
      {{"schema", json::Value(name.schema)}, {"name", json::Value(name.name)}});
}

InconsistentObject::Member TableMember(const Table& table, std::string_view type,
                                       std::string_view name, const json::Value& definition) {
  json::Value shown = json::Value::Object({{"name", json::Value(name)},
                                           {"source", json::Value(table.source->name)},
                                           {"table", TableJson(table.name)}});
  for (const auto& [key, value] : definition.members()) {
    if (key != "name") shown.Set(key, value);
  }
  return {.type = std::string(type),
          .name = StrCat(type, " ", name, " in table ", SqlName(table.name), " in source ",
                         table.source->name),
          .definition = std::move(shown)};
}

InconsistentObject::Member TableObject(const Source& source, const metadata::Table& table) {
  return {.type = "table",
          .name = StrCat("table ", SqlName(table.table), " in source ", source.name),
          .definition = TableJson(table.table)};
}

std::string FieldNames::ColumnConflict(std::string_view name) const {
  if (table_.FindColumn(name) != nullptr) return "field definition conflicts with postgres column";
  for (const Column& column : table_.columns) {
    if (column.graphql_name == name) {
      return StrCat("field definition conflicts with custom field name for postgres column \"",
                    column.name(), "\"");
    }
  }
  return {};
}

}  // namespace joinery::planner
