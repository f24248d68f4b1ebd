#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "graphql/schema_builder.h"
#include "planner/consistency/graph.h"
#include "planner/consistency/table_types.h"
#include "planner/schema/binding.h"

// The inside of BuildRoleSchema: RoleBuilder is what its parts share, one file per part.
namespace joinery::planner {

using graphql::FieldSpec;
using graphql::InputValueSpec;
using graphql::List;
using graphql::NonNull;
using graphql::TypeRef;
using TypeHandle = graphql::SchemaBuilder::Handle;

// A table as the role sees it, with what its types are made of.
struct TableView {
  const Table* table = nullptr;
  const SelectPermission* permission = nullptr;
  TableBinding* binding = nullptr;
  std::vector<const Column*> columns;  // Parallel to binding->columns.
  // The object type has at least one field.
  bool has_type = false;

  bool has_columns() const { return !columns.empty(); }
  bool has_order_by() const;
  const ColumnBinding* Find(const Column* column) const;
  const SourceNaming& naming() const { return *table->source->naming; }
  std::string TypeName(std::string_view suffix = {}) const {
    return naming().Type(table->identifier, suffix);
  }
};

// A root object type in the making; fields of equal names are added once, the first wins.
class RootType {
 public:
  RootType(graphql::SchemaBuilder& types, std::string name)
      : types_(types), name_(std::move(name)) {}

  // Makes the type now, with fields to be added one by one.
  void Open();

  // False when there is a field of that name.
  bool Add(const FieldSpec& field);
  const std::string& name() const { return name_; }
  bool empty() const { return names_.empty(); }
  bool Has(std::string_view field) const { return names_.contains(field); }

 private:
  graphql::SchemaBuilder& types_;
  std::string name_;
  std::optional<TypeHandle> type_;
  std::unordered_set<std::string, StringHash, std::equal_to<>> names_;
};

// Adds to a role's schema: all at once, or bit by bit what the schema is asked for. `graph` and
// `schema` outlive it.
class RoleBuilder : public graphql::TypeSource {
 public:
  RoleBuilder(const Graph& graph, const SchemaOptions& options, bool backend, RoleSchema& schema);

  // One of the two, once.
  void Build();
  void BuildAsNeeded();

  void AddType(std::string_view name) override;
  void AddField(std::string_view owner, std::string_view name) override;
  bool HasRoot(graphql::ast::OperationKind kind) override;

  const Graph& graph() const { return graph_; }
  const SchemaOptions& options() const { return options_; }
  const std::string& role() const { return schema_.role; }
  bool is_admin() const { return is_admin_; }
  bool is_backend() const { return backend_; }
  graphql::SchemaBuilder& types() { return types_; }
  TypeRef Type(std::string_view name) { return types_.Type(name); }
  RoleSchema& schema() { return schema_; }

  // Null: the role may not select from the table, or the table is in no schema.
  const TableView* View(const Table& table);
  // Null: the role may not do it. The same pointers each time.
  const WriteBinding* Insert(const Table& table);
  const WriteBinding* Update(const Table& table);
  const WriteBinding* Delete(const Table& table);
  // Columns that the role may give a value to, those with presets left out.
  std::vector<const Column*> InsertColumns(const Table& table) const;
  std::vector<const Column*> UpdateColumns(const Table& table) const;
  const FunctionBinding* Bind(const FunctionUse& function);
  // Null: the role sees nothing of the remote schema.
  RemoteSchemaBinding* Bind(const RemoteSchema& remote);

  // Gives a meaning a number, for the `binding` of a definition.
  uint32_t Field(FieldBinding binding);
  uint32_t Input(InputBinding binding);
  uint32_t EnumColumn(const ColumnBinding* column);
  uint32_t EnumName(std::string_view database_name);

  // A text that lives as long as the builder, for specs that are made before they are used.
  std::string_view Keep(std::string_view text) { return *kept_.emplace(text).first; }

  // True the first time for a name: its type is then to be added.
  bool Claim(std::string_view type_name);

  // Where the root fields of a source stand: on the roots, or in its namespace.
  enum class Root : uint8_t { kQuery, kMutation, kSubscription };
  RootType& RootOf(Root root) { return *roots_[static_cast<int>(root)]; }
  RootType& RootOf(Root root, const SourceNaming& naming);
  // The type inside namespace `field`, called `type_name`; made with its field when first asked
  // for.
  RootType& Namespace(Root root, std::string_view field, std::string_view type_name, bool non_null);

 private:
  using Writes = std::unordered_map<const Table*, const WriteBinding*>;
  const WriteBinding* Write(const Table& table, uint32_t needed,
                            const TablePermissions::Writes& permissions, Writes& made);
  std::vector<const Column*> WritableColumns(const Table& table,
                                             const TablePermissions::Writes& permissions) const;
  std::unique_ptr<TableView> MakeView(const Table& table);
  bool HasFields(const TableView& view);

  // Each adds all that the thing brings, the first time.
  void AddTable(const Table& table);
  void AddFunction(const TrackedFunction& function);
  void AddActions();
  void AddRemoteSchemas();
  void AddAll();
  // Adds the tables that are `relevant`, and all else, until `there` says so.
  template <typename There, typename Relevant>
  void AddUntil(const There& there, const Relevant& relevant);
  bool MayWrite(const Table& table) const;
  void AddNoQueries();
  void Finish();

  const Graph& graph_;
  const SchemaOptions& options_;
  const bool is_admin_;
  const bool backend_;
  graphql::SchemaBuilder types_;
  RoleSchema& schema_;
  bool as_needed_ = false;
  // What was added.
  std::unordered_set<const void*> added_;
  bool has_actions_ = false, has_remote_schemas_ = false;
  std::unordered_map<const Table*, std::unique_ptr<TableView>> views_;
  std::vector<std::unique_ptr<SelectPermission>> admin_permissions_;
  std::unordered_map<const FunctionUse*, const FunctionBinding*> functions_;
  Writes inserts_, updates_, deletes_;
  std::unordered_map<const RemoteSchema*, RemoteSchemaBinding*> remotes_;
  std::unordered_set<std::string, StringHash, std::equal_to<>> claimed_;
  std::unordered_set<std::string, StringHash, std::equal_to<>> kept_;
  std::unique_ptr<RootType> roots_[3];
  std::unordered_map<std::string, std::unique_ptr<RootType>, StringHash, std::equal_to<>>
      namespaces_;
  // The types of these: the root that they stand on, and their field's name.
  std::unordered_map<std::string, std::pair<Root, std::string>, StringHash, std::equal_to<>>
      namespace_types_;
};

// --- Parts
// -----------------------------------------------------------------------------------------

// scalars.cc: a column's or argument's type, nullable; adds the scalar or enum when new.
TypeRef ScalarType(RoleBuilder& builder, const ScalarInfo& scalar);
TypeRef ColumnType(RoleBuilder& builder, const Column& column);
// operators.cc: the comparison type's name; adds it when new.
std::string ComparisonType(RoleBuilder& builder, const SourceNaming& naming,
                           const ScalarInfo& scalar, const plan::SqlType& type);
std::string ComparisonType(RoleBuilder& builder, const Column& column, const SourceNaming& naming);

// Each adds types of one table.
void AddTableType(RoleBuilder& builder, const TableView& view);         // table_types.cc
void AddSelectColumns(RoleBuilder& builder, const TableView& view);     // table_types.cc
void AddBoolExp(RoleBuilder& builder, const TableView& view);           // bool_exp.cc
void AddOrderBy(RoleBuilder& builder, const TableView& view);           // order_by.cc
void AddAggregateOrderBy(RoleBuilder& builder, const TableView& view);  // order_by.cc
void AddAggregateTypes(RoleBuilder& builder, const TableView& view);    // aggregates.cc
// Root fields: of tables and functions of all sources, remote schemas, actions.
void AddTableRoots(RoleBuilder& builder, const TableView& view);               // table_roots.cc
void AddFunctionRoots(RoleBuilder& builder, const TrackedFunction& function);  // table_roots.cc
void AddRemoteSchemaFields(RoleBuilder& builder, const RemoteSchema& remote);
void AddActionFields(RoleBuilder& builder);
// What a client sees of an action, without the arguments that are `given`; nullopt: the role may
// not call it. action_fields.cc
struct ActionSignature {
  TypeRef output;
  std::vector<InputValueSpec> arguments;
};
std::optional<ActionSignature> SignatureOf(RoleBuilder& builder, const metadata::Action& action,
                                           const json::Value& given);
// Insert, update and delete of a table, also where the role may not select: mutations.cc.
void AddTableMutations(RoleBuilder& builder, const Table& table);
// Types of what is inserted; the name of T_insert_input. insert_inputs.cc
std::string InsertInputType(RoleBuilder& builder, const Table& table);
// T_obj_rel_insert_input and T_arr_rel_insert_input: rows of the table inside another's.
void AddRelationInputs(RoleBuilder& builder, const Table& table);
// Null: the role may not use `on_conflict` there. insert_inputs.cc
std::optional<InputValueSpec> OnConflictArgument(RoleBuilder& builder, const Table& table);
// `where` of a mutation: T_bool_exp, without columns where the role may not select. bool_exp.cc
TypeRef BoolExpType(RoleBuilder& builder, const Table& table);

// Name and description of a root field, configured or default. table_roots.cc
struct RootText {
  std::string name;
  std::string description;
};
RootText TableRootText(const Table& table, std::string_view key, const Identifier& fallback,
                       std::string description);

// Arguments of a list of rows: where, order_by, limit, offset, distinct_on.
std::vector<InputValueSpec> ListArguments(RoleBuilder& builder, const TableView& view);
// `args` of a function, as `type_name`; empty when a client gives none.
std::vector<InputValueSpec> FunctionArguments(RoleBuilder& builder, const FunctionUse& function,
                                              const std::string& type_name,
                                              std::string_view description);
// The argument `path` of json fields.
InputValueSpec JsonPathArgument(RoleBuilder& builder);

// A remote relationship's field or fields on a type called `owner`; none when the role may not see
// its target. remote_relationships.cc
void AddRemoteRelationshipFields(RoleBuilder& builder, TypeHandle owner,
                                 const RemoteRelationship& relationship);

}  // namespace joinery::planner
