#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "plan/catalog.h"
#include "plan/connector.h"
#include "plan/plan.h"

// The one binary form of plans, fragments, catalogs and answers: what travels between services
// inside proto bytes fields, and what a fragment's id is the hash of.
namespace joinery::plan {

// First byte of everything encoded; another one is refused.
inline constexpr char kCodecVersion = 2;

// Equal values give equal bytes, on every machine. T is one of Fragment, Plan, DatabaseCatalog,
// std::vector<KeyBatch>, std::vector<ParameterValue>, ExecuteResult. A fragment's id is not
// written: it is the hash of these very bytes.
template <typename T>
std::string Encode(const T& value);

// The value of `bytes`, all of them. Safe on hostile bytes: truncated, too deep, out of range or
// not canonical ones give InvalidArgument. Fragments come out with their id.
template <typename T>
StatusOr<T> Decode(std::string_view bytes);

}  // namespace joinery::plan
