#include "planner/catalog/scalars.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace joinery::planner {
namespace {

using plan::JsonForm;

struct KnownType {
  std::string_view name;
  std::string_view graphql_name;  // Empty: the type's own.
  ScalarClass scalar_class;
  JsonForm form;
  bool stringified = false;
};

constexpr std::array kKnownTypes = {
    KnownType{"int4", "Int", ScalarClass::kNumber, JsonForm::kNumber},
    KnownType{"int2", "smallint", ScalarClass::kNumber, JsonForm::kNumber},
    KnownType{"int8", "bigint", ScalarClass::kNumber, JsonForm::kNumber, true},
    KnownType{"float4", "Float", ScalarClass::kNumber, JsonForm::kNumber},
    KnownType{"float8", "", ScalarClass::kNumber, JsonForm::kNumber, true},
    KnownType{"numeric", "", ScalarClass::kNumber, JsonForm::kNumber, true},
    KnownType{"money", "", ScalarClass::kNumber, JsonForm::kText},
    KnownType{"bool", "Boolean", ScalarClass::kBoolean, JsonForm::kBoolean},
    KnownType{"text", "String", ScalarClass::kText, JsonForm::kText},
    KnownType{"varchar", "String", ScalarClass::kText, JsonForm::kText},
    KnownType{"bpchar", "", ScalarClass::kText, JsonForm::kText},
    KnownType{"citext", "", ScalarClass::kText, JsonForm::kText},
    KnownType{"name", "", ScalarClass::kOrdered, JsonForm::kText},
    KnownType{"uuid", "", ScalarClass::kOrdered, JsonForm::kText},
    KnownType{"date", "", ScalarClass::kOrdered, JsonForm::kAsDatabase},
    KnownType{"time", "", ScalarClass::kOrdered, JsonForm::kAsDatabase},
    KnownType{"timetz", "", ScalarClass::kOrdered, JsonForm::kAsDatabase},
    KnownType{"timestamp", "", ScalarClass::kOrdered, JsonForm::kTimestamp},
    KnownType{"timestamptz", "", ScalarClass::kOrdered, JsonForm::kTimestamp},
    KnownType{"interval", "", ScalarClass::kOrdered, JsonForm::kAsDatabase},
    KnownType{"bytea", "", ScalarClass::kOrdered, JsonForm::kAsDatabase},
    KnownType{"json", "", ScalarClass::kJson, JsonForm::kJson},
    KnownType{"jsonb", "", ScalarClass::kJsonb, JsonForm::kJson},
    KnownType{"geometry", "", ScalarClass::kGeometry, JsonForm::kGeoJson},
    KnownType{"geography", "", ScalarClass::kGeography, JsonForm::kGeoJson},
    KnownType{"raster", "", ScalarClass::kRaster, JsonForm::kText},
    KnownType{"ltree", "", ScalarClass::kLtree, JsonForm::kText},
    KnownType{"lquery", "", ScalarClass::kOrdered, JsonForm::kText},
    KnownType{"ltxtquery", "", ScalarClass::kOrdered, JsonForm::kText},
};

const KnownType* FindKnown(std::string_view name) {
  const auto found = std::ranges::find(kKnownTypes, name, &KnownType::name);
  return found == kKnownTypes.end() ? nullptr : &*found;
}

ScalarInfo Element(const plan::SqlType& type, plan::TypeKind kind, const plan::SqlType& base,
                   bool stringify) {
  ScalarInfo info{.graphql_name = type.name};
  const bool is_domain = kind == plan::TypeKind::kDomain;
  const KnownType* known = FindKnown(is_domain ? base.name : type.name);
  if (known == nullptr) {
    if (kind == plan::TypeKind::kEnum) {
      info.scalar_class = ScalarClass::kOrdered;
      info.form = JsonForm::kText;
    }
    return info;
  }
  info.form = known->form;
  if (stringify && known->stringified) info.form = JsonForm::kNumberText;
  // A domain keeps its name and has none of its base's operators.
  if (is_domain) return info;
  info.scalar_class = known->scalar_class;
  if (!known->graphql_name.empty()) info.graphql_name = known->graphql_name;
  return info;
}

}  // namespace

bool ScalarInfo::is_comparable() const {
  if (is_array) return false;
  switch (scalar_class) {
    case ScalarClass::kNumber:
    case ScalarClass::kText:
    case ScalarClass::kOrdered:
      return true;
    default:
      return false;
  }
}

ScalarInfo DescribeScalar(const plan::SqlType& type, plan::TypeKind kind, const plan::SqlType& base,
                          bool stringify, bool arrays_are_lists) {
  if (type.dimensions == 0) return Element(type, kind, base, stringify);
  if (!arrays_are_lists) return {.graphql_name = StrCat("_", type.name)};
  ScalarInfo info = Element(type, kind, base, stringify);
  info.form = JsonForm::kAsDatabase;
  info.is_array = true;
  return info;
}

bool IsKnownScalar(std::string_view name) {
  return std::ranges::any_of(kKnownTypes, [&](const KnownType& known) {
    return (known.graphql_name.empty() ? known.name : known.graphql_name) == name;
  });
}

std::string SqlTypeText(const plan::SqlType& type) {
  struct Alias {
    std::string_view name, text;
  };
  static constexpr std::array kAliases = {
      Alias{"int4", "integer"},
      Alias{"int2", "smallint"},
      Alias{"int8", "bigint"},
      Alias{"float4", "real"},
      Alias{"float8", "double precision"},
      Alias{"bool", "boolean"},
      Alias{"timestamptz", "timestamp with time zone"},
      Alias{"timestamp", "timestamp without time zone"},
      Alias{"bpchar", "character"},
      Alias{"varchar", "character varying"},
  };
  const auto found = std::ranges::find(kAliases, type.name, &Alias::name);
  std::string text = found == kAliases.end() ? type.name : std::string(found->text);
  for (uint32_t i = 0; i < type.dimensions; ++i) text.append("[]");
  return text;
}

}  // namespace joinery::planner
