#include <utility>

#include "base/strings.h"
#include "planner/planning/relational.h"

namespace joinery::planner {
namespace {

// A relationship on the way to what is ordered by.
struct Leg {
  const TableBinding* target;
  const std::vector<plan::ColumnPair>* pairs;
};

class OrderByBuilder {
 public:
  OrderByBuilder(Workbench& bench, Draft& draft) : bench_(bench), draft_(draft) {}

  IssueOr<std::vector<plan::OrderBy>> Build(const ResolvedValue& argument) {
    if (argument.kind == ResolvedValue::Kind::kList) {
      for (const ResolvedValue& item : argument.items) RETURN_IF_ISSUE(Object(item));
    } else {
      RETURN_IF_ISSUE(Object(argument));
    }
    return std::move(out_);
  }

 private:
  MaybeIssue Object(const ResolvedValue& value) {
    for (const ResolvedMember& member : value.members) {
      // An explicit null is as good as absent.
      if (member.value.kind == ResolvedValue::Kind::kNull) {
        if (member.value.from_variable()) {
          bench_.DependOn(member.value.variable, plan::VariableUse::Mode::kExact);
        }
        continue;
      }
      RETURN_IF_ISSUE(Member(member));
    }
    return {};
  }

  MaybeIssue Member(const ResolvedMember& member) {
    const InputBinding& binding = bench_.schema().input(member.definition->binding);
    if (const auto* column = std::get_if<OrderColumnInput>(&binding)) {
      plan::OrderBy order = Directed(member.value);
      order.scalar = BuildScalar(bench_, draft_, *column->column);
      if (aggregate_) {
        order.kind = plan::OrderBy::Kind::kAggregate;
        order.aggregate = *aggregate_;
      }
      out_.push_back(std::move(order));
      return {};
    }
    if (const auto* computed = std::get_if<OrderComputedInput>(&binding)) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft_, *computed->function, nullptr, "$"));
      plan::OrderBy order = Directed(member.value);
      order.scalar = BuildComputed(bench_, draft_, *computed, std::move(call));
      out_.push_back(std::move(order));
      return {};
    }
    if (const auto* relationship = std::get_if<OrderRelationshipInput>(&binding)) {
      return Below({relationship->target, &relationship->pairs}, member.value);
    }
    if (const auto* aggregate = std::get_if<OrderAggregateInput>(&binding)) {
      return Below({aggregate->target, &aggregate->pairs}, member.value);
    }
    if (std::holds_alternative<OrderCountInput>(binding)) {
      plan::OrderBy order = Directed(member.value);
      order.kind = plan::OrderBy::Kind::kAggregate;
      order.aggregate = plan::Aggregate::kCount;
      out_.push_back(std::move(order));
      return {};
    }
    if (const auto* function = std::get_if<OrderFunctionInput>(&binding)) {
      aggregate_ = function->function;
      MaybeIssue issue = Object(member.value);
      aggregate_.reset();
      return issue;
    }
    return UnexpectedIssue("an input of the schema has no meaning");
  }

  MaybeIssue Below(Leg leg, const ResolvedValue& value) {
    legs_.push_back(leg);
    MaybeIssue issue = Object(value);
    legs_.pop_back();
    return issue;
  }

  plan::OrderBy Directed(const ResolvedValue& direction) {
    plan::OrderBy order;
    const std::string text = bench_.Freeze(direction).string();
    const std::string lower = ToLower(text);
    order.descending = lower.starts_with("desc");
    order.nulls_first = lower.ends_with("nulls_first") || lower == "desc";
    for (const Leg& leg : legs_) {
      plan::OrderBy::Step step{.table = leg.target->table, .pairs = *leg.pairs};
      plan::Predicate filter = bench_.Filter(draft_, leg.target->filter);
      if (filter.kind != plan::Predicate::Kind::kTrue) {
        step.filter = std::make_unique<plan::Predicate>(std::move(filter));
      }
      order.path.push_back(std::move(step));
    }
    return order;
  }

  Workbench& bench_;
  Draft& draft_;
  std::vector<Leg> legs_;
  std::optional<plan::Aggregate> aggregate_;
  std::vector<plan::OrderBy> out_;
};

}  // namespace

IssueOr<std::vector<plan::OrderBy>> BuildOrderBy(Workbench& bench, Draft& draft,
                                                 const ResolvedValue& argument) {
  return OrderByBuilder(bench, draft).Build(argument);
}

}  // namespace joinery::planner
