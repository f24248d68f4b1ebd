#include <array>

#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

struct Direction {
  std::string_view name, description;
};
constexpr std::array kDirections = {
    Direction{"asc", "in ascending order, nulls last"},
    Direction{"asc_nulls_first", "in ascending order, nulls first"},
    Direction{"asc_nulls_last", "in ascending order, nulls last"},
    Direction{"desc", "in descending order, nulls first"},
    Direction{"desc_nulls_first", "in descending order, nulls first"},
    Direction{"desc_nulls_last", "in descending order, nulls last"},
};

TypeRef DirectionType(RoleBuilder& builder, const SourceNaming& naming) {
  const std::string_view name = naming.is_graphql() ? "OrderBy" : "order_by";
  if (builder.Claim(name)) {
    const TypeHandle handle = builder.types().AddEnum(name, "column ordering options");
    for (const Direction& direction : kDirections) {
      builder.types().AddValue(
          handle, {.name = naming.EnumValue(direction.name), .description = direction.description});
    }
  }
  return builder.Type(name);
}

void AddRelationship(RoleBuilder& builder, TypeHandle handle, const Relationship& relationship,
                     const SourceNaming& naming) {
  const TableView* target = builder.View(*relationship.target);
  if (target == nullptr || !IsGraphqlName(relationship.name)) return;
  if (!relationship.array) {
    if (!target->has_order_by()) return;
    builder.types().AddInputField(
        handle, {.name = relationship.name,
                 .type = builder.Type(target->TypeName("order_by")),
                 .binding = builder.Input(OrderRelationshipInput{.target = target->binding,
                                                                 .pairs = relationship.pairs})});
    return;
  }
  if (!target->permission->allow_aggregations || !target->has_type) return;
  builder.types().AddInputField(
      handle, {.name = naming.Field(Identifier::Custom(relationship.name).Then("aggregate")),
               .type = builder.Type(target->TypeName("aggregate_order_by")),
               .binding = builder.Input(
                   OrderAggregateInput{.target = target->binding, .pairs = relationship.pairs})});
}

}  // namespace

void AddOrderBy(RoleBuilder& builder, const TableView& view) {
  const std::string name = view.TypeName("order_by");
  if (!view.has_order_by() || !builder.Claim(name)) return;
  const TypeRef direction = DirectionType(builder, view.naming());
  const TypeHandle handle = builder.types().AddInputObject(
      name,
      StrCat("Ordering options when selecting data from \"", SqlName(view.table->name), "\"."));
  for (const ColumnBinding& column : view.binding->columns) {
    builder.types().AddInputField(handle,
                                  {.name = column.graphql_name,
                                   .type = direction,
                                   .binding = builder.Input(OrderColumnInput{.column = &column})});
  }
  for (const auto& relationship : view.table->relationships) {
    AddRelationship(builder, handle, *relationship, view.naming());
  }
  for (const auto& field : view.table->computed_fields) {
    if (field->target != nullptr || field->function.HasClientArguments()) continue;
    const auto granted = view.permission->computed_fields.find(field->name);
    if (granted == view.permission->computed_fields.end()) continue;
    builder.types().AddInputField(
        handle,
        {.name = field->name,
         .type = direction,
         .binding = builder.Input(OrderComputedInput{.function = builder.Bind(field->function),
                                                     .type = field->type,
                                                     .visible_if = granted->second.if_holds})});
  }
}

void AddAggregateOrderBy(RoleBuilder& builder, const TableView& view) {
  if (!view.table->target.of_arrays || !view.permission->allow_aggregations) return;
  const std::string name = view.TypeName("aggregate_order_by");
  if (!builder.Claim(name)) return;
  const std::string table = SqlName(view.table->name);
  const TypeRef direction = DirectionType(builder, view.naming());
  const TypeHandle handle = builder.types().AddInputObject(
      name, StrCat("order by aggregate values of table \"", table, "\""));
  builder.types().AddInputField(
      handle, {.name = "count", .type = direction, .binding = builder.Input(OrderCountInput{})});
  for (const AggregateKind& kind : AggregateKinds()) {
    const std::string below = view.TypeName(StrCat(kind.name, "_order_by"));
    std::optional<TypeHandle> columns;
    for (size_t i = 0; i < view.columns.size(); ++i) {
      if (!Takes(kind, *view.columns[i])) continue;
      if (!columns) {
        columns = builder.types().AddInputObject(
            below, StrCat("order by ", kind.name, "() on columns of table \"", table, "\""));
      }
      const ColumnBinding& column = view.binding->columns[i];
      builder.types().AddInputField(
          *columns, {.name = column.graphql_name,
                     .type = direction,
                     .description = view.columns[i]->description,
                     .binding = builder.Input(OrderColumnInput{.column = &column})});
    }
    if (!columns) continue;
    builder.types().AddInputField(
        handle, {.name = view.naming().Field(kind.name),
                 .type = builder.Type(below),
                 .binding = builder.Input(OrderFunctionInput{.function = kind.function})});
  }
}

}  // namespace joinery::planner
