#include "planner/metadata/reader.h"

#include <utility>

#include "base/strings.h"
#include "planner/metadata/reading.h"

namespace joinery::metadata {

using json::Value;

std::string Reading::Text(const Value& object, std::string_view name, const std::string& path,
                          bool required) {
  const Value* found = object.Find(name);
  if (found == nullptr || found->is_null()) {
    if (required) Fail(StrCat("key \"", name, "\" not found"), path);
    return {};
  }
  if (!found->is_string()) {
    Fail(StrCat("parsing Text failed, expected String, but encountered ",
                json::KindName(found->kind())),
         StrCat(path, ".", name));
    return {};
  }
  if (required && found->string().empty())
    Fail("empty string not allowed", StrCat(path, ".", name));
  return found->string();
}

std::vector<std::string> Reading::Texts(const Value* list, const std::string& path) {
  std::vector<std::string> out;
  if (list == nullptr || list->is_null()) return out;
  if (list->is_string()) return {list->string()};
  if (!list->is_array()) {
    Fail(
        StrCat("parsing [] failed, expected Array, but encountered ", json::KindName(list->kind())),
        path);
    return out;
  }
  for (size_t i = 0; i < list->items().size(); ++i) {
    const Value& item = list->items()[i];
    if (!item.is_string()) {
      Fail(StrCat("parsing Text failed, expected String, but encountered ",
                  json::KindName(item.kind())),
           StrCat(path, "[", i, "]"));
      continue;
    }
    out.push_back(item.string());
  }
  return out;
}

const std::vector<Value>& Reading::List(const Value& object, std::string_view name,
                                        const std::string& path) {
  static const std::vector<Value> kNone;
  const Value* found = object.Find(name);
  if (found == nullptr || found->is_null()) return kNone;
  if (!found->is_array()) {
    Fail(StrCat("parsing [] failed, expected Array, but encountered ",
                json::KindName(found->kind())),
         StrCat(path, ".", name));
    return kNone;
  }
  return found->items();
}

const Value& Reading::Object(const Value& object, std::string_view name, const std::string& path) {
  static const Value kEmpty = Value::Object();
  const Value* found = object.Find(name);
  if (found == nullptr || found->is_null()) return kEmpty;
  if (!found->is_object()) {
    Fail(StrCat("parsing Object failed, expected Object, but encountered ",
                json::KindName(found->kind())),
         StrCat(path, ".", name));
    return kEmpty;
  }
  return *found;
}

TableName Reading::Table(const Value* value, const std::string& path) {
  if (value == nullptr) {
    Fail("key \"table\" not found", path);
    return {};
  }
  if (value->is_string()) return {"public", value->string()};
  if (!value->is_object()) {
    Fail(StrCat("parsing Table failed, expected Object, but encountered ",
                json::KindName(value->kind())),
         path);
    return {};
  }
  const std::string schema = Text(*value, "schema", path, false);
  return {schema.empty() ? "public" : schema, Text(*value, "name", path, true)};
}

std::map<std::string, RootFieldConfig, std::less<>> Reading::RootFields(const Value& object,
                                                                        const std::string& path) {
  std::map<std::string, RootFieldConfig, std::less<>> out;
  for (const auto& [name, value] : object.members()) {
    RootFieldConfig config;
    if (value.is_string()) {
      config.name = value.string();
    } else if (value.is_object()) {
      config.name = Text(value, "name", StrCat(path, ".", name), false);
      if (const auto comment = value.FindString("comment")) config.comment = std::string(*comment);
    }
    if (!config.name.empty() || config.comment) out.emplace(name, std::move(config));
  }
  return out;
}

TableName ReadTableName(const Value& value, const std::string& path, std::vector<Issue>& issues) {
  return Reading(issues).Table(&value, path);
}

Relationship ReadRelationship(const Value& value, bool array, const std::string& path,
                              std::vector<Issue>& issues) {
  Reading reading(issues);
  Relationship out{.name = reading.Text(value, "name", path, true), .array = array};
  out.comment = reading.Text(value, "comment", path, false);
  out.definition = value;
  const std::string using_path = StrCat(path, ".using");
  const Value& using_ = reading.Object(value, "using", path);
  const Value* key = using_.Find("foreign_key_constraint_on");
  const Value* manual = using_.Find("manual_configuration");
  if ((key == nullptr) == (manual == nullptr)) {
    reading.Fail("using: expected exactly one of foreign_key_constraint_on, manual_configuration",
                 using_path);
    return out;
  }
  if (key != nullptr) {
    ForeignKeyOn on;
    if (key->is_object()) {
      on.table =
          reading.Table(key->Find("table"), StrCat(using_path, ".foreign_key_constraint_on"));
      const Value* columns = key->Find("columns");
      on.columns = reading.Texts(columns != nullptr ? columns : key->Find("column"),
                                 StrCat(using_path, ".foreign_key_constraint_on.columns"));
    } else {
      on.columns = reading.Texts(key, StrCat(using_path, ".foreign_key_constraint_on"));
    }
    out.using_ = std::move(on);
    return out;
  }
  ManualMapping mapping;
  const std::string manual_path = StrCat(using_path, ".manual_configuration");
  mapping.remote_table = reading.Table(manual->Find("remote_table"), manual_path);
  for (const auto& [own, other] :
       reading.Object(*manual, "column_mapping", manual_path).members()) {
    if (other.is_string()) mapping.columns.push_back({own, other.string()});
  }
  mapping.insertion_order = reading.Text(*manual, "insertion_order", manual_path, false);
  out.using_ = std::move(mapping);
  return out;
}

namespace {

void ReadSteps(Reading& reading, const Value& field, const std::string& path,
               std::vector<RemoteFieldStep>& steps) {
  if (!field.is_object() || field.members().size() != 1) {
    reading.Fail(field.members().empty() ? "Expecting one single mapping, received none."
                                         : "Expecting one single mapping, received too many.",
                 path);
    return;
  }
  const auto& [name, body] = field.members().front();
  const std::string step_path = StrCat(path, ".", name);
  const Value* arguments = body.Find("arguments");
  if (arguments == nullptr) return reading.Fail("key \"arguments\" not found", step_path);
  steps.push_back({.field = name, .arguments = *arguments});
  if (const Value* next = body.Find("field"); next != nullptr && !next->is_null()) {
    ReadSteps(reading, *next, StrCat(step_path, ".field"), steps);
  }
}

ToRemoteSchema ReadToRemote(Reading& reading, const Value& value, std::string_view lhs,
                            const std::string& path) {
  ToRemoteSchema out;
  out.remote_schema = reading.Text(value, "remote_schema", path, true);
  out.lhs_fields = reading.Texts(value.Find(lhs), StrCat(path, ".", lhs));
  const Value* field = value.Find("remote_field");
  if (field == nullptr) {
    reading.Fail("key \"remote_field\" not found", path);
  } else {
    ReadSteps(reading, *field, StrCat(path, ".remote_field"), out.steps);
  }
  return out;
}

ToSource ReadToSource(Reading& reading, const Value& value, const std::string& path) {
  ToSource out;
  out.source = reading.Text(value, "source", path, true);
  out.table = reading.Table(value.Find("table"), StrCat(path, ".table"));
  const std::string type = reading.Text(value, "relationship_type", path, true);
  if (!type.empty() && type != "object" && type != "array") {
    reading.Fail(StrCat("expected relationship_type to be object or array, but found ", type),
                 StrCat(path, ".relationship_type"));
  }
  out.array = type == "array";
  for (const auto& [field, column] : reading.Object(value, "field_mapping", path).members()) {
    if (column.is_string()) out.field_mapping.push_back({field, column.string()});
  }
  return out;
}

ToAction ReadToAction(Reading& reading, const Value& value, const std::string& path) {
  ToAction out;
  out.action = reading.Text(value, "action", path, true);
  out.lhs_fields = reading.Texts(value.Find("lhs_fields"), StrCat(path, ".lhs_fields"));
  out.arguments = reading.Object(value, "arguments", path);
  return out;
}

}  // namespace

RemoteRelationship ReadRemoteRelationship(const Value& value, const std::string& path,
                                          std::vector<Issue>& issues) {
  Reading reading(issues);
  RemoteRelationship out{.name = reading.Text(value, "name", path, true)};
  out.definition = value;
  const Value* nested = value.Find("definition");
  const Value& definition = nested != nullptr ? *nested : value;
  const std::string at = nested != nullptr ? StrCat(path, ".definition") : path;
  const Value* to_source = definition.Find("to_source");
  const Value* to_remote = definition.Find("to_remote_schema");
  const Value* to_action = definition.Find("to_action");
  const bool legacy = definition.Find("remote_schema") != nullptr;
  if ((to_source != nullptr) + (to_remote != nullptr) + (to_action != nullptr) + (legacy ? 1 : 0) !=
      1) {
    reading.Fail(
        "remote relationship definition (lenient format) expects exactly one of: remote_schema, "
        "to_source, to_remote_schema",
        at);
    return out;
  }
  if (to_source != nullptr) {
    out.target = ReadToSource(reading, *to_source, StrCat(at, ".to_source"));
  } else if (to_action != nullptr) {
    out.target = ReadToAction(reading, *to_action, StrCat(at, ".to_action"));
  } else if (to_remote != nullptr) {
    out.target = ReadToRemote(reading, *to_remote, "lhs_fields", StrCat(at, ".to_remote_schema"));
  } else {
    out.target = ReadToRemote(reading, definition, "hasura_fields", at);
  }
  return out;
}

}  // namespace joinery::metadata
