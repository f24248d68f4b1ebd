#include "planner/consistency/join_types.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "planner/consistency/custom_types.h"

namespace joinery::planner {
namespace {

// What kind of values a scalar has, as far as conversions go.
enum class Family : uint8_t { kInteger, kDecimal, kText, kBoolean, kJson, kId, kUnknown };

Family FamilyOf(std::string_view name, bool known) {
  struct Entry {
    std::string_view name;
    Family family;
  };
  static constexpr std::array kEntries = {
      Entry{"Int", Family::kInteger},     Entry{"smallint", Family::kInteger},
      Entry{"bigint", Family::kInteger},  Entry{"Float", Family::kDecimal},
      Entry{"float8", Family::kDecimal},  Entry{"numeric", Family::kDecimal},
      Entry{"String", Family::kText},     Entry{"bpchar", Family::kText},
      Entry{"citext", Family::kText},     Entry{"uuid", Family::kText},
      Entry{"name", Family::kText},       Entry{"date", Family::kText},
      Entry{"time", Family::kText},       Entry{"timetz", Family::kText},
      Entry{"timestamp", Family::kText},  Entry{"timestamptz", Family::kText},
      Entry{"Boolean", Family::kBoolean}, Entry{"json", Family::kJson},
      Entry{"jsonb", Family::kJson},      Entry{"geometry", Family::kJson},
      Entry{"geography", Family::kJson},  Entry{"ID", Family::kId},
  };
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.family;
  }
  return known ? Family::kText : Family::kUnknown;
}

uint32_t ListDepth(graphql::TypeRef type) {
  uint32_t depth = 0;
  for (; type.is_any_list(); type = type.Item()) ++depth;
  return depth;
}

bool FitsStandardScalar(Family family, std::string_view wanted) {
  if (family == Family::kUnknown) return true;
  if (family == Family::kJson) return false;
  if (wanted == "String" || wanted == "ID") return family != Family::kBoolean;
  if (wanted == "Int") return family == Family::kInteger || family == Family::kId;
  if (wanted == "Float") return family == Family::kInteger || family == Family::kDecimal;
  return family == Family::kBoolean;
}

}  // namespace

bool FitsArgument(const JoinFieldType& field, graphql::TypeRef type) {
  const graphql::NamedType& wanted = *type.named();
  // One value is as good as a list of it; a list is not as good as one value.
  if (field.list_depth != 0 && field.list_depth != ListDepth(type)) return false;
  if (field.name == wanted.name) return true;
  if (field.composite) return false;
  const Family family = FamilyOf(field.name, field.known);
  switch (wanted.kind) {
    case graphql::TypeKind::kScalar:
      return !wanted.is_standard_scalar || FitsStandardScalar(family, wanted.name);
    case graphql::TypeKind::kEnum:
      return family == Family::kText || family == Family::kUnknown;
    default:
      return family == Family::kJson || family == Family::kUnknown;
  }
}

bool FitsInput(const JoinFieldType& field, std::string_view type, bool custom) {
  const auto depth = static_cast<uint32_t>(std::ranges::count(type, '['));
  if (field.list_depth != 0 && field.list_depth != depth) return false;
  const std::string_view wanted = BaseTypeName(type);
  if (field.name == wanted) return true;
  if (field.composite) return false;
  const Family family = FamilyOf(field.name, field.known);
  if (custom) return family == Family::kJson || family == Family::kUnknown;
  constexpr std::array<std::string_view, 5> kStandard = {"Int", "Float", "String", "Boolean", "ID"};
  return std::ranges::find(kStandard, wanted) == kStandard.end() ||
         FitsStandardScalar(family, wanted);
}

bool FitsColumn(const JoinFieldType& field, const Column& column) {
  if (field.composite) return false;
  if (column.scalar.is_array) return field.list_depth > 0;
  const Family theirs = FamilyOf(column.scalar.graphql_name, true);
  const Family ours = FamilyOf(field.name, field.known);
  if (ours == Family::kUnknown || field.name == column.scalar.graphql_name) return true;
  const auto number = [](Family family) {
    return family == Family::kInteger || family == Family::kDecimal;
  };
  if (ours == Family::kId) return theirs != Family::kBoolean && theirs != Family::kJson;
  if (number(ours)) return number(theirs);
  return ours == theirs && ours != Family::kJson;
}

std::string JoinTypeText(const JoinFieldType& field) {
  std::string out = field.name;
  for (uint32_t i = 0; i < field.list_depth; ++i) out = StrCat("[", out, "]");
  return out;
}

}  // namespace joinery::planner
