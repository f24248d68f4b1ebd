#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/strings.h"
#include "graphql/type_system.h"
#include "json/value.h"
#include "plan/plan.h"

// What each field and input of a role's GraphQL schema means. The schema is the only door to
// tables, columns, remote fields and actions: planning reads names from here and from nowhere else,
// so what a role may not see cannot be planned. All of it is immutable and lives as long as its
// RoleSchema.
namespace joinery::planner {

// A predicate with parameters of its own: a permission's filter. Planning copies it into a
// fragment.
struct FilterTemplate {
  plan::Predicate predicate;                      // kTrue: no filter.
  std::vector<plan::ParameterSource> parameters;  // What the predicate's indexes mean.
  std::vector<plan::SqlType> types;               // One per parameter.
};

struct TableBinding;

// A column that the role may select.
struct ColumnBinding {
  std::string name;  // In the database.
  std::string graphql_name;
  plan::SqlType type;
  plan::JsonForm form = plan::JsonForm::kAsDatabase;
  bool is_json = false;  // Takes the argument `path`.
  bool nullable = true;
  // Inherited roles: shown only where it holds.
  std::unique_ptr<FilterTemplate> visible_if;
};

// An argument of a SQL function, as a client gives it inside `args`.
struct FunctionArgumentBinding {
  std::string name;  // In the database; empty: positional.
  plan::SqlType type;
  bool has_default = false;
  enum class Kind : uint8_t { kClient, kRow, kSession } kind = Kind::kClient;
  std::string graphql_name;  // kClient.
};

struct FunctionBinding {
  plan::TableName function;
  std::vector<FunctionArgumentBinding> arguments;
  bool returns_set = true;
};

// A table as one role sees it.
struct TableBinding {
  std::string source;
  plan::TableName table;
  std::string type_name;                 // GraphQL object type.
  std::vector<ColumnBinding> columns;    // Selectable ones.
  std::vector<std::string> primary_key;  // Database names; empty: none.
  FilterTemplate filter;
  std::optional<int64_t> limit;
  bool allow_aggregations = false;
};

// A table as one role may insert into, update or delete from it.
struct WriteBinding {
  struct Preset {
    std::string column;
    plan::SqlType type;
    plan::ParameterSource value;
  };
  std::string source;
  plan::TableName table;
  std::string any_column;  // Some column: names one where all take their defaults.
  FilterTemplate filter;   // Update, delete: rows that may be touched.
  FilterTemplate check;    // Insert, update: what rows must hold afterwards.
  std::vector<Preset> presets;
  const TableBinding* row = nullptr;  // How the role reads rows of it; null: it may not.
};

// --- Fields of object types
// ------------------------------------------------------------------------

struct ColumnField {
  const ColumnBinding* column = nullptr;
};
struct ComputedScalarField {
  const FunctionBinding* function = nullptr;
  plan::SqlType type;
  plan::JsonForm form = plan::JsonForm::kAsDatabase;
  bool is_json = false;
  std::shared_ptr<const FilterTemplate> visible_if;  // As of columns.
};
// A local relationship, or a computed field that returns rows.
struct RelationshipField {
  enum class Shape : uint8_t { kObject, kArray, kAggregate } shape = Shape::kArray;
  const TableBinding* target = nullptr;
  std::vector<plan::ColumnPair> pairs;        // outer: this table's columns.
  const FunctionBinding* function = nullptr;  // Set: rows of the function instead of `pairs`.
};
// A root field over a table or a function.
struct TableRootField {
  enum class Shape : uint8_t { kArray, kByPk, kAggregate, kObject } shape = Shape::kArray;
  const TableBinding* table = nullptr;
  const FunctionBinding* function = nullptr;
};
struct InsertField {
  const WriteBinding* write = nullptr;
  bool one = false;
};
struct UpdateField {
  enum class Shape : uint8_t { kWhere, kByPk, kMany } shape = Shape::kWhere;
  const WriteBinding* write = nullptr;
  // Names of the operators that the table offers, in Hasura's order; for the error when none is
  // given.
  std::vector<std::string> operators;
};
struct DeleteField {
  const WriteBinding* write = nullptr;
  bool by_pk = false;
};
// Fields of `T_mutation_response`.
struct AffectedRowsField {};
struct ReturningField {};
// Fields of `T_aggregate`, `T_aggregate_fields` and `T_sum_fields` and its like.
struct AggregateObjectField {};  // `aggregate`
struct AggregateNodesField {     // `nodes`
  const TableBinding* table = nullptr;
};
struct AggregateCountField {};
struct AggregateFunctionField {
  plan::Aggregate function = plan::Aggregate::kSum;
};
struct AggregateColumnField {
  const ColumnBinding* column = nullptr;
  plan::JsonForm form = plan::JsonForm::kNumber;  // Of the aggregate's value.
};
// A field of a remote schema's type, root fields included.
struct RemoteField {
  const struct RemoteSchemaBinding* schema = nullptr;
  std::string upstream_name;
};
// A root field that holds others (namespace of a source, or of a remote schema).
struct NamespaceField {};
struct ActionRootField {
  std::string action;
  bool mutation = false;
  bool asynchronous = false;  // The field starts the action and gives its id.
  bool async_result = false;  // The field reads an asynchronous action's result by `id`.
};
struct ActionOutputField {
  std::string source_key;  // Member of the handler's answer.
};

// A value of the LHS that a join needs.
struct JoinKey {
  // LHS table: a database column, or a scalar computed field.
  std::string column;
  plan::SqlType type;
  const FunctionBinding* function = nullptr;
  // LHS remote type or action output: the member at the source.
  std::string member;
};
// A field whose value comes from another source.
struct RemoteRelationshipField {
  std::vector<JoinKey> keys;
  // Towards a table: RHS column of each key, and the shape.
  struct ToTable {
    const TableBinding* target = nullptr;
    RelationshipField::Shape shape = RelationshipField::Shape::kArray;
    std::vector<std::string> columns;
    std::vector<plan::SqlType> types;  // Of the columns.
    std::vector<bool> any_of;          // The key is a list, and any item of it will do.
  };
  // Towards a remote schema: the way from its query root.
  struct ToRemote {
    const RemoteSchemaBinding* schema = nullptr;
    struct Step {
      std::string field;      // Upstream name.
      json::Value arguments;  // Template: "$x" is a key; see remote-joins section 1.3.
      const graphql::FieldDefinition* upstream = nullptr;  // In the upstream schema.
    };
    std::vector<Step> steps;
  };
  // Towards a query action.
  struct ToAction {
    std::string action;
    json::Value arguments;  // Template, as of a remote field.
  };
  std::variant<ToTable, ToRemote, ToAction> target;
  // Of each key: its position among `keys` by the name used as "$name".
  std::vector<std::string> key_names;
};

using FieldBinding =
    std::variant<std::monostate, ColumnField, ComputedScalarField, RelationshipField,
                 TableRootField, InsertField, UpdateField, DeleteField, AffectedRowsField,
                 ReturningField, AggregateObjectField, AggregateNodesField, AggregateCountField,
                 AggregateFunctionField, AggregateColumnField, RemoteField, NamespaceField,
                 ActionRootField, ActionOutputField, RemoteRelationshipField>;

// --- Arguments and input fields
// --------------------------------------------------------------------

enum class ListArgument : uint8_t { kWhere, kOrderBy, kLimit, kOffset, kDistinctOn, kFunctionArgs };
struct ListArgumentInput {  // where, order_by, limit, offset, distinct_on, args
  ListArgument argument = ListArgument::kWhere;
};
struct PrimaryKeyInput {  // T_by_pk(id: …)
  std::string column;
  plan::SqlType type;
};
enum class WriteArgument : uint8_t {
  kObjects,  // objects, object, data
  kConstraint,
  kUpdateColumns,
  kWhere,  // Also of on_conflict.
  kPkColumns,
  kUpdates,
};
struct WriteArgumentInput {
  WriteArgument argument = WriteArgument::kObjects;
};
struct InsertColumnInput {  // T_insert_input.column
  std::string column;
  plan::SqlType type;
};
struct InsertRelationInput {  // T_insert_input.relationship
  const WriteBinding* target = nullptr;
  const WriteBinding* target_update = nullptr;
  std::string name;
  std::vector<plan::ColumnPair> pairs;  // outer: of the table inserted into.
  bool array = false;
  bool before = false;  // The related row comes first: its key is needed.
};
struct OnConflictInput {  // T_on_conflict, of the role's update permission (null: none)
  const WriteBinding* update = nullptr;
};
struct AssignmentsInput {  // _set, _inc, …
  plan::Assignment::Operator op = plan::Assignment::Operator::kSet;
};
struct AssignColumnInput {  // _set.column
  std::string column;
  plan::SqlType type;  // Of what is given, not always the column's.
};
struct JsonPathInput {};        // path: of json columns
struct CountColumnsInput {};    // count(columns:)
struct CountDistinctInput {};   // count(distinct:)
struct FunctionArgumentInput {  // inside args
  std::string graphql_name;
  plan::SqlType type;
};
enum class Connective : uint8_t { kAnd, kOr, kNot };
struct ConnectiveInput {
  Connective connective = Connective::kAnd;
};
struct BoolColumnInput {  // T_bool_exp.column → comparison
  const ColumnBinding* column = nullptr;
};
struct BoolComputedInput {
  const FunctionBinding* function = nullptr;
  plan::SqlType type;
  std::shared_ptr<const FilterTemplate> visible_if;
};
struct BoolRelationshipInput {  // T_bool_exp.relationship → T2_bool_exp
  const TableBinding* target = nullptr;
  std::vector<plan::ColumnPair> pairs;
  const FunctionBinding* function = nullptr;
};
struct OperatorInput {  // X_comparison_exp._eq
  plan::CompareOperator op = plan::CompareOperator::kEq;
  plan::SqlType operand;  // Type of the operand(s); of `_in` the element's.
  bool list = false;      // Takes a list as one parameter.
  // Operators with an input object: its members in the order of Predicate::parameters.
  std::vector<std::string> members;
};
struct IsNullInput {};
struct CastInput {  // _cast.String
  plan::SqlType type;
};
struct OrderColumnInput {
  const ColumnBinding* column = nullptr;
};
struct OrderComputedInput {
  const FunctionBinding* function = nullptr;
  plan::SqlType type;
  std::shared_ptr<const FilterTemplate> visible_if;
};
struct OrderRelationshipInput {  // object relationship → T2_order_by
  const TableBinding* target = nullptr;
  std::vector<plan::ColumnPair> pairs;
};
struct OrderAggregateInput {  // rel_aggregate → T2_aggregate_order_by
  const TableBinding* target = nullptr;
  std::vector<plan::ColumnPair> pairs;
};
struct OrderCountInput {};   // count: order_by
struct OrderFunctionInput {  // max: T2_max_order_by
  plan::Aggregate function = plan::Aggregate::kMax;
};
// An argument or input field of a remote schema. A preset one is not in the schema but in
// RemoteSchemaBinding::presets.
struct RemoteInput {
  std::string upstream_name;
};
// An argument of a joined field whose template gives part of the object: what the definition holds
// is merged with the client's.
struct ActionInput {
  std::string name;
};

using InputBinding =
    std::variant<std::monostate, ListArgumentInput, PrimaryKeyInput, WriteArgumentInput,
                 InsertColumnInput, InsertRelationInput, OnConflictInput, AssignmentsInput,
                 AssignColumnInput, JsonPathInput, CountColumnsInput, CountDistinctInput,
                 FunctionArgumentInput, ConnectiveInput, BoolColumnInput, BoolComputedInput,
                 BoolRelationshipInput, OperatorInput, IsNullInput, CastInput, OrderColumnInput,
                 OrderComputedInput, OrderRelationshipInput, OrderAggregateInput, OrderCountInput,
                 OrderFunctionInput, RemoteInput, ActionInput>;

// --- Remote schemas
// --------------------------------------------------------------------------------

// A value that a role's document puts into an argument or input field.
struct RemotePreset {
  std::string name;  // Upstream name of the argument or input field.
  const graphql::InputValueDefinition* upstream = nullptr;
  json::Value value;             // Literal, when no session variable.
  std::string session_variable;  // Lower case; empty: literal.
  bool value_is_enum = false;
  // An input object all of whose fields have presets: these. The others are then empty.
  std::vector<RemotePreset> members;
};

// A remote schema as one role sees it.
struct RemoteSchemaBinding {
  std::string name;
  std::shared_ptr<const graphql::Schema> upstream;  // As introspected, uncustomised.
  // Customised type name → upstream name, where they differ, and back.
  std::unordered_map<std::string, std::string, StringHash, std::equal_to<>> upstream_types;
  std::unordered_map<std::string, std::string, StringHash, std::equal_to<>> client_types;
  // "Type.field" or "InputType" (upstream names) → presets.
  std::unordered_map<std::string, std::vector<RemotePreset>, StringHash, std::equal_to<>> presets;

  std::string_view UpstreamType(std::string_view client) const {
    const auto it = upstream_types.find(client);
    return it == upstream_types.end() ? client : std::string_view(it->second);
  }
  std::string_view ClientType(std::string_view upstream_name) const {
    const auto it = client_types.find(upstream_name);
    return it == client_types.end() ? upstream_name : std::string_view(it->second);
  }
};

// --- The schema of one role
// ------------------------------------------------------------------------

// Immutable, but where it is made bit by bit (role_schema.h): then it grows, and what is there
// stays where it is.
class RoleSchema {
 public:
  std::string role;
  std::shared_ptr<const graphql::Schema> schema;
  // Indexed by the `binding` of graphql::FieldDefinition and graphql::InputValueDefinition.
  std::deque<FieldBinding> fields;
  std::deque<InputBinding> inputs;
  // Enum values that stand for columns (T_select_column): by the enum value's `binding`.
  std::deque<const ColumnBinding*> enum_columns;
  // Names of the database that enum values stand for (T_constraint, T_update_column), likewise.
  std::deque<std::string> enum_names;
  // Owners of what the bindings point to.
  std::vector<std::unique_ptr<TableBinding>> tables;
  std::vector<std::unique_ptr<WriteBinding>> writes;
  std::vector<std::unique_ptr<FunctionBinding>> functions;
  std::vector<std::unique_ptr<RemoteSchemaBinding>> remote_schemas;
  // Why the role's types make no schema; the schema is then without any field. Empty: all is well.
  std::vector<std::string> errors;

  // Never null: monostate stands for a field without a meaning of its own.
  const FieldBinding& field(uint32_t binding) const {
    static const FieldBinding kNone;
    return binding < fields.size() ? fields[binding] : kNone;
  }
  const InputBinding& input(uint32_t binding) const {
    static const InputBinding kNone;
    return binding < inputs.size() ? inputs[binding] : kNone;
  }
};

}  // namespace joinery::planner
