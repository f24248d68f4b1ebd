#include <array>

#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

using Operator = plan::Assignment::Operator;

// What an update offers, in Hasura's order.
struct UpdateOperator {
  Operator op;
  std::string_view name;  // Of the argument, in snake case, without the first underscore.
  std::string_view type;  // Suffix of the input type.
  std::string_view description;
};

constexpr std::array kOperators = {
    UpdateOperator{Operator::kSet, "set", "set_input",
                   "sets the columns of the filtered rows to the given values"},
    UpdateOperator{Operator::kInc, "inc", "inc_input",
                   "increments the numeric columns with given value of the filtered values"},
    UpdateOperator{Operator::kPrepend, "prepend", "prepend_input",
                   "prepend existing jsonb value of filtered columns with new jsonb value"},
    UpdateOperator{Operator::kAppend, "append", "append_input",
                   "append existing jsonb value of filtered columns with new jsonb value"},
    UpdateOperator{Operator::kDeleteKey, "delete_key", "delete_key_input",
                   "delete key/value pair or string element. key/value pairs are matched based on "
                   "their key value"},
    UpdateOperator{
        Operator::kDeleteElem, "delete_elem", "delete_elem_input",
        "delete the array element with specified index (negative integers count from the "
        "end). throws an error if top level container is not an array"},
    UpdateOperator{Operator::kDeleteAtPath, "delete_at_path", "delete_at_path_input",
                   "delete the field or element with specified path (for JSON arrays, negative "
                   "integers count from the end)"},
};

class MutationsBuilder {
 public:
  MutationsBuilder(RoleBuilder& builder, const Table& table)
      : builder_(builder), table_(table), sql_name_(SqlName(table.name)) {}

  void Build() {
    if (const WriteBinding* insert = builder_.Insert(table_)) AddInserts(*insert);
    if (const WriteBinding* update = builder_.Update(table_)) AddUpdates(*update);
    if (const WriteBinding* remove = builder_.Delete(table_)) AddDeletes(*remove);
  }

 private:
  const SourceNaming& naming() const { return *table_.source->naming; }
  std::string TypeName(std::string_view suffix) const {
    return naming().Type(table_.identifier, suffix);
  }
  Identifier Verb(std::string_view verb) const {
    return table_.identifier.Prefixed(Identifier::Custom(verb));
  }
  TypeRef Row() { return builder_.Type(table_.type_name); }

  void Add(std::string_view key, const Identifier& fallback, std::string_view before,
           FieldSpec field) {
    const RootText text =
        TableRootText(table_, key, fallback, StrCat(before, " table: \"", sql_name_, "\""));
    field.name = text.name;
    field.description = text.description;
    builder_.RootOf(RoleBuilder::Root::kMutation, naming()).Add(field);
  }

  TypeRef Response(const WriteBinding& write) {
    const std::string name = TypeName("mutation_response");
    if (builder_.Claim(name)) {
      const TypeHandle handle = builder_.types().AddObject(
          name, StrCat("response of any mutation on the table \"", sql_name_, "\""));
      builder_.types().AddField(handle, {.name = naming().Field("affected_rows"),
                                         .type = NonNull(builder_.Type("Int")),
                                         .description = "number of rows affected by the mutation",
                                         .binding = builder_.Field(AffectedRowsField{})});
      if (write.row != nullptr) {
        builder_.types().AddField(handle,
                                  {.name = "returning",
                                   .type = NonNull(List(NonNull(Row()))),
                                   .description = "data from the rows affected by the mutation",
                                   .binding = builder_.Field(ReturningField{})});
      }
    }
    return builder_.Type(name);
  }

  void AddInserts(const WriteBinding& insert) {
    AddRelationInputs(builder_, table_);
    const TypeRef input = NonNull(builder_.Type(InsertInputType(builder_, table_)));
    const auto arguments = [&](std::string_view name, std::string_view description, TypeRef type) {
      std::vector<InputValueSpec> out = {
          {.name = name,
           .type = NonNull(type),
           .description = description,
           .binding = builder_.Input(WriteArgumentInput{WriteArgument::kObjects})}};
      if (auto conflict = OnConflictArgument(builder_, table_)) out.push_back(std::move(*conflict));
      return out;
    };
    Add("insert", Verb("insert"), "insert data into the",
        {.type = Response(insert),
         .arguments = arguments("objects", "the rows to be inserted", List(input)),
         .binding = builder_.Field(InsertField{.write = &insert})});
    if (insert.row == nullptr) return;
    Add("insert_one", Verb("insert").Then("one"), "insert a single row into the",
        {.type = Row(),
         .arguments = arguments("object", "the row to be inserted", input),
         .binding = builder_.Field(InsertField{.write = &insert, .one = true})});
  }

  static bool Takes(Operator op, const Column& column) {
    switch (op) {
      case Operator::kSet:
        return true;
      case Operator::kInc:
        return column.scalar.is_number();
      default:
        return IsJsonb(column);
    }
  }

  // What is given to the operator for a column.
  std::pair<TypeRef, plan::SqlType> Operand(Operator op, const Column& column) {
    switch (op) {
      case Operator::kDeleteKey:
        return {builder_.Type("String"), {.name = "text"}};
      case Operator::kDeleteElem:
        return {builder_.Type("Int"), {.name = "int4"}};
      case Operator::kDeleteAtPath:
        return {List(NonNull(builder_.Type("String"))), {.name = "text", .dimensions = 1}};
      default:
        return {ColumnType(builder_, column), column.catalog->type};
    }
  }

  // The operators' arguments; `names` gets theirs.
  std::vector<InputValueSpec> OperatorArguments(std::vector<std::string>& names) {
    std::vector<InputValueSpec> out;
    for (const UpdateOperator& one : kOperators) {
      std::vector<const Column*> columns;
      for (const Column* column : builder_.UpdateColumns(table_)) {
        if (Takes(one.op, *column)) columns.push_back(column);
      }
      if (columns.empty()) continue;
      const std::string type = TypeName(one.type);
      if (builder_.Claim(type)) AddOperatorType(one, type, columns);
      names.push_back(StrCat("_", naming().Field(one.name)));
      out.push_back({.name = builder_.Keep(names.back()),
                     .type = builder_.Type(type),
                     .description = one.description,
                     .binding = builder_.Input(AssignmentsInput{one.op})});
    }
    return out;
  }

  void AddOperatorType(const UpdateOperator& one, const std::string& type,
                       const std::vector<const Column*>& columns) {
    const std::string description =
        one.op == Operator::kSet || one.op == Operator::kInc
            ? StrCat(
                  "input type for ", one.op == Operator::kSet ? "updating" : "incrementing",
                  one.op == Operator::kSet ? " data in table \"" : " numeric columns in table \"",
                  sql_name_, "\"")
            : std::string(one.description);
    const TypeHandle handle = builder_.types().AddInputObject(type, description);
    for (const Column* column : columns) {
      const auto [operand, sql] = Operand(one.op, *column);
      builder_.types().AddInputField(
          handle,
          {.name = column->graphql_name,
           .type = operand,
           .description = column->description,
           .binding = builder_.Input(AssignColumnInput{.column = column->name(), .type = sql})});
    }
  }

  // The columns of the primary key as arguments; none when the role may not select one of them.
  std::vector<InputValueSpec> KeyArguments() {
    std::vector<InputValueSpec> out;
    const TableView* view = builder_.View(table_);
    if (view == nullptr) return out;
    for (const std::string& key : view->binding->primary_key) {
      const Column* column = table_.FindColumn(key);
      const ColumnBinding* bound = column == nullptr ? nullptr : view->Find(column);
      if (bound == nullptr) return {};
      out.push_back(
          {.name = bound->graphql_name,
           .type = NonNull(ColumnType(builder_, *column)),
           .description = column->description,
           .binding = builder_.Input(PrimaryKeyInput{.column = key, .type = bound->type})});
    }
    return out;
  }

  InputValueSpec WhereArgument(std::string_view description) {
    return {.name = "where",
            .type = NonNull(BoolExpType(builder_, table_)),
            .description = description,
            .binding = builder_.Input(WriteArgumentInput{WriteArgument::kWhere})};
  }

  void AddUpdates(const WriteBinding& update) {
    UpdateField field{.write = &update};
    std::vector<InputValueSpec> operators = OperatorArguments(field.operators);
    if (operators.empty() && update.presets.empty()) return;
    const auto with = [&](InputValueSpec first) {
      std::vector<InputValueSpec> out = operators;
      out.push_back(std::move(first));
      return out;
    };
    Add("update", Verb("update"), "update data of the",
        {.type = Response(update),
         .arguments = with(WhereArgument("filter the rows which have to be updated")),
         .binding = builder_.Field(field)});
    const std::vector<InputValueSpec> keys = KeyArguments();
    if (!keys.empty() && update.row != nullptr) {
      field.shape = UpdateField::Shape::kByPk;
      Add("update_by_pk", Verb("update").Then("by_pk"), "update single row of the",
          {.type = Row(),
           .arguments =
               with({.name = builder_.Keep(naming().Field("pk_columns")),
                     .type = NonNull(PkColumnsType(keys)),
                     .binding = builder_.Input(WriteArgumentInput{WriteArgument::kPkColumns})}),
           .binding = builder_.Field(field)});
    }
    field.shape = UpdateField::Shape::kMany;
    FieldSpec many{.type = List(Response(update)), .binding = builder_.Field(field)};
    many.arguments.push_back(
        {.name = "updates",
         .type = NonNull(List(NonNull(UpdatesType(operators)))),
         .description = "updates to execute, in order",
         .binding = builder_.Input(WriteArgumentInput{WriteArgument::kUpdates})});
    const RootText text =
        TableRootText(table_, "update_many", Verb("update").Then("many"),
                      StrCat("update multiples rows of table: \"", sql_name_, "\""));
    many.name = text.name;
    many.description = text.description;
    builder_.RootOf(RoleBuilder::Root::kMutation, naming()).Add(many);
  }

  TypeRef PkColumnsType(const std::vector<InputValueSpec>& keys) {
    const std::string name = TypeName("pk_columns_input");
    if (builder_.Claim(name)) {
      const TypeHandle handle = builder_.types().AddInputObject(
          name, StrCat("primary key columns input for table: ", table_.identifier.Snake()));
      for (const InputValueSpec& key : keys) builder_.types().AddInputField(handle, key);
    }
    return builder_.Type(name);
  }

  TypeRef UpdatesType(const std::vector<InputValueSpec>& operators) {
    const std::string name = TypeName("updates");
    if (builder_.Claim(name)) {
      const TypeHandle handle = builder_.types().AddInputObject(name);
      for (const InputValueSpec& one : operators) builder_.types().AddInputField(handle, one);
      builder_.types().AddInputField(handle,
                                     WhereArgument("filter the rows which have to be updated"));
    }
    return builder_.Type(name);
  }

  void AddDeletes(const WriteBinding& remove) {
    FieldSpec all{.type = Response(remove),
                  .binding = builder_.Field(DeleteField{.write = &remove})};
    all.arguments.push_back(WhereArgument("filter the rows which have to be deleted"));
    Add("delete", Verb("delete"), "delete data from the", std::move(all));
    std::vector<InputValueSpec> keys = KeyArguments();
    if (keys.empty() || remove.row == nullptr) return;
    Add("delete_by_pk", Verb("delete").Then("by_pk"), "delete single row from the",
        {.type = Row(),
         .arguments = std::move(keys),
         .binding = builder_.Field(DeleteField{.write = &remove, .by_pk = true})});
  }

  RoleBuilder& builder_;
  const Table& table_;
  const std::string sql_name_;
};

}  // namespace

void AddTableMutations(RoleBuilder& builder, const Table& table) {
  MutationsBuilder(builder, table).Build();
}

}  // namespace joinery::planner
