#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

std::string TypeName(const Table& table, std::string_view suffix) {
  return table.source->naming->Type(table.identifier, suffix);
}

TypeRef ConstraintType(RoleBuilder& builder, const Table& table) {
  const std::string name = TypeName(table, "constraint");
  if (builder.Claim(name)) {
    const TypeHandle handle = builder.types().AddEnum(
        name, StrCat("unique or primary key constraints on table \"", SqlName(table.name), "\""));
    for (const plan::CatalogConstraint* constraint : NamedConstraints(*table.catalog)) {
      builder.types().AddValue(handle, {.name = table.source->naming->EnumValue(constraint->name),
                                        .description = "unique or primary key constraint",
                                        .binding = builder.EnumName(constraint->name)});
    }
  }
  return builder.Type(name);
}

TypeRef UpdateColumnType(RoleBuilder& builder, const Table& table) {
  const std::string name = TypeName(table, "update_column");
  if (!builder.Claim(name)) return builder.Type(name);
  const std::vector<const Column*> columns = builder.UpdateColumns(table);
  const std::string sql_name = SqlName(table.name);
  if (columns.empty()) {
    const TypeHandle handle =
        builder.types().AddEnum(name, StrCat("placeholder for update columns of table \"", sql_name,
                                             "\" (current role has no relevant permissions)"));
    builder.types().AddValue(handle, {.name = "_PLACEHOLDER",
                                      .description = "placeholder (do not use)",
                                      .binding = builder.EnumName("")});
    return builder.Type(name);
  }
  const TypeHandle handle =
      builder.types().AddEnum(name, StrCat("update columns of table \"", sql_name, "\""));
  for (const Column* column : columns) {
    builder.types().AddValue(handle, {.name = column->graphql_name,
                                      .description = "column name",
                                      .binding = builder.EnumName(column->name())});
  }
  return builder.Type(name);
}

TypeRef OnConflictType(RoleBuilder& builder, const Table& table) {
  const std::string name = TypeName(table, "on_conflict");
  if (!builder.Claim(name)) return builder.Type(name);
  const TypeHandle handle = builder.types().AddInputObject(
      name, StrCat("on_conflict condition type for table \"", SqlName(table.name), "\""));
  const auto add = [&](std::string_view field, TypeRef type, WriteArgument argument,
                       std::optional<std::string_view> otherwise) {
    builder.types().AddInputField(handle, {.name = field,
                                           .type = type,
                                           .default_text = otherwise,
                                           .binding = builder.Input(WriteArgumentInput{argument})});
  };
  add("constraint", NonNull(ConstraintType(builder, table)), WriteArgument::kConstraint, {});
  add(table.source->naming->Field("update_columns"),
      NonNull(List(NonNull(UpdateColumnType(builder, table)))), WriteArgument::kUpdateColumns,
      "[]");
  add("where", BoolExpType(builder, table), WriteArgument::kWhere, {});
  return builder.Type(name);
}

std::string RelationTypeName(const Table& target, bool array) {
  return TypeName(target, array ? "arr_rel_insert_input" : "obj_rel_insert_input");
}

}  // namespace

std::optional<InputValueSpec> OnConflictArgument(RoleBuilder& builder, const Table& table) {
  const WriteBinding* update = builder.Update(table);
  if (update == nullptr || NamedConstraints(*table.catalog).empty()) return std::nullopt;
  return InputValueSpec{.name = builder.Keep(table.source->naming->Field("on_conflict")),
                        .type = OnConflictType(builder, table),
                        .description = "upsert condition",
                        .binding = builder.Input(OnConflictInput{update})};
}

std::string InsertInputType(RoleBuilder& builder, const Table& table) {
  const std::string name = TypeName(table, "insert_input");
  if (!builder.Claim(name)) return name;
  const TypeHandle handle = builder.types().AddInputObject(
      name, StrCat("input type for inserting data into table \"", SqlName(table.name), "\""));
  for (const Column* column : builder.InsertColumns(table)) {
    builder.types().AddInputField(
        handle, {.name = column->graphql_name,
                 .type = ColumnType(builder, *column),
                 .description = column->description,
                 .binding = builder.Input(
                     InsertColumnInput{.column = column->name(), .type = column->catalog->type})});
  }
  for (const auto& relationship : table.relationships) {
    const Table& target = *relationship->target;
    const WriteBinding* insert = builder.Insert(target);
    if (insert == nullptr || !IsGraphqlName(relationship->name)) continue;
    builder.types().AddInputField(
        handle,
        {.name = relationship->name,
         .type = builder.Type(RelationTypeName(target, relationship->array)),
         .binding = builder.Input(InsertRelationInput{.target = insert,
                                                      .target_update = builder.Update(target),
                                                      .name = relationship->name,
                                                      .pairs = relationship->pairs,
                                                      .array = relationship->array,
                                                      .before = relationship->inserted_first})});
  }
  return name;
}

void AddRelationInputs(RoleBuilder& builder, const Table& table) {
  const TypeRef row = NonNull(builder.Type(InsertInputType(builder, table)));
  for (const bool array : {false, true}) {
    if (array ? !table.target.of_arrays : !table.target.of_objects) continue;
    const std::string name = RelationTypeName(table, array);
    if (!builder.Claim(name)) continue;
    const TypeHandle handle = builder.types().AddInputObject(
        name, StrCat("input type for inserting ", array ? "array" : "object",
                     " relation for remote table \"", SqlName(table.name), "\""));
    builder.types().AddInputField(
        handle, {.name = "data",
                 .type = array ? NonNull(List(row)) : row,
                 .binding = builder.Input(WriteArgumentInput{WriteArgument::kObjects})});
    if (const auto conflict = OnConflictArgument(builder, table)) {
      builder.types().AddInputField(handle, *conflict);
    }
  }
}

}  // namespace joinery::planner
