#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

// Statistics have Float in the schema, whatever the column; whether they are written as text is
// decided by the column's type.
plan::JsonForm FormOf(const AggregateKind& kind, const ColumnBinding& column) {
  if (kind.keeps_type) return column.form;
  return column.form == plan::JsonForm::kNumberText ? plan::JsonForm::kNumberText
                                                    : plan::JsonForm::kNumber;
}

void AddFunction(RoleBuilder& builder, const TableView& view, TypeHandle fields,
                 const AggregateKind& kind) {
  const std::string name = view.TypeName(StrCat(kind.name, "_fields"));
  std::optional<TypeHandle> columns;
  for (size_t i = 0; i < view.columns.size(); ++i) {
    const Column& column = *view.columns[i];
    if (!Takes(kind, column)) continue;
    if (!columns) {
      columns = builder.types().AddObject(name, StrCat("aggregate ", kind.name, " on columns"));
    }
    const ColumnBinding& bound = view.binding->columns[i];
    const TypeRef type = kind.keeps_type ? ColumnType(builder, column) : builder.Type("Float");
    builder.types().AddField(*columns, {.name = bound.graphql_name,
                                        .type = type,
                                        .description = column.description,
                                        .binding = builder.Field(AggregateColumnField{
                                            .column = &bound, .form = FormOf(kind, bound)})});
  }
  if (!columns) return;
  builder.types().AddField(
      fields, {.name = view.naming().Field(kind.name),
               .type = builder.Type(name),
               .binding = builder.Field(AggregateFunctionField{.function = kind.function})});
}

void AddCount(RoleBuilder& builder, const TableView& view, TypeHandle fields) {
  FieldSpec count{.name = "count",
                  .type = NonNull(builder.Type("Int")),
                  .binding = builder.Field(AggregateCountField{})};
  if (view.has_columns()) {
    count.arguments.push_back({.name = "columns",
                               .type = List(NonNull(builder.Type(view.TypeName("select_column")))),
                               .binding = builder.Input(CountColumnsInput{})});
  }
  count.arguments.push_back({.name = "distinct",
                             .type = builder.Type("Boolean"),
                             .binding = builder.Input(CountDistinctInput{})});
  builder.types().AddField(fields, count);
}

}  // namespace

void AddAggregateTypes(RoleBuilder& builder, const TableView& view) {
  if (!view.permission->allow_aggregations) return;
  const std::string name = view.TypeName("aggregate");
  if (!builder.Claim(name)) return;
  const std::string table = SqlName(view.table->name);
  const std::string fields_name = view.TypeName("aggregate_fields");
  const TypeHandle aggregate =
      builder.types().AddObject(name, StrCat("aggregated selection of \"", table, "\""));
  builder.types().AddField(aggregate, {.name = "aggregate",
                                       .type = builder.Type(fields_name),
                                       .binding = builder.Field(AggregateObjectField{})});
  if (view.has_type) {
    builder.types().AddField(
        aggregate, {.name = "nodes",
                    .type = NonNull(List(NonNull(builder.Type(view.table->type_name)))),
                    .binding = builder.Field(AggregateNodesField{.table = view.binding})});
  }
  const TypeHandle fields =
      builder.types().AddObject(fields_name, StrCat("aggregate fields of \"", table, "\""));
  AddCount(builder, view, fields);
  for (const AggregateKind& kind : AggregateKinds()) AddFunction(builder, view, fields, kind);
}

}  // namespace joinery::planner
