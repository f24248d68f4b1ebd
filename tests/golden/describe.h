#pragma once

#include <map>
#include <string>

#include "plan/plan.h"

namespace joinery {

// A plan as text with stable names: its fetches in order, where their parameters come from, and
// what each asks its source for: SQL, document or call.
std::string Describe(const plan::Plan& plan);

// How often a plan asks each source, written `kind/name`.
std::map<std::string, int> FetchesBySource(const plan::Plan& plan);

}  // namespace joinery
