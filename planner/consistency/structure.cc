#include <algorithm>

#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

bool SamePair(const plan::ColumnPair& a, const plan::ColumnPair& b) {
  return a.outer == b.outer && a.inner == b.inner;
}

bool Same(const Relationship& a, const Relationship& b) {
  return a.name == b.name && a.array == b.array && a.target->name == b.target->name &&
         std::ranges::equal(a.pairs, b.pairs, SamePair) && a.nullable == b.nullable &&
         a.own_key == b.own_key && a.inserted_first == b.inserted_first;
}

bool Same(const ComputedField& a, const ComputedField& b) {
  const bool same_rows = (a.target == nullptr) == (b.target == nullptr) &&
                         (a.target == nullptr || a.target->name == b.target->name);
  return same_rows && a.function.catalog == b.function.catalog &&
         a.metadata->definition == b.metadata->definition;
}

template <typename T>
bool Same(const std::vector<std::unique_ptr<T>>& a, const std::vector<std::unique_ptr<T>>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return Same(*x, *y); });
}

// Functions are the same when their pointers are: equal shapes have one catalog.
bool SameStructure(const Table& a, const Table& b) {
  return a.shape == b.shape && Same(a.relationships, b.relationships) &&
         Same(a.computed_fields, b.computed_fields);
}

}  // namespace

void MarkStructures(Graph& graph, const Graph* previous) {
  for (const auto& source : graph.sources) {
    const Source* before = previous == nullptr ? nullptr : previous->FindSource(source->name);
    for (const auto& table : source->tables) {
      const Table* known = before == nullptr ? nullptr : before->FindTable(*table);
      table->structure = known != nullptr && SameStructure(*known, *table)
                             ? known->structure
                             : std::make_shared<const StructureMark>();
    }
  }
}

}  // namespace joinery::planner
