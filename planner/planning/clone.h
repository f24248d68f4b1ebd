#pragma once

#include <functional>

#include "plan/relational.h"

namespace joinery::planner {

// Where a copied parameter goes.
using ParameterMap = std::function<plan::ParameterIndex(plan::ParameterIndex)>;

// Deep copies, with every parameter index mapped.
plan::Predicate Clone(const plan::Predicate& predicate, const ParameterMap& map);
plan::Scalar Clone(const plan::Scalar& scalar, const ParameterMap& map);
plan::FunctionCall Clone(const plan::FunctionCall& call, const ParameterMap& map);

// Conjunction that leaves out what is always true.
plan::Predicate And(plan::Predicate a, plan::Predicate b);

}  // namespace joinery::planner
