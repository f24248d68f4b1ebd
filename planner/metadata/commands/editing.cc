#include "planner/metadata/commands/editing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "planner/metadata/reader.h"

namespace joinery::metadata {

using json::Value;

std::string Editing::ArgPath(std::string_view member) const {
  std::string out = ShapePath(call.endpoint, call.path);
  if (!member.empty()) StrAppend(out, ".", member);
  return out;
}

IssueOr<Value> Editing::Member(std::string_view member) const {
  if (!call.args.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(call.args.kind())),
                       ArgPath());
  }
  const Value* found = call.args.Find(member);
  if (found == nullptr) return ParseFailed(StrCat("key \"", member, "\" not found"), ArgPath());
  return *found;
}

IssueOr<std::string> Editing::Text(std::string_view member) const {
  ASSIGN_OR_RETURN_ISSUE(const Value value, Member(member));
  if (!value.is_string()) {
    return ParseFailed(StrCat("parsing Text failed, expected String, but encountered ",
                              json::KindName(value.kind())),
                       ArgPath(member));
  }
  if (value.string().empty()) return ParseFailed("empty string not allowed", ArgPath(member));
  return value.string();
}

IssueOr<Value> Editing::List(std::string_view member) const {
  ASSIGN_OR_RETURN_ISSUE(Value value, Member(member));
  if (value.is_array()) return value;
  return ParseFailed(
      StrCat("parsing [] failed, expected Array, but encountered ", json::KindName(value.kind())),
      ArgPath(member));
}

std::string Editing::SourceName() const {
  return std::string(call.args.FindString("source").value_or("default"));
}

IssueOr<TableName> Editing::Name(std::string_view member) const {
  ASSIGN_OR_RETURN_ISSUE(const Value value, Member(member));
  std::vector<Issue> issues;
  TableName name = ReadTableName(value, ArgPath(member), issues);
  if (!issues.empty()) return issues.front();
  return name;
}

IssueOr<TableName> Editing::TrackedName(std::string_view member) const {
  if (call.args.is_object() && call.args.Find(member) != nullptr) return Name(member);
  std::vector<Issue> issues;
  TableName name = ReadTableName(call.args, ArgPath(), issues);
  if (!issues.empty()) return issues.front();
  return name;
}

IssueOr<bool> Editing::Flag(std::string_view member) const {
  ASSIGN_OR_RETURN_ISSUE(const Value value, Member(member));
  if (value.is_bool()) return value.bool_value();
  return ParseFailed(StrCat("parsing Bool failed, expected Boolean, but encountered ",
                            json::KindName(value.kind())),
                     ArgPath(member));
}

Issue Editing::FieldExists(const TableName& table, std::string_view field) const {
  return Fault("already-exists", StrCat("field with name \"", field,
                                        "\" already exists in table \"", ShownName(table), "\""));
}

bool Editing::IsRemoteRoot(std::string_view name) const {
  return call.facts != nullptr && call.facts->is_remote_root && call.facts->is_remote_root(name);
}

bool Editing::HasColumn(const TableName& table, std::string_view column) const {
  return call.facts != nullptr && call.facts->has_column &&
         call.facts->has_column(SourceName(), table, column);
}

IssueOr<Value*> Editing::Source() {
  const std::string name = SourceName();
  Value* source = FindBy(ListOf(document, "sources"), "name", name);
  if (source == nullptr) {
    return Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"));
  }
  return source;
}

IssueOr<Value*> Editing::Table() {
  ASSIGN_OR_RETURN_ISSUE(Value * source, Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, Name("table"));
  Value* table = FindTableIn(ListOf(*source, "tables"), "table", name);
  if (table == nullptr) {
    return Fault("not-exists", StrCat("table \"", ShownName(name),
                                      "\" does not exist in source: ", SourceName()));
  }
  return table;
}

IssueOr<Value*> Editing::Function() {
  ASSIGN_OR_RETURN_ISSUE(Value * source, Source());
  ASSIGN_OR_RETURN_ISSUE(const TableName name, Name("function"));
  Value* function = FindTableIn(ListOf(*source, "functions"), "function", name);
  if (function == nullptr) {
    return Fault("not-exists", StrCat("function \"", ShownName(name),
                                      "\" does not exist in source: ", SourceName()));
  }
  return function;
}

IssueOr<Value*> Editing::RemoteSchema(const std::string& name) {
  Value* schema = FindBy(ListOf(document, "remote_schemas"), "name", name);
  if (schema == nullptr) {
    return Fault("not-exists", StrCat("remote schema with name \"", name, "\" does not exist"));
  }
  return schema;
}

IssueOr<Value*> Editing::Action(const std::string& name) {
  Value* action = FindBy(ListOf(document, "actions"), "name", name);
  if (action == nullptr) {
    return Fault("not-exists", StrCat("action with name \"", name, "\" does not exist"));
  }
  return action;
}

IssueOr<Value*> Editing::Collection(const std::string& name, std::string_view member) {
  Value* collection = FindBy(ListOf(document, "query_collections"), "name", name);
  if (collection != nullptr) return collection;
  std::string message = StrCat("query collection with name \"", name, "\" does not exists");
  return member.empty() ? Fault("not-exists", std::move(message))
                        : FaultAt(member, "not-exists", std::move(message));
}

Value Success() {
  Value out = Value::Object();
  out.Set("message", "success");
  return out;
}

std::string ShownName(const TableName& table) {
  return table.schema == "public" ? table.name : StrCat(table.schema, ".", table.name);
}

Value NameValue(const TableName& table) {
  Value out = Value::Object();
  out.Set("name", table.name);
  out.Set("schema", table.schema);
  return out;
}

Value& ListOf(Value& object, std::string_view member) {
  Value* found = object.Find(member);
  return found != nullptr && found->is_array() ? *found : object.Set(member, Value::Array());
}

Value* FindBy(Value& list, std::string_view key, std::string_view name) {
  for (Value& item : list.items()) {
    if (item.FindString(key) == name) return &item;
  }
  return nullptr;
}

bool EraseBy(Value& list, std::string_view key, std::string_view name) {
  return std::erase_if(list.items(),
                       [&](const Value& item) { return item.FindString(key) == name; }) > 0;
}

bool HasField(Value& table, std::string_view name) {
  for (const std::string_view list :
       {"object_relationships", "array_relationships", "computed_fields", "remote_relationships"}) {
    Value* items = table.Find(list);
    if (items != nullptr && FindBy(*items, "name", name) != nullptr) return true;
  }
  return false;
}

void SetComment(Value& object, const Value& args) {
  const Value* comment = args.Find("comment");
  if (comment == nullptr || comment->is_null()) {
    object.Remove("comment");
  } else {
    object.Set("comment", *comment);
  }
}

Value Pick(const Value& from, std::initializer_list<std::string_view> members) {
  Value out = Value::Object();
  for (const std::string_view member : members) {
    const Value* value = from.Find(member);
    if (value != nullptr && !value->is_null()) out.Set(member, *value);
  }
  return out;
}

Value* FindTableIn(Value& list, std::string_view member, const TableName& name) {
  for (Value& item : list.items()) {
    std::vector<Issue> ignored;
    const Value* at = std::as_const(item).Find(member);
    if (at != nullptr && ReadTableName(*at, "$", ignored) == name) return &item;
  }
  return nullptr;
}

}  // namespace joinery::metadata
