#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plan/catalog.h"
#include "plan/relational.h"

namespace joinery::planner {

// What a database type can do in the GraphQL schema, beyond equality.
enum class ScalarClass : uint8_t {
  kNumber,  // sum, avg, …; max, min.
  kText,    // Pattern operators; max, min.
  kBoolean,
  kJson,
  kJsonb,  // Key and containment operators.
  kGeometry,
  kGeography,
  kRaster,  // No ordering operators.
  kLtree,
  kOrdered,  // Anything else that can be compared: dates, uuid, enums, …
  kUnknown,  // Types of extensions or users: no max and min.
};

// A type of the database as the GraphQL schema shows it. A value type.
struct ScalarInfo {
  std::string graphql_name;  // Of the element for arrays.
  ScalarClass scalar_class = ScalarClass::kUnknown;
  plan::JsonForm form = plan::JsonForm::kAsDatabase;
  bool is_array = false;  // A list of `graphql_name`.

  bool is_json() const {
    return !is_array && (scalar_class == ScalarClass::kJson || scalar_class == ScalarClass::kJsonb);
  }
  // Takes part in sum, avg and the like.
  bool is_number() const { return !is_array && scalar_class == ScalarClass::kNumber; }
  // Takes part in max and min.
  bool is_comparable() const;
};

// `base` is what a domain is over, else equal to `type`. `stringify`: large numbers are JSON
// strings. With `arrays_are_lists` off an array is a scalar named after Postgres' array type
// (`_int4`).
ScalarInfo DescribeScalar(const plan::SqlType& type, plan::TypeKind kind, const plan::SqlType& base,
                          bool stringify, bool arrays_are_lists);

// Whether GraphQL name `name` stands for a type that Postgres or its usual extensions have.
bool IsKnownScalar(std::string_view name);

// The type's name as people write it in SQL: "integer" for int4. For error texts.
std::string SqlTypeText(const plan::SqlType& type);

}  // namespace joinery::planner
