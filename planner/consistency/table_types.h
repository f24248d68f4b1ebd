#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/relational.h"
#include "planner/consistency/graph.h"

// Which types a table brings into schemas: the builder of a role's schema asks the same questions.
namespace joinery::planner {

// The aggregates over columns: GraphQL name in snake case, and whether the value keeps the column's
// type.
struct AggregateKind {
  std::string_view name;
  plan::Aggregate function;
  bool keeps_type;  // sum, max, min.
  bool comparable;  // max, min: over all that can be ordered; else over numbers.
};
const std::vector<AggregateKind>& AggregateKinds();
bool Takes(const AggregateKind& kind, const Column& column);

// Whether a client may give the column a value, permissions aside.
bool IsWritable(const Column& column);
bool IsJsonb(const Column& column);
// Those whose names GraphQL allows: only they can be named.
std::vector<const plan::CatalogConstraint*> NamedConstraints(const plan::CatalogTable& table);

// The names of the table's types as admin sees them; no role sees others. None when the table is in
// no schema.
std::vector<std::string> TypeNamesOf(const TableShape& shape, const RelationTarget& target);

// Tables whose type `name` may be by its first letters, the longest stem first.
std::vector<const Table*> PossibleTypeOwners(const Graph& graph, std::string_view name);
// Whether it is the name of a table's type.
bool IsTableType(const Graph& graph, std::string_view name);

struct PlacedShape {
  const TableShape* shape = nullptr;
  RelationTarget target;
  std::string_view source;
};
// A table that would bring a type of another one's name, or of a scalar's or such that schemas have
// without tables: then `first` has no shape.
struct TypeClash {
  PlacedShape table, first;
  std::string type_name;
};
// `tables`: all that are sound, in the order of the document. The first has the name; who clashes
// claims none.
std::vector<TypeClash> FindTypeClashes(const std::vector<PlacedShape>& tables);

}  // namespace joinery::planner
