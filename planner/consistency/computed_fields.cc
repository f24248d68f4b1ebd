#include <set>

#include "base/strings.h"
#include "planner/consistency/function_use.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

class ComputedFieldBuilder {
 public:
  ComputedFieldBuilder(const Graph& graph, const Table& table) : graph_(graph), table_(table) {}

  // Null: `reason` says why.
  std::unique_ptr<ComputedField> Build(const metadata::ComputedField& metadata,
                                       std::string& reason) {
    const auto candidates = table_.source->FindFunctions(metadata.function);
    function_name_ = SqlName(metadata.function);
    reasons_.clear();
    if (candidates.empty()) {
      reason = Prefixed(metadata, StrCat("no such function exists: \"", function_name_, "\""));
      return nullptr;
    }
    if (candidates.size() > 1) {
      reason =
          Prefixed(metadata, StrCat("function \"", function_name_,
                                    "\" is overloaded. Overloaded functions are not supported"));
      return nullptr;
    }
    const plan::CatalogFunction& function = *candidates.front();
    auto field = std::make_unique<ComputedField>();
    field->metadata = &metadata;
    field->name = metadata.name;
    field->description = metadata.comment;
    if (!IsGraphqlName(metadata.name)) {
      reasons_.push_back(StrCat("\"", metadata.name, "\" is not valid GraphQL name"));
    }
    const std::optional<size_t> row = RowArgument(metadata, function);
    const std::optional<size_t> session = SessionArgument(metadata, function);
    Returns(function, *field);
    if (function.volatility == 'v') {
      Complain("\" is of type VOLATILE; cannot be added as a computed field");
    }
    if (!reasons_.empty()) {
      reason = Prefixed(
          metadata, BecauseOf(StrCat("the computed field \"", metadata.name,
                                     "\" cannot be added to table \"", SqlName(table_.name), "\""),
                              reasons_));
      return nullptr;
    }
    field->function = UseFunction(function, row, session, graph_.options);
    return field;
  }

 private:
  std::string Prefixed(const metadata::ComputedField& metadata, std::string_view reason) const {
    return StrCat("in table \"", SqlName(table_.name), "\": in computed field \"", metadata.name,
                  "\": ", reason);
  }
  void Complain(std::string_view rest) {
    reasons_.push_back(StrCat("the function \"", function_name_, rest));
  }

  std::optional<size_t> RowArgument(const metadata::ComputedField& metadata,
                                    const plan::CatalogFunction& function) {
    if (function.arguments.empty()) {
      Complain("\" has no input arguments");
      return std::nullopt;
    }
    size_t at = 0;
    std::string which = "first argument of the function \"";
    if (!metadata.table_argument.empty()) {
      const auto found = FindArgument(function, metadata.table_argument);
      if (!found) {
        reasons_.push_back(StrCat("\"", metadata.table_argument,
                                  "\" is not an input argument of the function \"", function_name_,
                                  "\""));
        return std::nullopt;
      }
      at = *found;
      which = StrCat("\"", metadata.table_argument, "\" argument of the function \"");
    }
    const plan::CatalogArgument& argument = function.arguments[at];
    if (argument.type_kind != plan::TypeKind::kComposite || argument.type.dimensions > 0) {
      reasons_.push_back(StrCat(which, function_name_, "\" is not COMPOSITE type"));
    } else if (plan::TableName{argument.type.schema, argument.type.name} != table_.name) {
      reasons_.push_back(StrCat(which, function_name_, "\" of type \"",
                                SqlName({argument.type.schema, argument.type.name}),
                                "\" is not the table to which the computed field is being added"));
    }
    return at;
  }

  std::optional<size_t> SessionArgument(const metadata::ComputedField& metadata,
                                        const plan::CatalogFunction& function) {
    if (metadata.session_argument.empty()) return std::nullopt;
    const auto at = FindArgument(function, metadata.session_argument);
    if (!at) {
      reasons_.push_back(StrCat("\"", metadata.session_argument,
                                "\" is not an input argument of the function \"", function_name_,
                                "\""));
    } else if (!IsJsonArgument(function.arguments[*at])) {
      reasons_.push_back(StrCat("\"", metadata.session_argument, "\" argument of the function \"",
                                function_name_, "\" is not of type JSON"));
    }
    return at;
  }

  void Returns(const plan::CatalogFunction& function, ComputedField& field) {
    if (function.returns_set && function.returns_table) {
      field.target = table_.source->FindTable(*function.returns_table);
      if (field.target == nullptr) {
        Complain(StrCat("\" returning set of table \"", SqlName(*function.returns_table),
                        "\" is not tracked or not found in database"));
      }
      return;
    }
    const bool scalar = function.returns_kind != plan::TypeKind::kComposite &&
                        function.returns_kind != plan::TypeKind::kPseudo && !function.returns_set;
    if (!scalar) {
      Complain(StrCat("\" returning type ", function.returns.name, " is not a BASE type"));
      return;
    }
    field.type = function.returns;
    field.scalar = DescribeScalar(function.returns, function.returns_kind, function.returns,
                                  graph_.options.stringify_numeric_types,
                                  graph_.options.array_columns_are_lists);
  }

  const Graph& graph_;
  const Table& table_;
  std::string function_name_;
  std::vector<std::string> reasons_;
};

}  // namespace

void AddComputedFields(Graph& graph, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      if (table->metadata->computed_fields.empty()) continue;
      const auto duplicates = ReportDuplicateFields(*table, nullptr);
      ComputedFieldBuilder builder(graph, *table);
      const FieldNames names(*table);
      for (const metadata::ComputedField& metadata : table->metadata->computed_fields) {
        if (duplicates.contains(metadata.name)) continue;
        std::string reason = names.ColumnConflict(metadata.name);
        std::unique_ptr<ComputedField> built;
        if (reason.empty()) built = builder.Build(metadata, reason);
        if (built == nullptr) {
          problems.Add(TableMember(*table, "computed_field", metadata.name, metadata.definition),
                       reason);
        } else {
          table->computed_fields.push_back(std::move(built));
        }
      }
    }
  }
}

}  // namespace joinery::planner
