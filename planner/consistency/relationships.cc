#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

bool SameColumns(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

std::string NotTracked(const plan::TableName& table) {
  return StrCat("table \"", SqlName(table), "\" is not tracked");
}

std::string NoField(const Table& table, std::string_view column) {
  return StrCat("table \"", SqlName(table.name), "\" has no field named \"", column, "\"");
}

class RelationshipBuilder {
 public:
  explicit RelationshipBuilder(const Table& table) : table_(table) {}

  // Null: `reason` says why.
  std::unique_ptr<Relationship> Build(const metadata::Relationship& metadata, std::string& reason) {
    auto out = std::make_unique<Relationship>();
    out->metadata = &metadata;
    out->name = metadata.name;
    out->array = metadata.array;
    if (const auto* manual = std::get_if<metadata::ManualMapping>(&metadata.using_)) {
      reason = Manual(*manual, *out);
    } else {
      const auto& on = std::get<metadata::ForeignKeyOn>(metadata.using_);
      reason = on.table ? OtherKey(on, *out) : OwnKey(on, *out);
    }
    if (!reason.empty()) return nullptr;
    return out;
  }

 private:
  std::string Prefixed(const Relationship& relationship, std::string_view reason) const {
    return StrCat("in table \"", SqlName(table_.name), "\": in relationship \"", relationship.name,
                  "\": ", reason);
  }

  std::string Manual(const metadata::ManualMapping& manual, Relationship& out) const {
    out.target = table_.source->FindTable(manual.remote_table);
    if (out.target == nullptr) return NotTracked(manual.remote_table);
    for (const plan::ColumnPair& pair : manual.columns) {
      if (table_.FindColumn(pair.outer) == nullptr) return NoField(table_, pair.outer);
      if (out.target->FindColumn(pair.inner) == nullptr) return NoField(*out.target, pair.inner);
    }
    out.pairs = manual.columns;
    out.inserted_first = !out.array && manual.insertion_order != "after_parent";
    return {};
  }

  // The one foreign key of `keys` over `columns` that leads to `target` (nullptr: anywhere).
  std::string FindKey(const std::vector<plan::CatalogForeignKey>& keys,
                      const std::vector<std::string>& columns, const plan::TableName* target,
                      const Relationship& out, const plan::CatalogForeignKey*& found) const {
    for (const plan::CatalogForeignKey& key : keys) {
      if (!SameColumns(key.columns, columns)) continue;
      if (target != nullptr && key.foreign_table != *target) continue;
      if (found != nullptr) {
        return Prefixed(out, "more than one foreign key constraint exists on the given column");
      }
      found = &key;
    }
    if (found == nullptr) return Prefixed(out, "no foreign constraint exists on the given column");
    return {};
  }

  std::string OwnKey(const metadata::ForeignKeyOn& on, Relationship& out) const {
    const plan::CatalogForeignKey* key = nullptr;
    const std::string problem =
        FindKey(table_.catalog->foreign_keys, on.columns, nullptr, out, key);
    if (!problem.empty()) return problem;
    out.target = table_.source->FindTable(key->foreign_table);
    if (out.target == nullptr) return NotTracked(key->foreign_table);
    out.own_key = true;
    out.inserted_first = true;
    out.nullable = false;
    for (size_t i = 0; i < key->columns.size(); ++i) {
      out.pairs.push_back({key->columns[i], key->foreign_columns[i]});
      const Column* own = table_.FindColumn(key->columns[i]);
      if (own == nullptr || own->catalog->nullable) out.nullable = true;
    }
    return {};
  }

  std::string OtherKey(const metadata::ForeignKeyOn& on, Relationship& out) const {
    out.target = table_.source->FindTable(*on.table);
    if (out.target == nullptr) return NotTracked(*on.table);
    const plan::CatalogForeignKey* key = nullptr;
    const std::string problem =
        FindKey(out.target->catalog->foreign_keys, on.columns, &table_.name, out, key);
    if (!problem.empty()) return problem;
    for (size_t i = 0; i < key->columns.size(); ++i) {
      out.pairs.push_back({key->foreign_columns[i], key->columns[i]});
    }
    return {};
  }

  const Table& table_;
};

std::string_view TypeOf(const metadata::Relationship& relationship) {
  return relationship.array ? "array_relation" : "object_relation";
}

InconsistentObject::Member MemberOf(const Table& table, const metadata::Relationship& metadata) {
  json::Value definition = json::Value::Object();
  if (const json::Value* written = metadata.definition.Find("using")) {
    definition.Set("using", *written);
  }
  const json::Value* comment = metadata.definition.Find("comment");
  definition.Set("comment", comment == nullptr ? json::Value() : *comment);
  return TableMember(table, TypeOf(metadata), metadata.name, definition);
}

bool AllDiffer(const Table& table) {
  const metadata::Table& metadata = *table.metadata;
  std::vector<std::string_view> names;
  for (const auto& one : metadata.relationships) names.push_back(one.name);
  for (const auto& one : metadata.computed_fields) names.push_back(one.name);
  for (const auto& one : metadata.remote_relationships) names.push_back(one.name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

// Names that more than one of the table's relationships, computed fields and remote relationships
// has.
std::map<std::string, std::vector<InconsistentObject::Member>> Claims(const Table& table) {
  std::map<std::string, std::vector<InconsistentObject::Member>> claims;
  for (const metadata::Relationship& one : table.metadata->relationships) {
    claims[one.name].push_back(MemberOf(table, one));
  }
  for (const metadata::ComputedField& one : table.metadata->computed_fields) {
    claims[one.name].push_back(TableMember(table, "computed_field", one.name, one.definition));
  }
  for (const metadata::RemoteRelationship& one : table.metadata->remote_relationships) {
    claims[one.name].push_back(TableMember(table, "remote_relationship", one.name, one.definition));
  }
  return claims;
}

}  // namespace

std::set<std::string, std::less<>> ReportDuplicateFields(const Table& table,
                                                         Inconsistencies* problems) {
  std::set<std::string, std::less<>> duplicates;
  if (AllDiffer(table)) return duplicates;
  for (auto& [name, members] : Claims(table)) {
    if (members.size() < 2) continue;
    duplicates.insert(name);
    if (problems != nullptr) {
      problems->AddConflict(std::move(members),
                            StrCat("conflicting definitions for field \"", name, "\""));
    }
  }
  return duplicates;
}

void AddRelationships(Graph& graph, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      const auto duplicates = ReportDuplicateFields(*table, &problems);
      RelationshipBuilder builder(*table);
      const FieldNames names(*table);
      for (const metadata::Relationship& metadata : table->metadata->relationships) {
        if (duplicates.contains(metadata.name)) continue;
        std::string reason = names.ColumnConflict(metadata.name);
        if (reason.empty() && metadata.array) {
          reason = names.ColumnConflict(StrCat(metadata.name, "_aggregate"));
        }
        std::unique_ptr<Relationship> built;
        if (reason.empty()) built = builder.Build(metadata, reason);
        if (built == nullptr) {
          problems.Add(MemberOf(*table, metadata), reason);
        } else {
          table->relationships.push_back(std::move(built));
        }
      }
    }
  }
}

}  // namespace joinery::planner
