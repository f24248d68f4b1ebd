#include <unordered_set>

#include "base/strings.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

// A name without underscores and capitals: equal in every naming convention.
std::string Plain(std::string_view name) {
  std::string out;
  for (const char c : ToLower(name)) {
    if (c != '_') out.push_back(c);
  }
  return out;
}

// What may follow a table's name in the names of its types, as Plain gives it.
const std::unordered_set<std::string>& Endings() {
  static const std::unordered_set<std::string> endings = [] {
    std::unordered_set<std::string> out;
    for (const std::string_view one : {"bool_exp",
                                       "order_by",
                                       "select_column",
                                       "aggregate",
                                       "aggregate_fields",
                                       "aggregate_order_by",
                                       "enum",
                                       "enum_comparison_exp",
                                       "mutation_response",
                                       "insert_input",
                                       "arr_rel_insert_input",
                                       "obj_rel_insert_input",
                                       "set_input",
                                       "inc_input",
                                       "append_input",
                                       "prepend_input",
                                       "delete_key_input",
                                       "delete_elem_input",
                                       "delete_at_path_input",
                                       "on_conflict",
                                       "constraint",
                                       "update_column",
                                       "updates",
                                       "pk_columns_input"}) {
      out.insert(Plain(one));
    }
    for (const std::string_view aggregate :
         {"avg", "max", "min", "stddev", "stddev_pop", "stddev_samp", "sum", "var_pop", "var_samp",
          "variance"}) {
      out.insert(Plain(StrCat(aggregate, "_fields")));
      out.insert(Plain(StrCat(aggregate, "_order_by")));
    }
    return out;
  }();
  return endings;
}

// Whether a type of another table may have the name of one of this one's.
bool MayMeet(const TypeOwners& owners, std::string_view stem) {
  for (size_t size = 1; size < stem.size(); ++size) {
    if (!owners.by_stem.contains(stem.substr(0, size))) continue;
    if (Endings().contains(Plain(stem.substr(size)))) return true;
  }
  return false;
}

}  // namespace

void IndexTypeOwners(Graph& graph) {
  TypeOwners& owners = graph.type_owners;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      if (!table->in_schema) continue;
      if (!owners.by_stem.emplace(table->shape->type_stem, table.get()).second) {
        owners.ambiguous = true;
      }
    }
  }
  for (const auto& [stem, table] : owners.by_stem) {
    if (owners.ambiguous) return;
    owners.ambiguous = MayMeet(owners, stem);
  }
}

}  // namespace joinery::planner
