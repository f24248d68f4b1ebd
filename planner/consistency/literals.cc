#include "planner/consistency/literals.h"

#include <set>
#include <string_view>

#include "base/strings.h"

namespace joinery::planner {
namespace {

bool IsNumeric(std::string_view type) {
  static const std::set<std::string_view> names = {"int2",   "int4",   "int8",
                                                   "float4", "float8", "numeric"};
  return names.contains(type);
}

bool IsWrittenAsText(std::string_view type) {
  static const std::set<std::string_view> names = {
      "text", "varchar", "bpchar",    "char",        "name",   "citext",   "uuid",
      "date", "time",    "timestamp", "timestamptz", "timetz", "interval", "bytea"};
  return names.contains(type);
}

std::string_view Wanted(const plan::SqlType& type) {
  if (IsNumeric(type.name)) return "a Number or its text";
  if (type.name == "bool") return "a Boolean or its text";
  return IsWrittenAsText(type.name) ? "a String" : std::string_view();
}

std::string Text(const plan::SqlType& type) {
  std::string out = type.name;
  for (uint32_t i = 0; i < type.dimensions; ++i) out += "[]";
  return out;
}

}  // namespace

std::string LiteralFault(const json::Value& value, const plan::SqlType& type) {
  if (value.is_string() || value.is_null()) return {};
  const std::string_view wanted = Wanted(type);
  if (wanted.empty()) return {};
  if (type.dimensions > 0) {
    if (!value.is_array()) {
      return StrCat("a value of type \"", Text(type),
                    "\" is expected to be an Array, but is of kind ", json::KindName(value.kind()));
    }
    plan::SqlType element = type;
    --element.dimensions;
    for (const json::Value& item : value.items()) {
      if (std::string fault = LiteralFault(item, element); !fault.empty()) return fault;
    }
    return {};
  }
  const bool fits =
      (value.is_number() && IsNumeric(type.name)) || (value.is_bool() && type.name == "bool");
  if (fits) return {};
  return StrCat("a value of type \"", type.name, "\" is expected to be ", wanted,
                ", but is of kind ", json::KindName(value.kind()));
}

}  // namespace joinery::planner
