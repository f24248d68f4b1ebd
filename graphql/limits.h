#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "graphql/ast.h"

namespace joinery::graphql {

// What one operation may ask for; a limit of 0 is none.
struct OperationLimits {
  size_t max_depth = 0;        // Nesting of fields, fragments resolved; a root field has depth 1.
  size_t max_aliases = 0;      // Fields with an alias, counted per use of a fragment.
  size_t max_root_fields = 0;  // Fields at the root, counted per use of a fragment.
  size_t max_directives = 0;   // Per use of a fragment, those of the operation included.
};

// What one operation asks for, in the same units. Counts stop at SIZE_MAX instead of wrapping.
struct OperationCost {
  size_t depth = 0;
  size_t fields = 0;
  size_t aliases = 0;
  size_t root_fields = 0;
  size_t directives = 0;
};

// Linear in the size of the document, whatever its fragments do: each fragment is counted once and
// its counts are multiplied. A fragment cycle counts as unlimited (SIZE_MAX).
OperationCost MeasureOperation(const Document& document, const ast::Operation& operation);

// The first limit that is broken, in the order of OperationLimits.
struct LimitExceeded {
  std::string what;  // "depth", "aliases", "root fields", "directives"
  size_t limit = 0;
  size_t actual = 0;
};
std::optional<LimitExceeded> CheckLimits(const OperationCost& cost, const OperationLimits& limits);

}  // namespace joinery::graphql
