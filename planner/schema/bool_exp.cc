#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

void AddConnectives(RoleBuilder& builder, TypeHandle handle, TypeRef self) {
  const auto add = [&](std::string_view name, Connective connective, TypeRef type) {
    builder.types().AddInputField(
        handle, {.name = name,
                 .type = type,
                 .binding = builder.Input(ConnectiveInput{.connective = connective})});
  };
  add("_and", Connective::kAnd, List(NonNull(self)));
  add("_not", Connective::kNot, self);
  add("_or", Connective::kOr, List(NonNull(self)));
}

std::string BoolExpDescription(const Table& table) {
  return StrCat("Boolean expression to filter rows from the table \"", SqlName(table.name),
                "\". All fields are combined with a logical 'AND'.");
}

void AddRelated(RoleBuilder& builder, TypeHandle handle, std::string_view name, const Table& target,
                const std::vector<plan::ColumnPair>& pairs, const FunctionUse* function) {
  const TableView* view = builder.View(target);
  if (view == nullptr || !view->has_type) return;
  BoolRelationshipInput input{.target = view->binding, .pairs = pairs};
  if (function != nullptr) input.function = builder.Bind(*function);
  builder.types().AddInputField(handle, {.name = name,
                                         .type = builder.Type(view->TypeName("bool_exp")),
                                         .binding = builder.Input(std::move(input))});
}

void AddComputed(RoleBuilder& builder, TypeHandle handle, const TableView& view,
                 const ComputedField& field) {
  if (field.function.HasClientArguments()) return;
  if (field.target != nullptr) {
    AddRelated(builder, handle, field.name, *field.target, {}, &field.function);
    return;
  }
  const auto granted = view.permission->computed_fields.find(field.name);
  if (granted == view.permission->computed_fields.end()) return;
  const std::string type = ComparisonType(builder, view.naming(), field.scalar, field.type);
  builder.types().AddInputField(
      handle,
      {.name = field.name,
       .type = builder.Type(type),
       .binding = builder.Input(BoolComputedInput{.function = builder.Bind(field.function),
                                                  .type = field.type,
                                                  .visible_if = granted->second.if_holds})});
}

}  // namespace

TypeRef BoolExpType(RoleBuilder& builder, const Table& table) {
  const std::string name = table.source->naming->Type(table.identifier, "bool_exp");
  const TableView* view = builder.View(table);
  const bool made_with_columns = view != nullptr && view->has_type;
  if (!made_with_columns && builder.Claim(name)) {
    AddConnectives(builder, builder.types().AddInputObject(name, BoolExpDescription(table)),
                   builder.Type(name));
  }
  return builder.Type(name);
}

void AddBoolExp(RoleBuilder& builder, const TableView& view) {
  const std::string name = view.TypeName("bool_exp");
  if (!builder.Claim(name)) return;
  const TypeHandle handle = builder.types().AddInputObject(name, BoolExpDescription(*view.table));
  AddConnectives(builder, handle, builder.Type(name));
  for (size_t i = 0; i < view.columns.size(); ++i) {
    const ColumnBinding& column = view.binding->columns[i];
    const std::string type = ComparisonType(builder, *view.columns[i], view.naming());
    builder.types().AddInputField(handle,
                                  {.name = column.graphql_name,
                                   .type = builder.Type(type),
                                   .binding = builder.Input(BoolColumnInput{.column = &column})});
  }
  for (const auto& relationship : view.table->relationships) {
    if (!IsGraphqlName(relationship->name)) continue;
    AddRelated(builder, handle, relationship->name, *relationship->target, relationship->pairs,
               nullptr);
  }
  for (const auto& field : view.table->computed_fields) AddComputed(builder, handle, view, *field);
}

}  // namespace joinery::planner
