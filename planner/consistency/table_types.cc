#include "planner/consistency/table_types.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/strings.h"

namespace joinery::planner {
namespace {

constexpr uint32_t kUpdate = 4, kInsert = 8, kDelete = 16;

bool May(const TableShape& shape, uint32_t any_of) {
  return (shape.catalog->updatable & any_of) != 0;
}

template <typename Wanted>
bool HasColumn(const TableShape& shape, const Wanted& wanted) {
  return std::ranges::any_of(shape.columns, [&](const Column& column) {
    return !column.graphql_name.empty() && wanted(column);
  });
}

bool Always(const TableShape&) { return true; }
bool IsEnum(const TableShape& shape) { return shape.enum_values != nullptr; }
bool MayInsert(const TableShape& shape) { return May(shape, kInsert); }
bool MayUpdate(const TableShape& shape) { return May(shape, kUpdate); }
bool MayWrite(const TableShape& shape) { return May(shape, kUpdate | kInsert | kDelete); }
bool MayUpsert(const TableShape& shape) {
  return MayInsert(shape) && MayUpdate(shape) && !NamedConstraints(*shape.catalog).empty();
}
bool HasColumns(const TableShape& shape) {
  return HasColumn(shape, [](const Column&) { return true; });
}
bool MaySet(const TableShape& shape) { return MayUpdate(shape) && HasColumn(shape, IsWritable); }
bool MayIncrement(const TableShape& shape) {
  return MayUpdate(shape) && HasColumn(shape, [](const Column& column) {
           return IsWritable(column) && column.scalar.is_number();
         });
}
bool MayEditJson(const TableShape& shape) {
  return MayUpdate(shape) && HasColumn(shape, [](const Column& column) {
           return IsWritable(column) && IsJsonb(column);
         });
}
bool MayUpdateByKey(const TableShape& shape) {
  const auto& key = shape.catalog->primary_key;
  return MayUpdate(shape) && key.has_value() &&
         std::ranges::all_of(key->columns, [&](const std::string& column) {
           const auto found = shape.column_index.find(column);
           return found != shape.column_index.end() &&
                  !shape.columns[found->second].graphql_name.empty();
         });
}

constexpr RelationTarget kOfArrays{.of_arrays = true}, kOfObjects{.of_objects = true};

struct Ending {
  std::string text;
  bool (*is_there)(const TableShape&) = Always;
  const AggregateKind* aggregate = nullptr;  // Set: there with a column that it takes.
  RelationTarget needs = {};
};

const std::vector<Ending>& Endings() {
  static const std::vector<Ending> kEndings = [] {
    std::vector<Ending> out = {{""},
                               {"bool_exp"},
                               {"order_by"},
                               {"select_column", HasColumns},
                               {"aggregate"},
                               {"aggregate_fields"},
                               {.text = "aggregate_order_by", .needs = kOfArrays},
                               {"enum", IsEnum},
                               {"enum_comparison_exp", IsEnum},
                               {"mutation_response", MayWrite},
                               {"insert_input", MayInsert},
                               {"arr_rel_insert_input", MayInsert, nullptr, kOfArrays},
                               {"obj_rel_insert_input", MayInsert, nullptr, kOfObjects},
                               {"on_conflict", MayUpsert},
                               {"constraint", MayUpsert},
                               {"update_column", MayUpsert},
                               {"updates", MayUpdate},
                               {"pk_columns_input", MayUpdateByKey},
                               {"set_input", MaySet},
                               {"inc_input", MayIncrement},
                               {"append_input", MayEditJson},
                               {"prepend_input", MayEditJson},
                               {"delete_key_input", MayEditJson},
                               {"delete_elem_input", MayEditJson},
                               {"delete_at_path_input", MayEditJson}};
    for (const AggregateKind& kind : AggregateKinds()) {
      out.push_back({.text = StrCat(kind.name, "_fields"), .aggregate = &kind});
      out.push_back(
          {.text = StrCat(kind.name, "_order_by"), .aggregate = &kind, .needs = kOfArrays});
    }
    return out;
  }();
  return kEndings;
}

bool IsThere(const Ending& ending, const TableShape& shape, const RelationTarget& target) {
  if (ending.needs.of_arrays && !target.of_arrays) return false;
  if (ending.needs.of_objects && !target.of_objects) return false;
  if (ending.aggregate == nullptr) return ending.is_there(shape);
  return HasColumn(shape, [&](const Column& column) { return Takes(*ending.aggregate, column); });
}

// A name without underscores and capitals: equal in every naming convention.
std::string Plain(std::string_view name) {
  std::string out = ToLower(name);
  std::erase(out, '_');
  return out;
}

// Whether a name of the table's types may go on with `rest` after its stem.
bool MayGoOnWith(const TableShape& shape, std::string_view rest) {
  static const std::vector<std::string> kPlain = [] {
    std::vector<std::string> out;
    for (const Ending& ending : Endings()) out.push_back(Plain(ending.text));
    return out;
  }();
  const std::string plain = Plain(rest), suffix = Plain(shape.naming->type_suffix);
  return std::ranges::any_of(kPlain, [&](const std::string& ending) {
    return ending.starts_with(plain) ||
           (!suffix.empty() && StrCat(ending, suffix).starts_with(plain));
  });
}

// Those of which some two may have a type's name in common. All names are written for these alone.
std::unordered_set<const TableShape*> Suspects(const std::vector<PlacedShape>& tables) {
  std::unordered_multimap<std::string_view, const TableShape*> by_stem;
  for (const PlacedShape& table : tables) by_stem.emplace(table.shape->type_stem, table.shape);
  std::unordered_set<const TableShape*> out;
  for (const PlacedShape& table : tables) {
    const std::string_view stem = table.shape->type_stem;
    for (size_t size = 1; size <= stem.size(); ++size) {
      const auto [begin, end] = by_stem.equal_range(stem.substr(0, size));
      for (auto it = begin; it != end; ++it) {
        if (it->second == table.shape || !MayGoOnWith(*it->second, stem.substr(size))) continue;
        out.insert({it->second, table.shape});
      }
    }
  }
  return out;
}

}  // namespace

const std::vector<AggregateKind>& AggregateKinds() {
  using plan::Aggregate;
  static const std::vector<AggregateKind> kKinds = {
      {"avg", Aggregate::kAvg, false, false},
      {"max", Aggregate::kMax, true, true},
      {"min", Aggregate::kMin, true, true},
      {"stddev", Aggregate::kStddev, false, false},
      {"stddev_pop", Aggregate::kStddevPop, false, false},
      {"stddev_samp", Aggregate::kStddevSamp, false, false},
      {"sum", Aggregate::kSum, true, false},
      {"var_pop", Aggregate::kVarPop, false, false},
      {"var_samp", Aggregate::kVarSamp, false, false},
      {"variance", Aggregate::kVariance, false, false},
  };
  return kKinds;
}

bool Takes(const AggregateKind& kind, const Column& column) {
  if (column.enum_table != nullptr) return false;
  return kind.comparable ? column.scalar.is_comparable() : column.scalar.is_number();
}

bool IsWritable(const Column& column) {
  return !column.catalog->generated && !column.catalog->identity_always;
}

bool IsJsonb(const Column& column) {
  return !column.scalar.is_array && column.catalog->base_type.name == "jsonb";
}

std::vector<const plan::CatalogConstraint*> NamedConstraints(const plan::CatalogTable& table) {
  std::vector<const plan::CatalogConstraint*> out;
  const auto add = [&](const plan::CatalogConstraint& constraint) {
    if (IsGraphqlName(constraint.name)) out.push_back(&constraint);
  };
  if (table.primary_key) add(*table.primary_key);
  for (const auto& constraint : table.unique_constraints) add(constraint);
  return out;
}

std::vector<std::string> TypeNamesOf(const TableShape& shape, const RelationTarget& target) {
  std::vector<std::string> out;
  if (!shape.in_schema) return out;
  for (const Ending& ending : Endings()) {
    if (IsThere(ending, shape, target))
      out.push_back(shape.naming->Type(shape.identifier, ending.text));
  }
  return out;
}

std::vector<const Table*> PossibleTypeOwners(const Graph& graph, std::string_view name) {
  std::vector<const Table*> out;
  for (size_t size = name.size(); size > 0; --size) {
    const auto [begin, end] = graph.tables_by_type_stem.equal_range(name.substr(0, size));
    for (auto it = begin; it != end; ++it) out.push_back(it->second);
  }
  return out;
}

bool IsTableType(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(PossibleTypeOwners(graph, name), [&](const Table* table) {
    const std::vector<std::string> names = TypeNamesOf(*table->shape, table->target);
    return std::ranges::find(names, name) != names.end();
  });
}

namespace {

// Types that schemas have whatever their tables are called: of their columns, and of the roots.
std::set<std::string, std::less<>> NamesWithoutTables(const std::vector<PlacedShape>& tables) {
  std::set<std::string, std::less<>> out = {
      "Int",      "Float",      "String",        "Boolean",           "ID",
      "order_by", "query_root", "mutation_root", "subscription_root", "cursor_ordering"};
  for (const PlacedShape& table : tables) {
    for (const Column& column : table.shape->columns) out.insert(column.scalar.graphql_name);
  }
  return out;
}

bool MayBeNamedAs(const TableShape& shape, const std::set<std::string, std::less<>>& names) {
  const auto next = names.lower_bound(shape.type_stem);
  return next != names.end() && next->starts_with(shape.type_stem);
}

}  // namespace

std::vector<TypeClash> FindTypeClashes(const std::vector<PlacedShape>& tables) {
  std::vector<TypeClash> out;
  const std::unordered_set<const TableShape*> suspects = Suspects(tables);
  const std::set<std::string, std::less<>> reserved = NamesWithoutTables(tables);
  std::unordered_map<std::string, PlacedShape> owners;
  for (const PlacedShape& table : tables) {
    const bool as_reserved = MayBeNamedAs(*table.shape, reserved);
    if (!as_reserved && !suspects.contains(table.shape)) continue;
    std::vector<std::string> names = TypeNamesOf(*table.shape, table.target);
    const auto known = std::ranges::find_if(
        names, [&](const std::string& name) { return as_reserved && reserved.contains(name); });
    if (known != names.end()) {
      out.push_back({.table = table, .first = {}, .type_name = *std::move(known)});
      continue;
    }
    const auto taken =
        std::ranges::find_if(names, [&](const std::string& name) { return owners.contains(name); });
    if (taken != names.end()) {
      const PlacedShape first = owners.find(*taken)->second;
      out.push_back({.table = table, .first = first, .type_name = *std::move(taken)});
      continue;
    }
    for (std::string& name : names) owners.emplace(std::move(name), table);
  }
  return out;
}

}  // namespace joinery::planner
