#include "planner/planning/clone.h"

#include <utility>

namespace joinery::planner {

plan::FunctionCall Clone(const plan::FunctionCall& call, const ParameterMap& map) {
  plan::FunctionCall out = call;
  for (plan::FunctionArgument& argument : out.arguments) {
    if (argument.kind == plan::FunctionArgument::Kind::kParameter) {
      argument.parameter = map(argument.parameter);
    }
  }
  return out;
}

plan::Scalar Clone(const plan::Scalar& scalar, const ParameterMap& map) {
  plan::Scalar out{.column = scalar.column, .type = scalar.type};
  if (scalar.function) {
    out.function = std::make_unique<plan::FunctionCall>(Clone(*scalar.function, map));
  }
  if (scalar.visible_if) {
    out.visible_if = std::make_unique<plan::Predicate>(Clone(*scalar.visible_if, map));
  }
  return out;
}

plan::Predicate Clone(const plan::Predicate& predicate, const ParameterMap& map) {
  plan::Predicate out;
  out.kind = predicate.kind;
  for (const plan::Predicate& child : predicate.children) out.children.push_back(Clone(child, map));
  if (predicate.left) out.left = Clone(*predicate.left, map);
  out.cast_left = predicate.cast_left;
  out.op = predicate.op;
  for (const plan::ParameterIndex parameter : predicate.parameters) {
    out.parameters.push_back(map(parameter));
  }
  out.right_column = predicate.right_column;
  out.root_column = predicate.root_column;
  out.table = predicate.table;
  if (predicate.function) {
    out.function = std::make_unique<plan::FunctionCall>(Clone(*predicate.function, map));
  }
  out.pairs = predicate.pairs;
  return out;
}

plan::Predicate And(plan::Predicate a, plan::Predicate b) {
  using Kind = plan::Predicate::Kind;
  if (a.kind == Kind::kTrue) return b;
  if (b.kind == Kind::kTrue) return a;
  if (a.kind == Kind::kAnd) {
    a.children.push_back(std::move(b));
    return a;
  }
  plan::Predicate out;
  out.kind = Kind::kAnd;
  out.children.push_back(std::move(a));
  out.children.push_back(std::move(b));
  return out;
}

}  // namespace joinery::planner
