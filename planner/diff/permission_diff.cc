#include "planner/diff/permission_diff.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using json::Value;
using plan::SchemaChange;

constexpr std::string_view kKinds[] = {"select", "insert", "update", "delete"};

struct Part {
  std::string_view member;
  std::string_view change;
  std::string_view text;
};
constexpr Part kParts[] = {
    {"filter", "ROWS_CHANGED", "the rows that it is about are others"},
    {"check", "CHECK_CHANGED", "the condition that written rows must meet is another one"},
    {"limit", "LIMIT_CHANGED", "the largest number of rows is another one"},
    {"set", "PRESETS_CHANGED", "the values that are set by the server are others"},
    {"backend_only", "BACKEND_ONLY_CHANGED", "who may use it is another one"},
};

// Absent, null, false and {} say the same.
bool SaysNothing(const Value* value) {
  return value == nullptr || value->is_null() || (value->is_bool() && !value->bool_value()) ||
         (value->is_object() && value->members().empty());
}

bool SameMeaning(const Value* a, const Value* b) {
  if (SaysNothing(a) || SaysNothing(b)) return SaysNothing(a) && SaysNothing(b);
  return *a == *b;
}

// The permissions of a document by "select_permission user in table t in source s".
std::map<std::string, std::pair<const Value*, std::string>> PermissionsOf(const Value& document) {
  static const std::vector<Value> kNone;
  const auto items = [](const Value& object, std::string_view list) -> const std::vector<Value>& {
    const Value* found = object.Find(list);
    return found == nullptr ? kNone : found->items();
  };
  std::map<std::string, std::pair<const Value*, std::string>> out;
  for (const Value& source : items(document, "sources")) {
    for (const Value& table : items(source, "tables")) {
      std::vector<Issue> issues;
      const Value* name = table.Find("table");
      if (name == nullptr) continue;
      const auto [schema, text] = metadata::ReadTableName(*name, "$", issues);
      for (const std::string_view kind : kKinds) {
        for (const Value& one : items(table, StrCat(kind, "_permissions"))) {
          const std::string role(one.FindString("role").value_or(""));
          const Value* permission = one.Find("permission");
          if (permission == nullptr) continue;
          out[StrCat(kind, "_permission ", role, " in table ",
                     schema == "public" ? "" : schema + ".", text, " in source ",
                     source.FindString("name").value_or(""))] = {permission, role};
        }
      }
    }
  }
  return out;
}

}  // namespace

std::vector<SchemaChange> ComparePermissions(const Value& before, const Value& after) {
  const auto old_ones = PermissionsOf(before);
  std::vector<SchemaChange> out;
  for (const auto& [name, entry] : PermissionsOf(after)) {
    const auto& [permission, role] = entry;
    const auto old_one = old_ones.find(name);
    if (old_one == old_ones.end()) continue;
    for (const auto& [member, change, text] : kParts) {
      if (SameMeaning(old_one->second.first->Find(member), permission->Find(member))) continue;
      out.push_back({.severity = SchemaChange::Severity::kDangerous,
                     .kind = std::string(change),
                     .coordinate = name,
                     .message = StrCat(name, ": ", text),
                     .roles = {role}});
    }
  }
  return out;
}

}  // namespace joinery::planner
