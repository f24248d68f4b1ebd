#include "planner/consistency/function_use.h"

#include "base/strings.h"

namespace joinery::planner {

FunctionUse UseFunction(const plan::CatalogFunction& function, std::optional<size_t> row,
                        std::optional<size_t> session, const SchemaOptions& options) {
  FunctionUse use{.catalog = &function};
  use.binding.function = function.name;
  use.binding.returns_set = function.returns_set;
  int unnamed = 0;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const plan::CatalogArgument& argument = function.arguments[i];
    FunctionArgumentBinding bound{
        .name = argument.name, .type = argument.type, .has_default = argument.has_default};
    if (row == i) {
      bound.kind = FunctionArgumentBinding::Kind::kRow;
    } else if (session == i) {
      bound.kind = FunctionArgumentBinding::Kind::kSession;
    } else {
      bound.graphql_name = argument.name.empty() ? StrCat("arg_", ++unnamed) : argument.name;
    }
    ScalarInfo scalar =
        DescribeScalar(argument.type, argument.type_kind, argument.type,
                       options.stringify_numeric_types, options.array_columns_are_lists);
    if (argument.type_kind == plan::TypeKind::kComposite) scalar.graphql_name.append("_scalar");
    use.binding.arguments.push_back(std::move(bound));
    use.scalars.push_back(std::move(scalar));
  }
  return use;
}

std::optional<size_t> FindArgument(const plan::CatalogFunction& function, std::string_view name) {
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    if (function.arguments[i].name == name) return i;
  }
  return std::nullopt;
}

bool IsJsonArgument(const plan::CatalogArgument& argument) {
  return argument.type.dimensions == 0 &&
         (argument.type.name == "json" || argument.type.name == "jsonb");
}

}  // namespace joinery::planner
