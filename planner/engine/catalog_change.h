#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "plan/catalog.h"
#include "planner/consistency/graph.h"
#include "planner/metadata/rename.h"

namespace joinery::planner {

// What SQL changed of a database. Tables and functions are the same ones by their oid, columns by
// their number, whatever their names.
struct CatalogChange {
  std::vector<metadata::TableRename> renames;
  std::set<plan::TableName> dropped_tables;
  std::map<plan::TableName, std::set<std::string, std::less<>>>
      dropped_columns;  // By the new name.
  struct Retyped {
    plan::TableName table;  // As before.
    std::string column;
  };
  std::vector<Retyped> retyped;
  std::set<plan::TableName> dropped_functions;  // Renamed counts as dropped.
  std::set<uint32_t> dropped_function_oids;
  bool drops = false;  // Any of the above, or a constraint.
};

CatalogChange Compare(const plan::DatabaseCatalog& before, const plan::DatabaseCatalog& after);

// Enum tables were read by their old names: those that were renamed keep their values.
void KeepEnumTables(const plan::DatabaseCatalog& before, const CatalogChange& change,
                    plan::DatabaseCatalog& after);

// Whether SQL may change what tables and functions there are: a word of it says so. One that stands
// in a string or a comment costs an introspection and no more.
bool MayChangeCatalog(std::string_view sql);

// The targets of the local relationships of `source`.
metadata::RelationshipTargets TargetsOf(const Graph& graph, std::string_view source);

// Why a function that metadata uses must not be as `after` has it (overloaded, or of another
// volatility): Hasura's text.
std::optional<std::string> FunctionFault(const Graph& graph, std::string_view source,
                                         const plan::DatabaseCatalog& after);

// Why names that SQL gave cannot be: a table's is a remote schema's root field, a column's is a
// relationship's. Or a column's type is one that permissions depend on. Hasura's code and words,
// path "$.args".
MaybeIssue RenameFault(const Graph& graph, std::string_view source, const CatalogChange& change);
MaybeIssue RetypeFault(const Graph& graph, std::string_view source, const CatalogChange& change);

// Whether a remote schema has that root field of queries.
bool IsRemoteRoot(const Graph& graph, std::string_view name);

struct LostComputedField {
  std::string name;        // As an inconsistent object's.
  std::string dependent;   // As a dependency error lists it.
  json::Value definition;  // As an inconsistent object's.
};
// Computed fields whose function was dropped or renamed.
std::vector<LostComputedField> LostComputedFields(const Graph& graph, std::string_view source,
                                                  const CatalogChange& change);

// An inconsistent object as a dependency error lists it: "permission t.user.select in source
// \"s\"".
std::string DependentName(const std::string& type, const std::string& name);

}  // namespace joinery::planner
