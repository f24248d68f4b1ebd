#include "planner/metadata/locate.h"

#include <functional>
#include <optional>
#include <vector>

#include "base/strings.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/table_parts.h"

namespace joinery::metadata {
namespace {

using json::Value;
using Matches = std::function<bool(const Value&)>;

// A part of a document and the way to it.
struct Part {
  const Value* value = nullptr;  // Null: there is none.
  std::string path;

  Part In(std::string_view list, const Matches& matches) const {
    const Value* items = value == nullptr ? nullptr : value->Find(list);
    if (items == nullptr) return {};
    for (size_t i = 0; i < items->items().size(); ++i) {
      const Value& item = items->items()[i];
      if (matches(item)) return {&item, StrCat(path, ".", list, "[", i, "]")};
    }
    return {};
  }
  Part Named(std::string_view list, std::string_view key, std::string_view name) const {
    return In(list, [&](const Value& item) { return item.FindString(key) == name; });
  }
};

std::optional<TableName> NameIn(const Value& object, std::string_view member) {
  const Value* found = object.Find(member);
  std::vector<Issue> issues;
  const TableName name = ReadTableName(found != nullptr ? *found : object, "$", issues);
  return issues.empty() ? std::optional(name) : std::nullopt;
}

Part WithName(const Part& source, std::string_view list, std::string_view member,
              const Value& definition) {
  const std::optional<TableName> wanted = NameIn(definition, member);
  if (!wanted) return {};
  return source.In(list, [&](const Value& item) { return NameIn(item, member) == wanted; });
}

std::string_view After(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// "… in source s" at the end of an object's name.
std::string_view SourceIn(std::string_view name) {
  constexpr std::string_view kIn = " in source ";
  const size_t at = name.rfind(kIn);
  return at == name.npos ? "default" : name.substr(at + kIn.size());
}

Part LocateInSource(const Part& source, std::string_view type, const Value& definition) {
  if (type == "table") return WithName(source, "tables", "table", definition);
  if (type == "function") return WithName(source, "functions", "function", definition);
  if (type == "function_permission") {
    const Part function = WithName(source, "functions", "function", definition);
    return function.Named("permissions", "role", definition.FindString("role").value_or(""));
  }
  for (const TablePart& part : kTableParts) {
    if (part.type != type) continue;
    const Part table = WithName(source, "tables", "table", definition);
    const Part found =
        table.Named(part.list, part.key, definition.FindString(part.key).value_or(""));
    return found.value != nullptr ? found : table;
  }
  return source;
}

Part Locate(const Part& root, std::string_view type, std::string_view name,
            const Value& definition) {
  const auto text = [&](std::string_view key) { return definition.FindString(key).value_or(""); };
  if (type == "source") return root.Named("sources", "name", After(name, "source "));
  if (type == "remote_schema") {
    return root.Named("remote_schemas", "name", After(name, "remote_schema "));
  }
  if (type == "action") return root.Named("actions", "name", After(name, "action "));
  if (type == "custom_types") return {root.value->Find("custom_types"), "$.custom_types"};
  if (type == "inherited_role")
    return root.Named("inherited_roles", "role_name", text("role_name"));
  if (type == "inherited role permission inconsistency") {
    return root.Named("inherited_roles", "role_name", name);
  }
  if (type == "endpoint" || type == "rest_endpoint") {
    return root.Named("rest_endpoints", "name", text("name"));
  }
  if (type == "action_permission") {
    return root.Named("actions", "name", text("action")).Named("permissions", "role", text("role"));
  }
  if (type == "remote_schema_permission") {
    return root.Named("remote_schemas", "name", text("remote_schema"))
        .Named("permissions", "role", text("role"));
  }
  if (type == "remote_schema_remote_relationship") {
    return root.Named("remote_schemas", "name", text("remote_schema"))
        .Named("remote_relationships", "type_name", text("type_name"))
        .Named("relationships", "name", text("name"));
  }
  constexpr std::string_view kOnCustomType = " on custom type ";
  if (const size_t at = name.find(kOnCustomType); at != name.npos) {
    const Part types{root.value->Find("custom_types"), "$.custom_types"};
    if (types.value == nullptr) return types;
    const Part object = types.Named("objects", "name", name.substr(at + kOnCustomType.size()));
    for (const std::string_view list : {"relationships", "remote_relationships"}) {
      const Part found = object.Named(list, "name", text("name"));
      if (found.value != nullptr) return found;
    }
    return object;
  }
  return LocateInSource(root.Named("sources", "name", SourceIn(name)), type, definition);
}

// Words between double quotes.
std::vector<std::string_view> QuotedWords(std::string_view text) {
  std::vector<std::string_view> out;
  const std::vector<std::string_view> pieces = Split(text, '"');
  for (size_t i = 1; i + 1 < pieces.size(); i += 2) out.push_back(pieces[i]);
  return out;
}

// The first part inside `value` that is, or is called, `word`.
std::string FindWord(const Value& value, const std::string& path, std::string_view word) {
  if (value.is_string() && value.string() == word) return path;
  for (size_t i = 0; i < value.items().size(); ++i) {
    std::string found = FindWord(value.items()[i], StrCat(path, "[", i, "]"), word);
    if (!found.empty()) return found;
  }
  for (const auto& [name, member] : value.members()) {
    const std::string at = StrCat(path, ".", name);
    if (name == word) return at;
    std::string found = FindWord(member, at, word);
    if (!found.empty()) return found;
  }
  return {};
}

const Value* At(const Value& document, std::string_view path) {
  const Value* value = &document;
  path.remove_prefix(1);
  while (!path.empty() && value != nullptr) {
    if (path.front() == '[') {
      const size_t end = path.find(']');
      const auto index = ParseInt64(path.substr(1, end - 1));
      if (!index || !value->is_array() || static_cast<size_t>(*index) >= value->items().size()) {
        return nullptr;
      }
      value = &value->items()[static_cast<size_t>(*index)];
      path.remove_prefix(end + 1);
      continue;
    }
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find_first_of(".["));
    value = value->Find(name);
    path.remove_prefix(name.size());
  }
  return value;
}

}  // namespace

std::string LocateObject(const Value& document, std::string_view type, std::string_view name,
                         const Value& definition) {
  const Part found = Locate({&document, "$"}, type, name, definition);
  return found.value == nullptr ? "$" : found.path;
}

std::string LocateReason(const Value& document, const std::string& path, std::string_view reason) {
  const Value* object = path == "$" ? nullptr : At(document, path);
  if (object == nullptr) return path;
  const std::vector<std::string_view> words = QuotedWords(reason);
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    std::string found = FindWord(*object, path, *word);
    if (!found.empty()) return found;
  }
  return path;
}

}  // namespace joinery::metadata
