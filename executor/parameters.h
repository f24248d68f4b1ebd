#pragma once

#include <optional>
#include <vector>

#include "base/issue.h"
#include "executor/executor.h"

namespace joinery::executor {

// Whether every value fits the check that the plan made of it. Cheap; before anything runs.
bool ParametersFit(const plan::Plan& plan, const json::Value& variables);

// The values of a fetch's parameters. not-found: a session variable is missing.
IssueOr<std::vector<plan::ParameterValue>> EvaluateParameters(const plan::Fetch& fetch,
                                                              const Request& request);

}  // namespace joinery::executor
