#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"

namespace joinery::graphql {

// The rules of chapter 5 of the October 2021 specification; a bit each in ValidationOptions::skip.
enum class Rule : uint8_t {
  kExecutableDefinitions,
  kUniqueOperationNames,
  kLoneAnonymousOperation,
  kSingleFieldSubscriptions,
  kFieldsOnCorrectType,
  kOverlappingFields,
  kLeafFieldSelections,
  kKnownArgumentNames,
  kUniqueArgumentNames,
  kRequiredArguments,
  kUniqueFragmentNames,
  kKnownFragmentTypes,
  kFragmentsOnCompositeTypes,
  kUnusedFragments,
  kKnownFragmentNames,
  kFragmentCycles,
  kPossibleFragmentSpreads,
  kValuesOfCorrectType,
  kInputFieldNames,
  kUniqueInputFieldNames,
  kRequiredInputFields,
  kKnownDirectives,
  kDirectiveLocations,
  kUniqueDirectives,
  kUniqueVariableNames,
  kVariablesAreInputTypes,
  kUndefinedVariables,
  kUnusedVariables,
  kVariableUsages,
  kRootTypes,  // The operation's root type exists in the schema.
};

std::string_view RuleName(Rule rule);

struct ValidationError {
  Rule rule;
  std::string message;
  std::vector<Location> locations;  // At least one; the place to fix first.
};

struct ValidationOptions {
  uint64_t skip = 0;        // Bits `1 << Rule` of rules that are not checked.
  size_t max_errors = 100;  // The walk ends there.

  static constexpr uint64_t Bit(Rule rule) { return uint64_t{1} << static_cast<int>(rule); }
};

// Every violation in `document`, in the order of the rules' families, then of the document. Empty:
// the document may be executed against `schema`. Time is linear in the size of the document times
// the depth of its input values; fragments are visited once, not once per spread.
std::vector<ValidationError> Validate(const Schema& schema, const Document& document,
                                      const ValidationOptions& options = {});

}  // namespace joinery::graphql
