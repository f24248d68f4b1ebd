#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/relational.h"

namespace joinery::planner {
namespace {

using Kind = plan::AggregateField::Kind;

class AggregateBuilder {
 public:
  AggregateBuilder(Workbench& bench, Draft& draft, const TableBinding& table)
      : bench_(bench), draft_(draft), table_(table) {}

  IssueOr<std::vector<plan::AggregateField>> Fields(const std::vector<ResolvedField>& fields,
                                                    const Places& places) {
    std::vector<plan::AggregateField> out;
    for (const ResolvedField& field : fields) {
      ASSIGN_OR_RETURN_ISSUE(plan::AggregateField one, Field(field, places));
      out.push_back(std::move(one));
    }
    return out;
  }

 private:
  IssueOr<plan::AggregateField> Field(const ResolvedField& field, const Places& outer) {
    plan::AggregateField out;
    out.name = field.response_key;
    if (field.is_typename()) {
      json::AppendQuoted(out.constant, field.parent->name);
      return out;
    }
    Places places = outer;
    PushPlaces(places, field.definition->type);
    const FieldBinding& binding = bench_.schema().field(field.definition->binding);
    if (std::holds_alternative<AggregateObjectField>(binding)) {
      out.kind = Kind::kAggregate;
      ASSIGN_OR_RETURN_ISSUE(out.fields, Fields(field.selection.fields, places));
    } else if (std::holds_alternative<AggregateNodesField>(binding)) {
      out.kind = Kind::kNodes;
      if (table_.limit) out.nodes_limit.constant = table_.limit;
      ASSIGN_OR_RETURN_ISSUE(out.nodes,
                             BuildRow(bench_, draft_, field.selection.fields, table_, places));
    } else if (std::holds_alternative<AggregateCountField>(binding)) {
      out.kind = Kind::kCount;
      Count(field, out);
    } else if (const auto* function = std::get_if<AggregateFunctionField>(&binding)) {
      out.kind = Kind::kColumns;
      out.function = function->function;
      for (const ResolvedField& column : field.selection.fields) {
        ASSIGN_OR_RETURN_ISSUE(plan::AggregateField::Member member, Column(column));
        out.members.push_back(std::move(member));
      }
    } else {
      return UnexpectedIssue(
          StrCat("aggregate field \"", field.definition->name, "\" has no meaning"));
    }
    return out;
  }

  void Count(const ResolvedField& field, plan::AggregateField& out) {
    const ResolvedValue* columns = field.argument("columns");
    if (columns != nullptr) {
      bench_.Freeze(*columns);
      for (const ResolvedValue& item : columns->items) {
        const uint32_t binding = item.enum_value->binding;
        if (binding < bench_.schema().enum_columns.size()) {
          out.columns.push_back(
              BuildScalar(bench_, draft_, *bench_.schema().enum_columns[binding]));
        }
      }
    }
    const ResolvedValue* distinct = field.argument("distinct");
    if (distinct == nullptr) return;
    const json::Value wanted = bench_.Freeze(*distinct);
    out.distinct = wanted.is_bool() && wanted.bool_value();
  }

  IssueOr<plan::AggregateField::Member> Column(const ResolvedField& field) {
    plan::AggregateField::Member out;
    out.name = field.response_key;
    if (field.is_typename()) {
      json::AppendQuoted(out.constant, field.parent->name);
      return out;
    }
    const auto* column =
        std::get_if<AggregateColumnField>(&bench_.schema().field(field.definition->binding));
    if (column == nullptr) {
      return UnexpectedIssue(
          StrCat("aggregate field \"", field.definition->name, "\" has no meaning"));
    }
    // Aggregates run over the values as they are: masks of inherited roles do not count.
    out.scalar = plan::Scalar{.column = column->column->name, .type = column->column->type};
    out.form = column->form;
    return out;
  }

  Workbench& bench_;
  Draft& draft_;
  const TableBinding& table_;
};

}  // namespace

IssueOr<std::vector<plan::AggregateField>> BuildAggregate(Workbench& bench, Draft& draft,
                                                          const ResolvedField& field,
                                                          const TableBinding& table,
                                                          const Places& places) {
  return AggregateBuilder(bench, draft, table).Fields(field.selection.fields, places);
}

}  // namespace joinery::planner
