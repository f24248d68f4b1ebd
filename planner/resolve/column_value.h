#pragma once

#include <string>

#include "base/issue.h"
#include "json/value.h"
#include "plan/relational.h"

namespace joinery::planner {

// Whether a value may stand for a column of `type`: its kind of JSON is looked at, and what the
// database cannot judge as well as we can (GeoJSON, raster, ltree). Any string is taken and left to
// the database. parse-failed with `path` otherwise.
MaybeIssue CheckColumnValue(const plan::SqlType& type, const json::Value& value,
                            const std::string& path);

}  // namespace joinery::planner
