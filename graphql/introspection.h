#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "json/value.h"

namespace joinery::graphql {

struct IntrospectionLimits {
  size_t max_bytes = 64u << 20;  // Of one answer; nesting can make small documents ask for a lot.
  size_t max_selections = 1'000'000;  // Visited while fragments are merged.
};

enum class IntrospectionOutcome {
  kWritten,
  kTooLarge,  // A limit was reached; what was appended to `out` is no JSON.
};

// Appends the JSON value of a root field `__schema` or `__type(name:)`. Every list in the answer is
// sorted by name.
//
// `fields`: the merged selections of one response key (CollectedField::fields), validated.
// `document` is the one they are in. `variables`: an object with the coerced values of the
// operation's variables (defaults applied). The value is `null` for a `__type` that does not exist.
IntrospectionOutcome WriteIntrospection(const Schema& schema, const Document& document,
                                        std::span<const ast::Field* const> fields,
                                        const json::Value& variables, std::string& out,
                                        const IntrospectionLimits& limits = {});

}  // namespace joinery::graphql
