#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

void AddColumn(RoleBuilder& builder, TypeHandle handle, const Column& column,
               const ColumnBinding& bound) {
  TypeRef type = ColumnType(builder, column);
  if (!bound.nullable) type = NonNull(type);
  FieldSpec field{.name = bound.graphql_name,
                  .type = type,
                  .description = column.description,
                  .binding = builder.Field(ColumnField{.column = &bound})};
  if (bound.is_json) field.arguments.push_back(JsonPathArgument(builder));
  builder.types().AddField(handle, field);
}

void AddObjectRelationship(RoleBuilder& builder, TypeHandle handle,
                           const Relationship& relationship, const TableView& target) {
  TypeRef type = builder.Type(target.table->type_name);
  // The row is there, but the role's filter may hide it.
  const bool always = !relationship.nullable &&
                      target.binding->filter.predicate.kind == plan::Predicate::Kind::kTrue;
  if (always) type = NonNull(type);
  builder.types().AddField(
      handle,
      {.name = relationship.name,
       .type = type,
       .description = "An object relationship",
       .binding = builder.Field(RelationshipField{.shape = RelationshipField::Shape::kObject,
                                                  .target = target.binding,
                                                  .pairs = relationship.pairs})});
}

void AddArrayRelationship(RoleBuilder& builder, TypeHandle handle, const SourceNaming& naming,
                          const Relationship& relationship, const TableView& target) {
  RelationshipField binding{.shape = RelationshipField::Shape::kArray,
                            .target = target.binding,
                            .pairs = relationship.pairs};
  FieldSpec field{.name = relationship.name,
                  .type = NonNull(List(NonNull(builder.Type(target.table->type_name)))),
                  .description = "An array relationship",
                  .arguments = ListArguments(builder, target),
                  .binding = builder.Field(binding)};
  if (target.has_type) builder.types().AddField(handle, field);
  if (!target.permission->allow_aggregations) return;
  binding.shape = RelationshipField::Shape::kAggregate;
  const std::string name = naming.Field(Identifier::Custom(relationship.name).Then("aggregate"));
  field.name = name;
  field.type = NonNull(builder.Type(target.TypeName("aggregate")));
  field.description = "An aggregate relationship";
  field.binding = builder.Field(std::move(binding));
  builder.types().AddField(handle, field);
}

void AddRelationship(RoleBuilder& builder, TypeHandle handle, const SourceNaming& naming,
                     const Relationship& relationship) {
  const TableView* target = builder.View(*relationship.target);
  if (target == nullptr || !IsGraphqlName(relationship.name)) return;
  if (relationship.array) {
    AddArrayRelationship(builder, handle, naming, relationship, *target);
  } else if (target->has_type) {
    AddObjectRelationship(builder, handle, relationship, *target);
  }
}

std::string ComputedDescription(const ComputedField& field) {
  if (!field.description.empty()) return field.description;
  return StrCat("A computed field, executes function \"", SqlName(field.function.binding.function),
                "\"");
}

void AddComputedField(RoleBuilder& builder, TypeHandle handle, const TableView& view,
                      const ComputedField& field) {
  const std::string description = ComputedDescription(field);
  const std::string args_type = view.naming().Type(
      Identifier::Custom(field.name).Then(view.table->identifier.Snake()), "args");
  std::vector<InputValueSpec> arguments =
      FunctionArguments(builder, field.function, args_type,
                        StrCat("input parameters for computed field \"", field.name, "\""));
  const FunctionBinding* function = builder.Bind(field.function);
  if (field.target == nullptr) {
    const auto granted = view.permission->computed_fields.find(field.name);
    if (granted == view.permission->computed_fields.end()) return;
    const bool json = field.scalar.is_json();
    if (json) arguments.push_back(JsonPathArgument(builder));
    builder.types().AddField(
        handle,
        {.name = field.name,
         .type = ScalarType(builder, field.scalar),
         .description = description,
         .arguments = std::move(arguments),
         .binding = builder.Field(ComputedScalarField{.function = function,
                                                      .type = field.type,
                                                      .form = field.scalar.form,
                                                      .is_json = json,
                                                      .visible_if = granted->second.if_holds})});
    return;
  }
  const TableView* target = builder.View(*field.target);
  if (target == nullptr || !target->has_type) return;
  for (InputValueSpec& argument : ListArguments(builder, *target)) {
    arguments.push_back(std::move(argument));
  }
  builder.types().AddField(
      handle, {.name = field.name,
               .type = List(NonNull(builder.Type(field.target->type_name))),
               .description = description,
               .arguments = std::move(arguments),
               .binding = builder.Field(RelationshipField{.shape = RelationshipField::Shape::kArray,
                                                          .target = target->binding,
                                                          .function = function})});
}

}  // namespace

void AddTableType(RoleBuilder& builder, const TableView& view) {
  const Table& table = *view.table;
  if (!builder.Claim(table.type_name)) return;
  const std::string& comment =
      table.metadata->comment.empty() ? table.catalog->comment : table.metadata->comment;
  const TypeHandle handle = builder.types().AddObject(
      table.type_name, comment.empty()
                           ? StrCat("columns and relationships of \"", SqlName(table.name), "\"")
                           : comment);
  for (size_t i = 0; i < view.columns.size(); ++i) {
    AddColumn(builder, handle, *view.columns[i], view.binding->columns[i]);
  }
  for (const auto& relationship : table.relationships) {
    AddRelationship(builder, handle, view.naming(), *relationship);
  }
  for (const auto& field : table.computed_fields) {
    AddComputedField(builder, handle, view, *field);
  }
  for (const auto& relationship : table.remote_relationships) {
    AddRemoteRelationshipFields(builder, handle, *relationship);
  }
}

void AddSelectColumns(RoleBuilder& builder, const TableView& view) {
  if (!view.has_columns()) return;
  const std::string name = view.TypeName("select_column");
  if (!builder.Claim(name)) return;
  const TypeHandle handle = builder.types().AddEnum(
      name, StrCat("select columns of table \"", SqlName(view.table->name), "\""));
  for (const ColumnBinding& column : view.binding->columns) {
    builder.types().AddValue(handle, {.name = column.graphql_name,
                                      .description = "column name",
                                      .binding = builder.EnumColumn(&column)});
  }
}

InputValueSpec JsonPathArgument(RoleBuilder& builder) {
  return {.name = "path",
          .type = builder.Type("String"),
          .description = "JSON select path",
          .binding = builder.Input(JsonPathInput{})};
}

}  // namespace joinery::planner
