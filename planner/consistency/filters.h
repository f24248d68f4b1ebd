#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "json/value.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// A filter, or Hasura's text of what is wrong with it.
struct FilterResult {
  std::shared_ptr<const FilterTemplate> filter;
  std::string error;
  // The tables that it speaks of, besides its own.
  std::set<const Table*> tables;
};

// Reads a permission's boolean expression over rows of `table`: metadata's operators in both forms
// (`_eq`, `$eq`), bare values, session variables, relationships, `_exists`, comparisons of columns.
FilterResult ParseFilter(const json::Value& expression, const Table& table);

// A value of a permission: a constant, or a session variable when it is a text `x-hasura-…`.
plan::ParameterSource PermissionValue(const json::Value& value);

}  // namespace joinery::planner
