#include "planner/metadata/warnings.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/strings.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;

struct Shape;

// A key of an object in the document.
struct Key {
  std::string_view name;
  const Shape* inside = nullptr;  // Of its value, or of each element of a list; null: anything.
  bool kept = false;              // Joinery does not act on it.
};

// The keys that an object may have.
struct Shape {
  std::vector<Key> keys;
  std::string_view type = {};  // Set: the object counts as one of this type.
  std::string_view name = {};  // The key that names it.
};

constexpr bool kKept = true;

const Shape kHeader{{{"name"}, {"value"}, {"value_from_env"}}};

const Shape kToSource{{{"source"}, {"table"}, {"relationship_type"}, {"field_mapping"}}};
const Shape kToRemoteSchema{{{"remote_schema"}, {"lhs_fields"}, {"remote_field"}}};
const Shape kRemoteDefinition{{{"to_source", &kToSource},
                               {"to_remote_schema", &kToRemoteSchema},
                               {"remote_schema"},
                               {"hasura_fields"},
                               {"remote_field"}}};
const Shape kRemoteRelationship{
    {{"name"}, {"definition", &kRemoteDefinition}}, "remote_relationship", "name"};

const Shape kManual{{{"remote_table"}, {"column_mapping"}, {"insertion_order"}, {"source"}}};
const Shape kUsing{{{"foreign_key_constraint_on"}, {"manual_configuration", &kManual}}};
const Shape kObjectRelationship{
    {{"name"}, {"using", &kUsing}, {"comment"}}, "object_relation", "name"};
const Shape kArrayRelationship{
    {{"name"}, {"using", &kUsing}, {"comment"}}, "array_relation", "name"};
const Shape kComputedDefinition{{{"function"}, {"table_argument"}, {"session_argument"}}};
const Shape kComputedField{
    {{"name"}, {"definition", &kComputedDefinition}, {"comment"}}, "computed_field", "name"};

const Shape kSelect{{{"columns"},
                     {"computed_fields"},
                     {"filter"},
                     {"limit"},
                     {"allow_aggregations"},
                     {"query_root_fields"},
                     {"subscription_root_fields"}}};
const Shape kInsert{
    {{"check"}, {"set"}, {"columns"}, {"backend_only"}, {"validate_input", nullptr, kKept}}};
const Shape kUpdate{{{"columns"},
                     {"filter"},
                     {"check"},
                     {"set"},
                     {"backend_only"},
                     {"validate_input", nullptr, kKept}}};
const Shape kDelete{{{"filter"}, {"backend_only"}, {"validate_input", nullptr, kKept}}};
const Shape kSelectPermission{
    {{"role"}, {"permission", &kSelect}, {"comment"}}, "select_permission", "role"};
const Shape kInsertPermission{
    {{"role"}, {"permission", &kInsert}, {"comment"}}, "insert_permission", "role"};
const Shape kUpdatePermission{
    {{"role"}, {"permission", &kUpdate}, {"comment"}}, "update_permission", "role"};
const Shape kDeletePermission{
    {{"role"}, {"permission", &kDelete}, {"comment"}}, "delete_permission", "role"};

const Shape kTableConfiguration{{{"custom_name"},
                                 {"custom_root_fields"},
                                 {"column_config"},
                                 {"custom_column_names"},
                                 {"comment"}}};
const Shape kTable{{{"table"},
                    {"is_enum"},
                    {"configuration", &kTableConfiguration},
                    {"apollo_federation_config", nullptr, kKept},
                    {"object_relationships", &kObjectRelationship},
                    {"array_relationships", &kArrayRelationship},
                    {"computed_fields", &kComputedField},
                    {"remote_relationships", &kRemoteRelationship},
                    {"insert_permissions", &kInsertPermission},
                    {"select_permissions", &kSelectPermission},
                    {"update_permissions", &kUpdatePermission},
                    {"delete_permissions", &kDeletePermission},
                    {"event_triggers", nullptr, kKept},
                    {"logical_model", nullptr, kKept},
                    {"native_query", nullptr, kKept}},
                   "table",
                   "table"};

const Shape kRoleOnly{{{"role"}, {"comment"}}};
const Shape kFunctionConfiguration{
    {{"custom_name"}, {"custom_root_fields"}, {"session_argument"}, {"exposed_as"}, {"response"}}};
const Shape kFunction{{{"function"},
                       {"configuration", &kFunctionConfiguration},
                       {"permissions", &kRoleOnly},
                       {"comment"}},
                      "function",
                      "function"};

const Shape kPool{{{"max_connections"},
                   {"total_max_connections"},
                   {"idle_timeout"},
                   {"retries"},
                   {"pool_timeout"},
                   {"connection_lifetime"}}};
const Shape kSsl{{{"sslmode"}, {"sslrootcert"}, {"sslcert"}, {"sslkey"}, {"sslpassword"}}};
const Shape kConnectionInfo{{{"database_url"},
                             {"isolation_level"},
                             {"use_prepared_statements"},
                             {"pool_settings", &kPool},
                             {"ssl_configuration", &kSsl}}};
const Shape kConfiguration{{{"connection_info", &kConnectionInfo},
                            {"read_replicas", nullptr, kKept},
                            {"extensions_schema"},
                            {"connection_template", nullptr, kKept},
                            {"connection_set", nullptr, kKept}}};
const Shape kSourceRoots{{{"namespace"}, {"prefix"}, {"suffix"}}};
const Shape kSourceTypes{{{"prefix"}, {"suffix"}}};
const Shape kSourceCustomization{
    {{"root_fields", &kSourceRoots}, {"type_names", &kSourceTypes}, {"naming_convention"}}};
const Shape kSource{{{"name"},
                     {"kind"},
                     {"tables", &kTable},
                     {"functions", &kFunction},
                     {"configuration", &kConfiguration},
                     {"customization", &kSourceCustomization},
                     {"query_tags", nullptr, kKept},
                     {"health_check", nullptr, kKept},
                     {"native_queries", nullptr, kKept},
                     {"logical_models", nullptr, kKept},
                     {"stored_procedures", nullptr, kKept}},
                    "source",
                    "name"};

const Shape kRemoteTypes{{{"prefix"}, {"suffix"}, {"mapping"}}};
const Shape kRemoteFields{{{"parent_type"}, {"prefix"}, {"suffix"}, {"mapping"}}};
const Shape kRemoteCustomization{
    {{"root_fields_namespace"}, {"type_names", &kRemoteTypes}, {"field_names", &kRemoteFields}}};
const Shape kRemoteSchemaDefinition{{{"url"},
                                     {"url_from_env"},
                                     {"headers", &kHeader},
                                     {"forward_client_headers"},
                                     {"timeout_seconds"},
                                     {"customization", &kRemoteCustomization}}};
const Shape kRemotePermissionDefinition{{{"schema"}}};
const Shape kRemotePermission{{{"role"}, {"definition", &kRemotePermissionDefinition}, {"comment"}},
                              "remote_schema_permission",
                              "role"};
const Shape kTypeRelationships{{{"type_name"}, {"relationships", &kRemoteRelationship}}};
const Shape kRemoteSchema{{{"name"},
                           {"definition", &kRemoteSchemaDefinition},
                           {"comment"},
                           {"permissions", &kRemotePermission},
                           {"remote_relationships", &kTypeRelationships}},
                          "remote_schema",
                          "name"};

const Shape kTypedName{{{"name"}, {"type"}, {"description"}}};
const Shape kActionDefinition{{{"type"},
                               {"kind"},
                               {"handler"},
                               {"arguments", &kTypedName},
                               {"output_type"},
                               {"headers", &kHeader},
                               {"forward_client_headers"},
                               {"ignored_client_headers"},
                               {"timeout"},
                               {"request_transform", nullptr, kKept},
                               {"response_transform", nullptr, kKept}}};
const Shape kAction{
    {{"name"}, {"definition", &kActionDefinition}, {"permissions", &kRoleOnly}, {"comment"}},
    "action",
    "name"};

const Shape kInputObject{{{"name"}, {"description"}, {"fields", &kTypedName}}};
const Shape kObjectRelation{{{"name"}, {"type"}, {"source"}, {"remote_table"}, {"field_mapping"}}};
const Shape kObjectField{{{"name"}, {"type"}, {"description"}, {"arguments"}}};
const Shape kObject{{{"name"},
                     {"description"},
                     {"fields", &kObjectField},
                     {"relationships", &kObjectRelation},
                     {"remote_relationships", &kRemoteRelationship}}};
const Shape kScalar{{{"name"}, {"description"}}};
const Shape kEnumValue{{{"value"}, {"description"}, {"is_deprecated"}}};
const Shape kEnum{{{"name"}, {"description"}, {"values", &kEnumValue}}};
const Shape kCustomTypes{{{"input_objects", &kInputObject},
                          {"objects", &kObject},
                          {"scalars", &kScalar},
                          {"enums", &kEnum}},
                         "custom_types"};

const Shape kQuery{{{"name"}, {"query"}}};
const Shape kQueries{{{"queries", &kQuery}}};
const Shape kCollection{
    {{"name"}, {"comment"}, {"definition", &kQueries}}, "query_collections", "name"};
const Shape kScope{{{"global"}, {"roles"}}};
const Shape kAllowed{{{"collection"}, {"scope", &kScope}}};
const Shape kStoredQuery{{{"collection_name"}, {"query_name"}}};
const Shape kEndpointDefinition{{{"query", &kStoredQuery}}};
const Shape kEndpoint{
    {{"name"}, {"url"}, {"methods"}, {"definition", &kEndpointDefinition}, {"comment"}},
    "endpoint",
    "name"};
const Shape kInheritedRole{{{"role_name"}, {"role_set"}}, "inherited_role", "role_name"};
const Shape kIntrospection{{{"disabled_for_roles"}}};

const Shape kDocument{{{"version"},
                       {"sources", &kSource},
                       {"remote_schemas", &kRemoteSchema},
                       {"query_collections", &kCollection},
                       {"allowlist", &kAllowed},
                       {"actions", &kAction},
                       {"custom_types", &kCustomTypes},
                       {"cron_triggers", nullptr, kKept},
                       {"rest_endpoints", &kEndpoint},
                       {"api_limits", nullptr, kKept},
                       {"metrics_config", nullptr, kKept},
                       {"inherited_roles", &kInheritedRole},
                       {"graphql_schema_introspection", &kIntrospection},
                       {"network", nullptr, kKept},
                       {"backend_configs", nullptr, kKept},
                       {"opentelemetry", nullptr, kKept},
                       {"experimental_features", nullptr, kKept}},
                      "metadata"};

bool IsEmpty(const Value& value) {
  return value.is_null() || (value.is_array() && value.items().empty()) ||
         (value.is_object() && value.members().empty());
}

// A name that is a text, or a table's or function's.
std::string NameText(const Value& name) {
  if (name.is_string()) return name.string();
  const std::string_view schema = name.FindString("schema").value_or("public");
  const std::string_view own = name.FindString("name").value_or("");
  return schema == "public" ? std::string(own) : StrCat(schema, ".", own);
}

class Walker {
 public:
  std::vector<Warning> Walk(const Value& document) {
    Object(document, kDocument, {.path = "$", .type = {}, .name = {}});
    return std::move(warnings_);
  }

 private:
  struct Place {
    std::string path;
    std::string type, name;  // Of the object around; the name without the type.
  };

  static Place Enter(const Value& object, const Shape& shape, Place place) {
    if (shape.type.empty()) return place;
    std::string name(shape.type);
    if (const Value* own = shape.name.empty() ? nullptr : object.Find(shape.name)) {
      name = NameText(*own);
      // "author in source default", "posts in table author in source default".
      const bool of_source = place.type == "source";
      if (of_source || place.type == "table") {
        StrAppend(name, " in ", place.type, " ", place.name);
      }
      if (place.type == "remote_schema") StrAppend(name, " in remote schema ", place.name);
    }
    return {std::move(place.path), std::string(shape.type), std::move(name)};
  }

  void Object(const Value& object, const Shape& shape, const Place& around) {
    if (!object.is_object()) return;
    const Place place = Enter(object, shape, around);
    for (const auto& [name, value] : object.members()) {
      const auto key = std::ranges::find(shape.keys, name, &Key::name);
      if (key == shape.keys.end()) {
        Unknown(name, place);
      } else if (key->kept) {
        if (!IsEmpty(value)) NotActedOn(name, place);
      } else if (key->inside != nullptr) {
        Inside(value, *key->inside, {StrCat(place.path, ".", name), place.type, place.name});
      }
    }
  }

  void Inside(const Value& value, const Shape& shape, const Place& place) {
    if (!value.is_array()) return Object(value, shape, place);
    for (size_t i = 0; i < value.items().size(); ++i) {
      Object(value.items()[i], shape, {StrCat(place.path, "[", i, "]"), place.type, place.name});
    }
  }

  void Add(std::string_view code, const Place& place, std::string message) {
    const bool plain = place.name == place.type;
    warnings_.push_back({.code = std::string(code),
                         .type = place.type,
                         .name = plain ? place.type : StrCat(place.type, " ", place.name),
                         .message = std::move(message)});
  }

  void Unknown(std::string_view key, const Place& place) {
    Add("unknown-key", place,
        StrCat("unknown key \"", key, "\" at ", place.path,
               ": it is kept and exported, and has no effect"));
  }

  void NotActedOn(std::string_view key, const Place& place) {
    Add("not-acted-on", place,
        StrCat("\"", key, "\" at ", place.path,
               " is kept and exported, but Joinery does not act on it"));
  }

  std::vector<Warning> warnings_;
};

}  // namespace

Value Warning::ToJson() const {
  return Value::Object({{"message", Value(message)},
                        {"type", Value(type)},
                        {"name", Value(name)},
                        {"code", Value(code)}});
}

std::vector<Warning> WarningsOf(const Value& document) { return Walker().Walk(document); }

}  // namespace joinery::metadata
