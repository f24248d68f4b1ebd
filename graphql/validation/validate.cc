#include "graphql/validation/validate.h"

#include <algorithm>
#include <memory>

#include "graphql/validation/context.h"
#include "graphql/validation/rules/rules.h"
#include "graphql/validation/walker.h"

namespace joinery::graphql {

std::string_view RuleName(Rule rule) {
  static constexpr std::string_view kNames[] = {"ExecutableDefinitions",
                                                "UniqueOperationNames",
                                                "LoneAnonymousOperation",
                                                "SingleFieldSubscriptions",
                                                "FieldsOnCorrectType",
                                                "OverlappingFieldsCanBeMerged",
                                                "ScalarLeafs",
                                                "KnownArgumentNames",
                                                "UniqueArgumentNames",
                                                "ProvidedRequiredArguments",
                                                "UniqueFragmentNames",
                                                "KnownTypeNames",
                                                "FragmentsOnCompositeTypes",
                                                "NoUnusedFragments",
                                                "KnownFragmentNames",
                                                "NoFragmentCycles",
                                                "PossibleFragmentSpreads",
                                                "ValuesOfCorrectType",
                                                "KnownInputFieldNames",
                                                "UniqueInputFieldNames",
                                                "ProvidedRequiredInputFields",
                                                "KnownDirectives",
                                                "DirectivesInValidLocations",
                                                "UniqueDirectivesPerLocation",
                                                "UniqueVariableNames",
                                                "VariablesAreInputTypes",
                                                "NoUndefinedVariables",
                                                "NoUnusedVariables",
                                                "VariablesInAllowedPosition",
                                                "KnownRootTypes"};
  static_assert(std::size(kNames) == static_cast<size_t>(Rule::kRootTypes) + 1);
  return kNames[static_cast<size_t>(rule)];
}

std::vector<ValidationError> Validate(const Schema& schema, const Document& document,
                                      const ValidationOptions& options) {
  validation::Context context(schema, document, options);
  validation::CheckDocument(context);
  validation::CheckFragments(context);

  std::vector<std::unique_ptr<validation::Visitor>> visitors;
  visitors.push_back(validation::MakeFieldRules(context));
  visitors.push_back(validation::MakeArgumentRules(context));
  visitors.push_back(validation::MakeFragmentRules(context));
  visitors.push_back(validation::MakeValueRules(context));
  visitors.push_back(validation::MakeDirectiveRules(context));
  auto owned = validation::MakeVariableRules(context);
  validation::VariableRules& variables = *owned;
  visitors.push_back(std::move(owned));
  validation::Walk(context, visitors);
  variables.CheckUses();

  if (context.Wants(Rule::kOverlappingFields)) validation::CheckOverlappingFields(context);
  std::vector<ValidationError> errors = std::move(context).TakeErrors();
  std::ranges::stable_sort(errors, {}, &ValidationError::rule);
  return errors;
}

}  // namespace joinery::graphql
