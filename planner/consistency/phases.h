#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "planner/consistency/graph.h"
#include "planner/consistency/inconsistency.h"

// The steps of BuildGraph, one per kind of object, each in its own file. Each needs those before it
// and fills its part of the graph; what is inconsistent is reported and not added. Steps that take
// `previous` use again what it made from the same inputs; null: there is none.
namespace joinery::planner {

// Sources and tables: tables.cc
void AddSources(Graph& graph, const Graph* previous, Inconsistencies& problems);
void AddRelationships(Graph& graph, Inconsistencies& problems);
void AddComputedFields(Graph& graph, Inconsistencies& problems);
void AddFunctions(Graph& graph, Inconsistencies& problems);
// Tells by Table::structure what of `previous` stayed the same; after columns and fields are there.
void MarkStructures(Graph& graph, const Graph* previous);
void AddPermissions(Graph& graph, const Graph* previous, Inconsistencies& problems);
void AddRemoteSchemas(Graph& graph, Inconsistencies& problems);
void AddRemotePermissions(Graph& graph, Inconsistencies& problems);
void AddCustomTypes(Graph& graph, Inconsistencies& problems);
void AddActions(Graph& graph, Inconsistencies& problems);
void AddRemoteRelationships(Graph& graph, Inconsistencies& problems);
void AddInheritedRoles(Graph& graph, const Graph* previous, Inconsistencies& problems);
// REST endpoints and the allow list.
void AddStoredQueries(Graph& graph, Inconsistencies& problems);
// Who has a root field; root fields that two objects claim.
void CheckRootFields(Graph& graph, Inconsistencies& problems);

// --- Shared by the steps
// ---------------------------------------------------------------------------

// {"schema": …, "name": …}
json::Value TableJson(const plan::TableName& name);
// "<type> <name> in table <t> in source <s>" with the definition Hasura shows: {name, source,
// table} and what `definition` holds.
InconsistentObject::Member TableMember(const Table& table, std::string_view type,
                                       std::string_view name, const json::Value& definition);
InconsistentObject::Member TableObject(const Source& source, const metadata::Table& table);

InconsistentObject::Member RemoteSchemaMember(const metadata::RemoteSchema& metadata);

// Why the table cannot be an enum, Hasura's whole text; empty: it can, and `values` is set.
std::string CheckEnumTable(const plan::CatalogTable& table, const plan::DatabaseCatalog& catalog,
                           const plan::CatalogEnumTable*& values);

// Enum tables by the columns (positions) whose values are theirs. `find` gives a source's tracked
// tables; null: none of that name.
using EnumLinks = std::map<size_t, const TableShape*>;
EnumLinks EnumLinksOf(const TableShape& shape,
                      const std::function<const TableShape*(const plan::TableName&)>& find);

// What the table puts on the roots, for those who may do everything.
std::vector<RootName> RootNamesOf(const TableShape& shape, const metadata::Table& metadata);
std::vector<RootName> RootNamesOf(const TrackedFunction& function);

// Names that several of the table's relationships, computed fields and remote relationships have:
// none of them counts. Reported when `problems` is set.
std::set<std::string, std::less<>> ReportDuplicateFields(const Table& table,
                                                         Inconsistencies* problems);

// The GraphQL names that a table's columns and fields take, to find those that clash.
class FieldNames {
 public:
  explicit FieldNames(const Table& table) : table_(table) {}
  // Why `name` cannot be a field besides the columns; empty: it can.
  std::string ColumnConflict(std::string_view name) const;

 private:
  const Table& table_;
};

}  // namespace joinery::planner
