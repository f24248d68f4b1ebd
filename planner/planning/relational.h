#pragma once

#include "base/issue.h"
#include "planner/planning/draft.h"

// From resolved fields over tables to the relational fragment of a draft.
namespace joinery::planner {

// The relation behind a field over rows of `table`: its arguments, its selection, the role's
// permission. `aggregate`: the field is an aggregate object. `places` leads to the field's rows.
IssueOr<plan::Relation> BuildRelation(Workbench& bench, Draft& draft, const ResolvedField& field,
                                      const TableBinding& table, bool aggregate,
                                      const Places& places);

// What is made of each row.
IssueOr<std::vector<plan::OutputField>> BuildRow(Workbench& bench, Draft& draft,
                                                 const std::vector<ResolvedField>& fields,
                                                 const TableBinding& table, const Places& places);

// The client's boolean expression.
IssueOr<plan::Predicate> BuildPredicate(Workbench& bench, Draft& draft,
                                        const ResolvedValue& expression);

IssueOr<std::vector<plan::OrderBy>> BuildOrderBy(Workbench& bench, Draft& draft,
                                                 const ResolvedValue& argument);

// The members of an aggregate object.
IssueOr<std::vector<plan::AggregateField>> BuildAggregate(Workbench& bench, Draft& draft,
                                                          const ResolvedField& field,
                                                          const TableBinding& table,
                                                          const Places& places);

// A call of `function` with the client's `args` (null pointer: none given).
IssueOr<plan::FunctionCall> BuildCall(Workbench& bench, Draft& draft,
                                      const FunctionBinding& function, const ResolvedValue* args,
                                      const std::string& path);

// The value of a computed field, null where a parent of an inherited role would not see it.
template <typename Computed>
plan::Scalar BuildComputed(Workbench& bench, Draft& draft, const Computed& computed,
                           plan::FunctionCall call) {
  plan::Scalar scalar{.type = computed.type};
  scalar.function = std::make_unique<plan::FunctionCall>(std::move(call));
  if (computed.visible_if != nullptr) {
    scalar.visible_if =
        std::make_unique<plan::Predicate>(bench.Filter(draft, *computed.visible_if));
  }
  return scalar;
}

// A column as the role sees it.
plan::Scalar BuildScalar(Workbench& bench, Draft& draft, const ColumnBinding& column);

}  // namespace joinery::planner
