#include "planner/engine/type_dependents.h"

#include <algorithm>

#include "base/strings.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using json::Value;

bool IsSession(const Value& value) {
  return value.is_string() && StartsWithIgnoreCase(value.string(), "x-hasura-");
}

// Whether an operand is written in the metadata, wholly or in part.
bool IsLiteral(const Value& value) {
  if (IsSession(value)) return false;
  if (value.is_array() && !value.items().empty()) {
    return std::ranges::any_of(value.items(), IsLiteral);
  }
  return true;
}

// An operator's or connective's name without `_` or `$`.
std::string_view Stem(std::string_view key) {
  return key.starts_with('_') || key.starts_with('$') ? key.substr(1) : std::string_view();
}

bool ComparesColumns(std::string_view stem) {
  return stem.size() > 2 && stem.starts_with('c') && stem != "contains" && stem != "contained_in" &&
         stem != "cast";
}

// Looks through boolean expressions for uses of one column's type.
class TypeUses {
 public:
  TypeUses(const Source& source, const Table& table, std::string_view column)
      : source_(source), wanted_(table), column_(column) {}

  bool InFilter(const Value& filter, const Table& table) {
    return Expression(filter, table, table);
  }

  bool InPresets(const Value& presets, const Table& table) const {
    const Value* value = &table == &wanted_ ? presets.Find(column_) : nullptr;
    return value != nullptr && IsLiteral(*value);
  }

 private:
  bool Expression(const Value& filter, const Table& table, const Table& root) {
    return std::ranges::any_of(filter.members(), [&](const auto& member) {
      return Member(member.first, member.second, table, root);
    });
  }

  bool Member(const std::string& key, const Value& value, const Table& table, const Table& root) {
    const std::string_view stem = Stem(key);
    if (stem == "and" || stem == "or") {
      return std::ranges::any_of(value.items(),
                                 [&](const Value& item) { return Expression(item, table, root); });
    }
    if (stem == "not") return Expression(value, table, root);
    if (stem == "exists") return Exists(value);
    if (table.FindColumn(key) != nullptr) return Column(key, value, table, root);
    if (const Relationship* relationship = table.FindRelationship(key)) {
      return Expression(value, *relationship->target, root);
    }
    const ComputedField* computed = table.FindComputedField(key);
    return computed != nullptr && computed->target != nullptr &&
           Expression(value, *computed->target, root);
  }

  bool Exists(const Value& exists) {
    const Value* name = exists.Find("_table");
    const Value* where = exists.Find("_where");
    if (name == nullptr || where == nullptr) return false;
    std::vector<Issue> ignored;
    const Table* target = source_.FindTable(metadata::ReadTableName(*name, "$", ignored));
    return target != nullptr && Expression(*where, *target, *target);
  }

  bool Column(std::string_view name, const Value& value, const Table& table, const Table& root) {
    const bool own = &table == &wanted_ && name == column_;
    if (!value.is_object()) return own && IsLiteral(value);
    return std::ranges::any_of(value.members(), [&](const auto& member) {
      const std::string_view stem = Stem(member.first);
      if (stem == "is_null") return false;
      if (ComparesColumns(stem)) return own || IsOperand(member.second, table, root);
      return own && IsLiteral(member.second);
    });
  }

  // "c", ["c"] or ["$", "c"].
  bool IsOperand(const Value& operand, const Table& table, const Table& root) const {
    const Value* name = &operand;
    const Table* owner = &table;
    if (operand.is_array() && !operand.items().empty()) {
      name = &operand.items().back();
      if (operand.items().front() == Value("$")) owner = &root;
    }
    return owner == &wanted_ && name->is_string() && name->string() == column_;
  }

  const Source& source_;
  const Table& wanted_;
  const std::string_view column_;
};

}  // namespace

std::vector<std::string> TypeDependents(const Graph& graph, std::string_view source_name,
                                        const plan::TableName& table_name,
                                        std::string_view column) {
  std::vector<std::string> out;
  const Source* source = graph.FindSource(source_name);
  const Table* wanted = source == nullptr ? nullptr : source->FindTable(table_name);
  if (wanted == nullptr) return out;
  TypeUses uses(*source, *wanted, column);
  for (const auto& table : source->tables) {
    const auto look = [&](std::string_view type, const auto& permissions, const auto& uses_it) {
      for (const auto& one : permissions) {
        if (!uses_it(*one.permission)) continue;
        out.push_back(StrCat("permission ", SqlName(table->name), ".", one.role, ".", type,
                             " in source \"", source_name, "\""));
      }
    };
    const auto writes = [&](const metadata::WritePermission& one) {
      return uses.InFilter(one.filter, *table) || uses.InFilter(one.check, *table) ||
             uses.InPresets(one.set, *table);
    };
    look("select", table->metadata->select_permissions,
         [&](const auto& one) { return uses.InFilter(one.filter, *table); });
    look("insert", table->metadata->insert_permissions, writes);
    look("update", table->metadata->update_permissions, writes);
    look("delete", table->metadata->delete_permissions, writes);
  }
  return out;
}

}  // namespace joinery::planner
