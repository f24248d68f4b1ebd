#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

bool IsStandard(std::string_view name) {
  return name == "Int" || name == "Float" || name == "String" || name == "Boolean" || name == "ID";
}

TypeRef EnumType(RoleBuilder& builder, const TableShape& table) {
  if (builder.Claim(table.enum_type_name)) {
    const TypeHandle handle = builder.types().AddEnum(table.enum_type_name);
    // As the database has them in every convention: what comes out of it is not renamed.
    for (const auto& value : table.enum_values->values) {
      builder.types().AddValue(handle, {.name = value.value, .description = value.comment});
    }
  }
  return builder.Type(table.enum_type_name);
}

}  // namespace

TypeRef ScalarType(RoleBuilder& builder, const ScalarInfo& scalar) {
  // A type of the database may have a name that GraphQL does not allow.
  const std::string_view name =
      IsGraphqlName(scalar.graphql_name) ? std::string_view(scalar.graphql_name) : "String";
  if (!IsStandard(name) && builder.Claim(name)) builder.types().AddScalar(name);
  const TypeRef type = builder.Type(name);
  return scalar.is_array ? List(NonNull(type)) : type;
}

TypeRef ColumnType(RoleBuilder& builder, const Column& column) {
  if (column.enum_table != nullptr) return EnumType(builder, *column.enum_table);
  return ScalarType(builder, column.scalar);
}

}  // namespace joinery::planner
