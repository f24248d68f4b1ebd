#pragma once

#include <cstdint>
#include <string_view>

#include "planner/consistency/graph.h"

namespace joinery::planner {

enum class CustomKind : uint8_t { kUnknown, kScalar, kEnum, kObject, kInputObject };

// What a type's name means in actions: a custom type, a standard scalar, or a scalar of a database.
CustomKind KindOfCustomType(const Graph& graph, std::string_view name);

// "[Foo!]!" → "Foo"
std::string_view BaseTypeName(std::string_view type);

// Null: there is none of that name.
const metadata::CustomField* FindCustomField(const metadata::CustomObject& object,
                                             std::string_view name);

}  // namespace joinery::planner
