#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "json/value.h"
#include "plan/relational.h"

// A Hasura metadata document (version 3) as types. Read from the document by reader.h, immutable
// after. What has no meaning here stays in the document and is exported from there.
namespace joinery::metadata {

using plan::TableName;

struct ForeignKeyOn {
  std::vector<std::string> columns;  // Of the own table, or of `table`.
  std::optional<TableName> table;    // Set: the other table holds the key.
};

struct ManualMapping {
  TableName remote_table;
  std::vector<plan::ColumnPair> columns;  // outer: own column.
  std::string insertion_order;            // "before_parent", "after_parent" or empty.
};

struct Relationship {
  std::string name;
  bool array = false;
  std::variant<ForeignKeyOn, ManualMapping> using_;
  std::string comment;
  json::Value definition;  // As written.
};

struct ComputedField {
  std::string name;
  TableName function;
  std::string table_argument;    // Empty: the first.
  std::string session_argument;  // Empty: none.
  std::string comment;
  json::Value definition;
};

// One step of the way into a remote schema.
struct RemoteFieldStep {
  std::string field;
  json::Value arguments;  // Object; "$x" stands for the join field x.
};

struct ToSource {
  std::string source;
  TableName table;
  bool array = false;
  std::vector<plan::ColumnPair> field_mapping;  // outer: LHS field.
};

struct ToRemoteSchema {
  std::string remote_schema;
  std::vector<std::string> lhs_fields;
  std::vector<RemoteFieldStep> steps;
};

// A query action; Joinery's own.
struct ToAction {
  std::string action;
  std::vector<std::string> lhs_fields;
  json::Value arguments;  // Object; "$x" stands for the join field x.
};

struct RemoteRelationship {
  std::string name;
  std::variant<ToSource, ToRemoteSchema, ToAction> target;
  json::Value definition;  // The whole object {name, definition} as written.
};

struct SelectPermission {
  bool all_columns = false;
  std::vector<std::string> columns;
  std::vector<std::string> computed_fields;
  json::Value filter;
  std::optional<int64_t> limit;
  bool allow_aggregations = false;
  std::optional<std::vector<std::string>> query_root_fields;
  std::optional<std::vector<std::string>> subscription_root_fields;
};

// Insert, update and delete permissions share this; each uses its part.
struct WritePermission {
  bool all_columns = true;
  std::vector<std::string> columns;
  json::Value filter;
  json::Value check;  // Null: none.
  json::Value set;    // Object of presets.
  bool backend_only = false;
};

template <typename P>
struct RolePermission {
  std::string role;
  std::shared_ptr<const P> permission;  // Roles of a table that may do the same share it.
  json::Value definition;               // {role, permission, comment} as written.
};

struct ColumnConfig {
  std::string custom_name;  // Empty: none.
  std::string comment;
};

struct RootFieldConfig {
  std::string name;                    // Empty: default.
  std::optional<std::string> comment;  // Set and empty: no description.
};

struct Table {
  TableName table;
  bool is_enum = false;
  std::string custom_name;
  std::map<std::string, RootFieldConfig, std::less<>>
      custom_root_fields;  // By "select", "insert_one" …
  std::map<std::string, ColumnConfig, std::less<>> columns;
  std::string comment;
  std::vector<Relationship> relationships;
  std::vector<ComputedField> computed_fields;
  std::vector<RemoteRelationship> remote_relationships;
  std::vector<RolePermission<SelectPermission>> select_permissions;
  std::vector<RolePermission<WritePermission>> insert_permissions;
  std::vector<RolePermission<WritePermission>> update_permissions;
  std::vector<RolePermission<WritePermission>> delete_permissions;
  json::Value definition;  // As written.
  bool faulty = false;     // Something in it could not be read.
};

struct Function {
  TableName function;
  std::string custom_name;
  std::map<std::string, RootFieldConfig, std::less<>> custom_root_fields;
  std::string session_argument;
  std::string exposed_as;  // "query", "mutation" or empty.
  std::vector<std::string> roles;
  std::string comment;
  json::Value definition;
};

struct SourceCustomization {
  std::string root_namespace, root_prefix, root_suffix, type_prefix, type_suffix, naming_convention;
};

struct Source {
  std::string name;
  std::string kind;
  json::Value configuration;
  SourceCustomization customization;
  // Documents that follow each other share the tables that stayed the same.
  std::vector<std::shared_ptr<const Table>> tables;
  std::vector<Function> functions;
};

struct RemoteCustomization {
  std::string root_namespace;
  std::string type_prefix, type_suffix;
  std::map<std::string, std::string, std::less<>> type_mapping;
  struct FieldNames {
    std::string parent_type, prefix, suffix;
    std::map<std::string, std::string, std::less<>> mapping;
  };
  std::vector<FieldNames> field_names;
};

struct RemoteSchemaPermission {
  std::string role;
  std::string sdl;
  json::Value definition;
};

struct RemoteTypeRelationships {
  std::string type_name;
  std::vector<RemoteRelationship> relationships;
};

struct RemoteSchema {
  std::string name;
  json::Value definition;  // {url, headers, …}.
  RemoteCustomization customization;
  std::vector<RemoteSchemaPermission> permissions;
  std::vector<RemoteTypeRelationships> relationships;
  std::string comment;
  json::Value document;  // The whole object as written.
};

struct ActionArgument {
  std::string name, type, description;
};

struct Action {
  std::string name;
  bool query = false;
  bool asynchronous = false;
  std::vector<ActionArgument> arguments;
  std::string output_type;
  std::vector<std::string> roles;
  std::string comment;
  json::Value definition;  // Of the handler: for the connector.
  json::Value document;    // The whole object as written.
};

struct CustomField {
  std::string name, type, description;
};

struct CustomObject {
  std::string name, description;
  std::vector<CustomField> fields;
  std::vector<RemoteRelationship>
      relationships;  // Both `relationships` and `remote_relationships`.
};

struct CustomInputObject {
  std::string name, description;
  std::vector<CustomField> fields;
};

struct CustomScalar {
  std::string name, description;
};

struct CustomEnumValue {
  std::string value, description;
  bool deprecated = false;
};

struct CustomEnum {
  std::string name, description;
  std::vector<CustomEnumValue> values;
};

struct CustomTypes {
  std::vector<CustomInputObject> input_objects;
  std::vector<CustomObject> objects;
  std::vector<CustomScalar> scalars;
  std::vector<CustomEnum> enums;
  json::Value document;  // All of it as written.
};

struct InheritedRole {
  std::string name;
  std::vector<std::string> parents;
};

// A named list of operations.
struct QueryCollection {
  struct Query {
    std::string name;
    std::string text;
  };
  std::string name;
  std::vector<Query> queries;
};

// A collection whose operations may be sent although an allow list is enforced.
struct AllowedCollection {
  std::string collection;
  bool global = true;
  std::vector<std::string> roles;  // Where it is not global.
};

struct RestEndpoint {
  std::string name;
  std::string url;
  std::vector<std::string> methods;
  std::string collection;
  std::string query;
  json::Value definition;  // As written.
};

// Something that the document has more than once under one name; the first counts.
struct Duplicate {
  std::string type, name;  // As an inconsistent object's,
  json::Value place;       // and what its definition there says of where it is.
  std::vector<json::Value> definitions;
};

struct Metadata {
  std::vector<Source> sources;
  std::vector<RemoteSchema> remote_schemas;
  std::vector<Action> actions;
  CustomTypes custom_types;
  std::vector<InheritedRole> inherited_roles;
  std::vector<std::string> introspection_disabled_for;
  std::vector<QueryCollection> query_collections;
  std::vector<AllowedCollection> allowlist;
  std::vector<RestEndpoint> rest_endpoints;
  std::vector<Duplicate> duplicates;
};

}  // namespace joinery::metadata
