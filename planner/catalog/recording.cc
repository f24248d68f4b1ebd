#include "planner/catalog/recording.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "graphql/sdl.h"
#include "json/write.h"

namespace joinery::planner {
namespace {

using json::Value;

constexpr int64_t kVersion = 1;

// --- Writing. Members that say nothing are left out.

void SetText(Value& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object.Set(name, text);
}
void SetTrue(Value& object, std::string_view name, bool value) {
  if (value) object.Set(name, true);
}

Value Texts(const std::vector<std::string>& texts) {
  Value out = Value::Array();
  for (const std::string& text : texts) out.Append(text);
  return out;
}

Value NameJson(const plan::TableName& name) {
  return Value::Object({{"schema", Value(name.schema)}, {"name", Value(name.name)}});
}

// A type of pg_catalog is its name alone.
Value TypeJson(const plan::SqlType& type) {
  if (type.schema.empty() && type.dimensions == 0) return Value(type.name);
  Value out = Value::Object();
  SetText(out, "schema", type.schema);
  out.Set("name", type.name);
  if (type.dimensions != 0) out.Set("dimensions", static_cast<int64_t>(type.dimensions));
  return out;
}

constexpr std::string_view kTypeKinds[] = {"base",      "enum",  "domain",
                                           "composite", "range", "pseudo"};

void SetKind(Value& object, std::string_view name, plan::TypeKind kind) {
  if (kind != plan::TypeKind::kBase) object.Set(name, kTypeKinds[static_cast<size_t>(kind)]);
}

Value ColumnJson(const plan::CatalogColumn& column) {
  Value out = Value::Object({{"name", Value(column.name)}, {"type", TypeJson(column.type)}});
  SetKind(out, "kind", column.type_kind);
  if (!(column.base_type == column.type)) out.Set("base_type", TypeJson(column.base_type));
  SetTrue(out, "not_null", !column.nullable);
  SetTrue(out, "default", column.has_default);
  SetTrue(out, "generated", column.generated);
  SetTrue(out, "identity_always", column.identity_always);
  SetText(out, "comment", column.comment);
  return out;
}

Value ConstraintJson(const plan::CatalogConstraint& constraint) {
  return Value::Object({{"name", Value(constraint.name)}, {"columns", Texts(constraint.columns)}});
}

template <typename T, typename Make, typename Key>
Value SortedList(const std::vector<T>& items, const Make& make, const Key& key) {
  std::vector<const T*> sorted;
  for (const T& item : items) sorted.push_back(&item);
  std::ranges::stable_sort(sorted, {}, [&](const T* item) { return key(*item); });
  Value out = Value::Array();
  for (const T* item : sorted) out.Append(make(*item));
  return out;
}

Value ForeignKeyJson(const plan::CatalogForeignKey& key) {
  return Value::Object({{"name", Value(key.name)},
                        {"columns", Texts(key.columns)},
                        {"foreign_table", NameJson(key.foreign_table)},
                        {"foreign_columns", Texts(key.foreign_columns)}});
}

Value TableJson(const plan::CatalogTable& table) {
  Value out = NameJson(table.name);
  out.Set("kind", std::string(1, table.kind));
  out.Set("updatable", static_cast<int64_t>(table.updatable));
  SetText(out, "comment", table.comment);
  Value columns = Value::Array();
  for (const plan::CatalogColumn& column : table.columns) columns.Append(ColumnJson(column));
  out.Set("columns", std::move(columns));
  if (table.primary_key) out.Set("primary_key", ConstraintJson(*table.primary_key));
  const auto by_name = [](const auto& item) { return item.name; };
  if (!table.unique_constraints.empty()) {
    out.Set("unique_constraints", SortedList(table.unique_constraints, ConstraintJson, by_name));
  }
  if (!table.foreign_keys.empty()) {
    out.Set("foreign_keys", SortedList(table.foreign_keys, ForeignKeyJson, by_name));
  }
  return out;
}

Value ArgumentJson(const plan::CatalogArgument& argument) {
  Value out = Value::Object();
  SetText(out, "name", argument.name);
  out.Set("type", TypeJson(argument.type));
  SetKind(out, "kind", argument.type_kind);
  SetTrue(out, "default", argument.has_default);
  return out;
}

Value FunctionJson(const plan::CatalogFunction& function) {
  Value out = NameJson(function.name);
  Value arguments = Value::Array();
  for (const plan::CatalogArgument& argument : function.arguments) {
    arguments.Append(ArgumentJson(argument));
  }
  if (!arguments.items().empty()) out.Set("arguments", std::move(arguments));
  out.Set("returns", TypeJson(function.returns));
  SetKind(out, "returns_kind", function.returns_kind);
  if (function.returns_table) out.Set("returns_table", NameJson(*function.returns_table));
  SetTrue(out, "returns_set", function.returns_set);
  SetTrue(out, "variadic", function.variadic);
  out.Set("volatility", std::string(1, function.volatility));
  SetText(out, "comment", function.comment);
  return out;
}

Value EnumJson(const plan::CatalogEnumTable& table) {
  Value out = NameJson(table.table);
  SetText(out, "error", table.error);
  const auto value_json = [](const plan::CatalogEnumTable::EnumValue& value) {
    Value one = Value::Object({{"value", Value(value.value)}});
    SetText(one, "comment", value.comment);
    return one;
  };
  out.Set("values", SortedList(table.values, value_json, [](const auto& v) { return v.value; }));
  return out;
}

Value DatabaseJson(const plan::DatabaseCatalog& catalog) {
  return Value::Object(
      {{"tables", SortedList(catalog.tables, TableJson, [](const auto& t) { return t.name; })},
       {"functions", SortedList(catalog.functions, FunctionJson,
                                [](const auto& f) {
                                  return std::pair(f.name, json::ToString(FunctionJson(f)));
                                })},
       {"enum_tables",
        SortedList(catalog.enum_tables, EnumJson, [](const auto& t) { return t.table; })}});
}

Value SchemaJson(const graphql::Schema& schema) {
  Value lines = Value::Array();
  const std::string text = graphql::PrintSchema(schema);
  for (const std::string_view line : Split(Trim(text), '\n')) lines.Append(line);
  return lines;
}

// Pretty down to `levels` of nesting, a line per value below.
void WriteLines(const Value& value, int levels, int indent, std::string& out) {
  const bool list = value.is_array();
  const size_t count = list ? value.items().size() : value.members().size();
  if (levels == 0 || count == 0) return json::Write(value, out);
  out += list ? '[' : '{';
  for (size_t i = 0; i < count; ++i) {
    out += i == 0 ? "\n" : ",\n";
    out.append(static_cast<size_t>(indent) + 2, ' ');
    if (!list) {
      json::AppendQuoted(out, value.members()[i].first);
      out += ": ";
    }
    WriteLines(list ? value.items()[i] : value.members()[i].second, levels - 1, indent + 2, out);
  }
  out += '\n';
  out.append(static_cast<size_t>(indent), ' ');
  out += list ? ']' : '}';
}

// --- Reading. A member that is absent has its default.

bool IsTrue(const Value& object, std::string_view name) { return object.FindBool(name, false); }

std::string TextOf(const Value& object, std::string_view name) {
  return std::string(object.FindString(name).value_or(""));
}

const std::vector<Value>& ItemsOf(const Value& object, std::string_view name) {
  static const std::vector<Value> kNone;
  const Value* found = object.Find(name);
  return found == nullptr ? kNone : found->items();
}

std::vector<std::string> TextsOf(const Value& object, std::string_view name) {
  std::vector<std::string> out;
  for (const Value& item : ItemsOf(object, name)) {
    if (item.is_string()) out.push_back(item.string());
  }
  return out;
}

char CharacterOf(const Value& object, std::string_view name, char otherwise) {
  const std::string text = TextOf(object, name);
  const bool letter = text.size() == 1 && static_cast<unsigned char>(text.front()) < 0x80;
  return letter ? text.front() : otherwise;
}

plan::TableName NameOf(const Value* object) {
  if (object == nullptr) return {};
  return {TextOf(*object, "schema"), TextOf(*object, "name")};
}

plan::SqlType TypeOf(const Value* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return {.schema = {}, .name = value->string()};
  const Value* dimensions = value->Find("dimensions");
  const int64_t count = dimensions == nullptr ? 0 : dimensions->int64().value_or(0);
  return {.schema = TextOf(*value, "schema"),
          .name = TextOf(*value, "name"),
          .dimensions = static_cast<uint32_t>(std::clamp<int64_t>(count, 0, 6))};
}

plan::TypeKind KindOf(const Value& object, std::string_view name) {
  const std::string text = TextOf(object, name);
  const auto found = std::ranges::find(kTypeKinds, std::string_view(text));
  if (found == std::end(kTypeKinds)) return plan::TypeKind::kBase;
  return static_cast<plan::TypeKind>(found - std::begin(kTypeKinds));
}

plan::CatalogConstraint ConstraintOf(const Value& value) {
  return {TextOf(value, "name"), TextsOf(value, "columns")};
}

plan::CatalogTable TableOf(const Value& value) {
  plan::CatalogTable out;
  out.name = NameOf(&value);
  out.kind = CharacterOf(value, "kind", 'r');
  const Value* updatable = value.Find("updatable");
  if (updatable != nullptr) out.updatable = static_cast<uint32_t>(updatable->int64().value_or(0));
  out.comment = TextOf(value, "comment");
  for (const Value& item : ItemsOf(value, "columns")) {
    plan::CatalogColumn& column = out.columns.emplace_back();
    column.name = TextOf(item, "name");
    column.position = static_cast<int32_t>(out.columns.size());
    column.type = TypeOf(item.Find("type"));
    column.type_kind = KindOf(item, "kind");
    const Value* base = item.Find("base_type");
    column.base_type = base == nullptr ? column.type : TypeOf(base);
    column.nullable = !IsTrue(item, "not_null");
    column.has_default = IsTrue(item, "default");
    column.generated = IsTrue(item, "generated");
    column.identity_always = IsTrue(item, "identity_always");
    column.comment = TextOf(item, "comment");
  }
  if (const Value* key = value.Find("primary_key")) out.primary_key = ConstraintOf(*key);
  for (const Value& item : ItemsOf(value, "unique_constraints")) {
    out.unique_constraints.push_back(ConstraintOf(item));
  }
  for (const Value& item : ItemsOf(value, "foreign_keys")) {
    out.foreign_keys.push_back({TextOf(item, "name"), TextsOf(item, "columns"),
                                NameOf(item.Find("foreign_table")),
                                TextsOf(item, "foreign_columns")});
  }
  return out;
}

plan::CatalogFunction FunctionOf(const Value& value) {
  plan::CatalogFunction out;
  out.name = NameOf(&value);
  for (const Value& item : ItemsOf(value, "arguments")) {
    out.arguments.push_back({.name = TextOf(item, "name"),
                             .type = TypeOf(item.Find("type")),
                             .type_kind = KindOf(item, "kind"),
                             .has_default = IsTrue(item, "default")});
  }
  out.returns = TypeOf(value.Find("returns"));
  out.returns_kind = KindOf(value, "returns_kind");
  if (const Value* table = value.Find("returns_table")) out.returns_table = NameOf(table);
  out.returns_set = IsTrue(value, "returns_set");
  out.variadic = IsTrue(value, "variadic");
  out.volatility = CharacterOf(value, "volatility", 'v');
  out.comment = TextOf(value, "comment");
  return out;
}

plan::CatalogEnumTable EnumOf(const Value& value) {
  plan::CatalogEnumTable out{.table = NameOf(&value)};
  out.error = TextOf(value, "error");
  for (const Value& item : ItemsOf(value, "values")) {
    out.values.push_back({TextOf(item, "value"), TextOf(item, "comment")});
  }
  return out;
}

// Object ids are made up: each table and function has its own.
plan::DatabaseCatalog DatabaseOf(const Value& value) {
  plan::DatabaseCatalog out;
  uint32_t oid = 1;
  for (const Value& item : ItemsOf(value, "tables")) {
    out.tables.push_back(TableOf(item));
    out.tables.back().oid = oid++;
  }
  for (const Value& item : ItemsOf(value, "functions")) {
    out.functions.push_back(FunctionOf(item));
    out.functions.back().oid = oid++;
  }
  for (const Value& item : ItemsOf(value, "enum_tables")) out.enum_tables.push_back(EnumOf(item));
  return out;
}

}  // namespace

World Recording::Observe(std::shared_ptr<const metadata::Metadata> metadata) const {
  constexpr std::string_view kAbsent = "it is not in the recorded snapshot";
  World world;
  for (const metadata::Source& source : metadata->sources) {
    SourceState& state = world.sources[source.name];
    const auto it = databases.find(source.name);
    if (it != databases.end()) {
      state.catalog = it->second;
    } else {
      state.error = kAbsent;
    }
  }
  for (const metadata::RemoteSchema& remote : metadata->remote_schemas) {
    RemoteSchemaState& state = world.remote_schemas[remote.name];
    const auto it = remote_schemas.find(remote.name);
    if (it != remote_schemas.end()) {
      state.schema = it->second;
    } else {
      state.error = kAbsent;
    }
  }
  world.metadata = std::move(metadata);
  return world;
}

std::string WriteRecording(const Recording& recording) {
  std::string out = StrCat("{\n  \"version\": ", kVersion, ",\n  \"sources\": {");
  const auto member = [&](bool& first, const std::string& name) {
    out += first ? "\n    " : ",\n    ";
    first = false;
    json::AppendQuoted(out, name);
    out += ": ";
  };
  bool first = true;
  for (const auto& [name, catalog] : recording.databases) {
    member(first, name);
    // Lists, their objects, those's lists, and a line for each of theirs.
    WriteLines(DatabaseJson(*catalog), 4, 4, out);
  }
  out += first ? "},\n  \"remote_schemas\": {" : "\n  },\n  \"remote_schemas\": {";
  first = true;
  for (const auto& [name, schema] : recording.remote_schemas) {
    member(first, name);
    WriteLines(SchemaJson(*schema), 1, 4, out);
  }
  out += first ? "}\n}\n" : "\n  }\n}\n";
  return out;
}

StatusOr<Recording> ReadRecording(const std::string& text) {
  ASSIGN_OR_RETURN(const Value root, json::Parse(text));
  const Value* version = root.Find("version");
  if (version == nullptr || version->int64() != kVersion || root.Find("sources") == nullptr) {
    return InvalidArgument("not a snapshot of this version; make it anew");
  }
  Recording out;
  for (const auto& [name, value] : root.Find("sources")->members()) {
    out.databases[name] = std::make_shared<const plan::DatabaseCatalog>(DatabaseOf(value));
  }
  const Value* remotes = root.Find("remote_schemas");
  if (remotes == nullptr) return out;
  for (const auto& [name, value] : remotes->members()) {
    std::vector<std::string> lines;
    for (const Value& line : value.items()) lines.push_back(line.string());
    graphql::SchemaResult built = graphql::BuildSchema(Join(lines, "\n"));
    if (!built.ok()) {
      return InvalidArgument(
          StrCat("remote schema \"", name, "\": ", built.errors.front().message));
    }
    out.remote_schemas[name] = std::move(built.schema);
  }
  return out;
}

}  // namespace joinery::planner
