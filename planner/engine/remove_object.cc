#include "planner/engine/remove_object.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/strings.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/table_parts.h"

namespace joinery::planner {
namespace {

using json::Value;

// Erases from lists, but for the first `keep` elements that match.
class Eraser {
 public:
  explicit Eraser(size_t keep) : keep_(keep) {}

  bool operator()(Value* object, std::string_view list,
                  const std::function<bool(const Value&)>& matches) const {
    Value* items = object == nullptr ? nullptr : object->Find(list);
    if (items == nullptr) return false;
    size_t seen = 0;
    return std::erase_if(items->items(),
                         [&](const Value& item) { return matches(item) && ++seen > keep_; }) > 0;
  }

 private:
  const size_t keep_;
};

std::function<bool(const Value&)> Named(std::string_view key, std::string_view name) {
  return
      [key, name = std::string(name)](const Value& item) { return item.FindString(key) == name; };
}

Value* FindIn(Value* object, std::string_view list,
              const std::function<bool(const Value&)>& matches) {
  Value* items = object == nullptr ? nullptr : object->Find(list);
  if (items == nullptr) return nullptr;
  const auto it = std::ranges::find_if(items->items(), matches);
  return it == items->items().end() ? nullptr : &*it;
}

std::function<bool(const Value&)> OfTable(const Value& table) {
  std::vector<Issue> issues;
  const metadata::TableName wanted = metadata::ReadTableName(table, "$", issues);
  return [wanted](const Value& item) {
    std::vector<Issue> ignored;
    const Value* name = item.Find("table");
    return name != nullptr && metadata::ReadTableName(*name, "$", ignored) == wanted;
  };
}

// "… in source s" at the end of an object's name.
std::string SourceIn(const std::string& name) {
  const size_t at = name.rfind(" in source ");
  return at == std::string::npos ? "default" : name.substr(at + 11);
}

}  // namespace

bool RemoveObject(Value& document, const std::string& type, const Value& definition,
                  const std::string& name, size_t keep) {
  const Eraser erase(keep);
  const auto text = [&](std::string_view key) {
    return std::string(definition.FindString(key).value_or(""));
  };
  if (type == "source") return erase(&document, "sources", Named("name", name.substr(7)));
  if (type == "remote_schema") {
    return erase(&document, "remote_schemas", Named("name", name.substr(14)));
  }
  if (type == "action") return erase(&document, "actions", Named("name", name.substr(7)));
  if (type == "custom_types") return document.Remove("custom_types");
  if (type == "inherited_role") {
    return erase(&document, "inherited_roles", Named("role_name", text("role_name")));
  }
  if (type == "endpoint" || type == "rest_endpoint") {
    return erase(&document, "rest_endpoints", Named("name", text("name")));
  }
  if (type == "query_collections") {
    return erase(&document, "query_collections", Named("name", name.substr(18)));
  }
  if (type == "action_permission") {
    return erase(FindIn(&document, "actions", Named("name", text("action"))), "permissions",
                 Named("role", text("role")));
  }
  if (type == "remote_schema_permission") {
    return erase(FindIn(&document, "remote_schemas", Named("name", text("remote_schema"))),
                 "permissions", Named("role", text("role")));
  }
  if (type == "remote_schema_remote_relationship") {
    Value* schema = FindIn(&document, "remote_schemas", Named("name", text("remote_schema")));
    return erase(FindIn(schema, "remote_relationships", Named("type_name", text("type_name"))),
                 "relationships", Named("name", text("name")));
  }
  constexpr std::string_view kOnCustomType = " on custom type ";
  if (const size_t at = name.find(kOnCustomType);
      type == "remote_relationship" && at != name.npos) {
    Value* object = FindIn(document.Find("custom_types"), "objects",
                           Named("name", name.substr(at + kOnCustomType.size())));
    return erase(object, "relationships", Named("name", text("name"))) ||
           erase(object, "remote_relationships", Named("name", text("name")));
  }
  Value* source = FindIn(&document, "sources", Named("name", SourceIn(name)));
  if (type == "table") return erase(source, "tables", OfTable(definition));
  if (type == "function") {
    std::vector<Issue> issues;
    const Value* function = definition.Find("function");
    const auto wanted =
        metadata::ReadTableName(function != nullptr ? *function : definition, "$", issues);
    return erase(source, "functions", [&](const Value& item) {
      std::vector<Issue> ignored;
      const Value* at = item.Find("function");
      return at != nullptr && metadata::ReadTableName(*at, "$", ignored) == wanted;
    });
  }
  for (const metadata::TablePart& part : metadata::kTableParts) {
    if (part.type != type) continue;
    const Value* table = definition.Find("table");
    if (table == nullptr) return false;
    return erase(FindIn(source, "tables", OfTable(*table)), part.list,
                 Named(part.key, text(part.key)));
  }
  return false;
}

}  // namespace joinery::planner
