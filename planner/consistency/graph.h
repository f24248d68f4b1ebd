#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/strings.h"
#include "graphql/type_system.h"
#include "json/value.h"
#include "plan/planner.h"
#include "planner/catalog/names.h"
#include "planner/catalog/options.h"
#include "planner/catalog/scalars.h"
#include "planner/catalog/world.h"
#include "planner/consistency/inconsistency.h"
#include "planner/schema/binding.h"

// The consistent part of metadata, resolved against what the sources have: what schemas of roles
// are made from. Made by BuildGraph, immutable after, shared by all threads. Pointers inside point
// into the Graph and the World it keeps.
namespace joinery::planner {

struct Source;
struct Table;
struct TableShape;
struct RemoteSchema;

struct Column {
  const plan::CatalogColumn* catalog = nullptr;
  std::string graphql_name;  // Empty: no name that GraphQL allows, so not in any schema.
  std::string description;
  ScalarInfo scalar;
  std::shared_ptr<const TableShape> enum_table;  // Set: values are those of this enum table.
  const std::string& name() const { return catalog->name; }
};

// A field that a table puts on a root type: "author", "insert_author" …
struct RootName {
  bool mutation = false;
  std::string name;
  std::string qualified;  // "namespace.name" where the source has a namespace, else `name`.
};

// What a tracked table is before anything else is known of it: its columns and names. Graphs that
// follow each other share the shapes of tables whose database and configuration stayed the same, so
// equal pointers mean equal shapes.
struct TableShape {
  // What it was made from.
  std::shared_ptr<const plan::DatabaseCatalog> database;  // Owns `catalog` and `enum_values`.
  const plan::CatalogTable* catalog = nullptr;
  std::shared_ptr<const SourceNaming> naming;
  json::Value configuration;
  bool is_enum = false;
  std::shared_ptr<const TableShape> unlinked;  // Set: the same without `enum_table` of its columns.

  plan::TableName name;
  std::string key;  // "schema.name"
  Identifier identifier;
  bool in_schema = true;                                // False: its name is none in GraphQL.
  std::string type_name;                                // Of the object type, customised.
  std::string type_stem;                                // All names of its types begin with it.
  const plan::CatalogEnumTable* enum_values = nullptr;  // Set: the table is an enum.
  std::string enum_type_name;
  std::vector<Column> columns;
  std::unordered_map<std::string_view, size_t> column_index;
  std::vector<RootName> roots;  // All that some role may see.
};

// A SQL function as a field uses it.
struct FunctionUse {
  const plan::CatalogFunction* catalog = nullptr;
  FunctionBinding binding;
  std::vector<ScalarInfo> scalars;  // One per argument.

  // Arguments that a client gives.
  bool HasClientArguments() const;
  bool AllHaveDefaults() const;
};

struct Relationship {
  const metadata::Relationship* metadata = nullptr;
  std::string name;
  bool array = false;
  const Table* target = nullptr;
  std::vector<plan::ColumnPair> pairs;  // outer: of the owning table.
  bool nullable = true;                 // Objects.
  bool own_key = false;                 // The foreign key is of the owning table.
  bool inserted_first = false;          // In nested inserts its row comes before the owning one.
};

struct ComputedField {
  const metadata::ComputedField* metadata = nullptr;
  std::string name;
  FunctionUse function;
  std::string description;
  const Table* target = nullptr;  // Set: rows of it; else a scalar:
  plan::SqlType type;
  ScalarInfo scalar;
};

// What a key of a join is on its own side.
struct JoinField {
  std::string name;                         // As metadata has it.
  const Column* column = nullptr;           // A table's column, or
  const ComputedField* computed = nullptr;  // its computed field; neither: a member of a remote or
                                            // action's object.
};

// Where a remote relationship leads.
struct JoinToTable {
  const Table* target = nullptr;
  bool array = false;
  std::vector<const Column*> columns;  // One per key.
  std::vector<bool> any_of;            // One per key: it is a list, and any item of it will do.
};
struct JoinToRemote {
  const RemoteSchema* schema = nullptr;
  std::vector<metadata::RemoteFieldStep> steps;
  std::vector<const graphql::FieldDefinition*> fields;  // Upstream's, one per step.
};

struct JoinToAction {
  const metadata::Action* action = nullptr;
  json::Value arguments;  // As metadata has them.
};

struct RemoteRelationship {
  std::string name;
  std::vector<JoinField> keys;
  std::variant<JoinToTable, JoinToRemote, JoinToAction> target;
  // What stands for the owning type in the names of stripped input types.
  std::string owner_label;
};

struct SelectPermission {
  struct Visible {
    // Inherited roles: shown only where it holds; null: always.
    std::shared_ptr<const FilterTemplate> if_holds;
    bool masked = false;  // Some parent lacks it, so it may be null.
  };
  std::map<const Column*, Visible> columns;
  std::map<std::string, Visible, std::less<>> computed_fields;  // By name.
  std::shared_ptr<const FilterTemplate> filter;
  std::optional<int64_t> limit;
  bool allow_aggregations = false;
  // Hasura's keys of root fields ("select_by_pk"); nullopt: all.
  std::optional<std::set<std::string, std::less<>>> query_root_fields, subscription_root_fields;
};

// A value that a permission gives to a column.
struct ColumnPreset {
  const Column* column = nullptr;
  plan::ParameterSource value;
};

// Of an insert, update or delete.
struct WritePermission {
  std::set<const Column*> columns;               // Without those that have a preset.
  std::shared_ptr<const FilterTemplate> filter;  // Update, delete.
  std::shared_ptr<const FilterTemplate> check;   // Insert, update; null: none.
  std::vector<ColumnPreset> presets;
  bool backend_only = false;
};

// Stands for what a table has besides permissions: shape, relationships, computed fields. Graphs
// that follow each other share it while these stay the same.
struct StructureMark {};

// The permissions on one table, by role, and what they were made from. Immutable once made: graphs
// that follow each other share those that stayed the same, as a whole and one by one.
struct TablePermissions {
  // Tables that filters speak of besides their own.
  using Seen = std::vector<std::pair<plan::TableName, std::shared_ptr<const StructureMark>>>;
  template <typename P>
  struct Granted {
    std::shared_ptr<const P> permission;
    json::Value definition;  // The member `permission` of metadata; null: inherited.
    Seen seen;
    std::vector<std::shared_ptr<const P>> parents;  // Inherited from these.
  };
  using Selects = std::map<std::string, Granted<SelectPermission>, std::less<>>;
  using Writes = std::map<std::string, Granted<WritePermission>, std::less<>>;
  Selects select;
  Writes insert, update, remove;
  Seen seen;             // By any of them.
  bool complete = true;  // None is inconsistent.
};

// Whether relationships of metadata lead to a table.
struct RelationTarget {
  bool of_objects = false, of_arrays = false;
};

struct Table {
  explicit Table(std::shared_ptr<const TableShape> made)
      : shape(std::move(made)),
        catalog(shape->catalog),
        name(shape->name),
        identifier(shape->identifier),
        in_schema(shape->in_schema),
        type_name(shape->type_name),
        columns(shape->columns) {}

  const std::shared_ptr<const TableShape> shape;
  const Source* source = nullptr;
  const metadata::Table* metadata = nullptr;
  RelationTarget target;
  // Of the shape.
  const plan::CatalogTable* const catalog;
  const plan::TableName& name;
  const Identifier& identifier;
  const bool in_schema;
  const std::string& type_name;
  const std::vector<Column>& columns;

  std::vector<std::unique_ptr<Relationship>> relationships;
  std::vector<std::unique_ptr<ComputedField>> computed_fields;
  std::vector<std::unique_ptr<RemoteRelationship>> remote_relationships;
  std::shared_ptr<const StructureMark> structure;
  std::shared_ptr<const TablePermissions> own;          // As written.
  std::shared_ptr<const TablePermissions> permissions;  // With those of inherited roles.

  const Column* FindColumn(std::string_view database_name) const;
  const Relationship* FindRelationship(std::string_view name) const;
  const ComputedField* FindComputedField(std::string_view name) const;
};

struct TrackedFunction {
  const Source* source = nullptr;
  const metadata::Function* metadata = nullptr;
  Identifier identifier;
  FunctionUse use;
  const Table* returns = nullptr;
  bool mutation = false;
  std::vector<RootName> roots;  // The rows, their aggregate.
  std::set<std::string, std::less<>> roles;
  bool VisibleTo(std::string_view role, const SchemaOptions& options) const;
};

// Tables of a database by "schema.name".
using CatalogIndex =
    std::unordered_map<std::string, const plan::CatalogTable*, StringHash, std::equal_to<>>;

struct Source {
  const metadata::Source* metadata = nullptr;
  std::string name;
  std::shared_ptr<const SourceNaming> naming;
  std::shared_ptr<const plan::DatabaseCatalog> catalog;
  std::shared_ptr<const CatalogIndex> catalog_index;
  std::vector<std::unique_ptr<Table>> tables;
  std::unordered_map<std::string_view, Table*> table_index;  // By TableShape::key.
  std::vector<std::unique_ptr<TrackedFunction>> functions;
  // Tables left out because they would bring a type of another table's name. Root fields that both
  // claim are told first, as Hasura does.
  std::vector<std::shared_ptr<const TableShape>> clashing;

  const Table* FindTable(const plan::TableName& table) const;
  // The table of the same name as a table of another graph.
  const Table* FindTable(const Table& table) const;
  // All overloads.
  std::vector<const plan::CatalogFunction*> FindFunctions(const plan::TableName& function) const;
};

// What a role's document leaves of a remote schema.
struct RemotePermission {
  std::string text;                               // The document.
  std::shared_ptr<const graphql::Schema> schema;  // With what has presets.
  // Like RemoteSchemaBinding::presets.
  std::map<std::string, std::vector<RemotePreset>, std::less<>> presets;
  // Input types all of whose fields are preset; places of such a type are hidden.
  std::set<std::string, std::less<>> hidden_inputs;

  bool IsPreset(std::string_view owner, std::string_view name) const;
};

// How a remote schema's names appear to clients.
struct RemoteNames {
  std::string root_namespace;
  std::unordered_map<std::string, std::string, StringHash, std::equal_to<>>
      types;  // Those that differ.
  // "Type.field" → name, those that differ.
  std::unordered_map<std::string, std::string, StringHash, std::equal_to<>> fields;

  std::string_view Type(std::string_view upstream) const;
  std::string Field(std::string_view type, std::string_view field) const;
};

struct RemoteSchema {
  const metadata::RemoteSchema* metadata = nullptr;
  std::string name;
  std::shared_ptr<const graphql::Schema> upstream;
  RemoteNames names;
  // Upstream's root types that no field leads to: their fields stand on our roots, and they are in
  // no schema themselves.
  std::set<std::string, std::less<>> hidden_roots;
  std::map<std::string, RemotePermission, std::less<>> permissions;
  // By upstream type.
  std::map<std::string, std::vector<std::unique_ptr<RemoteRelationship>>, std::less<>>
      relationships;
};

struct CustomObject {
  const metadata::CustomObject* metadata = nullptr;
  std::vector<std::unique_ptr<RemoteRelationship>> relationships;
};

struct Action {
  const metadata::Action* metadata = nullptr;
  std::set<std::string, std::less<>> roles;
};

// An operation that may be sent although an allow list is enforced.
struct AllowedQuery {
  bool global = true;
  std::set<std::string, std::less<>> roles;
};

// Who has a field of a root type; one of the three.
struct RootOwner {
  const Table* table = nullptr;
  const TrackedFunction* function = nullptr;
  const Action* action = nullptr;
};

class Graph {
 public:
  std::shared_ptr<const World> world;
  SchemaOptions options;
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::unique_ptr<RemoteSchema>> remote_schemas;
  // Custom types of actions; false when they are inconsistent, and then there are no actions.
  bool custom_types_consistent = true;
  std::map<std::string, CustomObject, std::less<>> custom_objects;
  std::vector<Action> actions;
  // Consistent ones: name → parents. Their permissions stand where those of other roles do.
  std::map<std::string, std::vector<std::string>, std::less<>> inherited_roles;
  // The same in the order in which they inherit.
  std::vector<std::pair<std::string, std::vector<std::string>>> inheritance;
  std::vector<plan::RestEndpoint> rest_endpoints;
  // By normal form (stored_queries.h).
  std::multimap<std::string, AllowedQuery, std::less<>> allowed_queries;
  // Root fields that two tables, functions or actions claim: Hasura's texts. A change that brings
  // one is refused; where one is there all the same, the first owner has the field.
  std::vector<std::string> duplicate_root_fields;
  // The owners of root fields by RootName::qualified, remote schemas left out.
  std::unordered_map<std::string_view, RootOwner> query_roots, mutation_roots;
  // By TableShape::type_stem: whose type a name may be.
  std::unordered_multimap<std::string_view, const Table*> tables_by_type_stem;
  // Every role that has some permission, without admin.
  std::set<std::string, std::less<>> roles;
  // Of those: the ones that may do more from a backend.
  std::set<std::string, std::less<>> backend_roles;

  const Source* FindSource(std::string_view name) const;
  const RemoteSchema* FindRemoteSchema(std::string_view name) const;
};

// What the builder of a role's schema may ask: what a role may do with a table. Null: nothing.
// Admin is answered by AdminSelect.
const SelectPermission* FindSelect(const Table& table, std::string_view role);
const WritePermission* FindWrite(const TablePermissions::Writes& writes, std::string_view role);
SelectPermission AdminSelect(const Table& table);

}  // namespace joinery::planner
