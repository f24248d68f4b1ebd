#pragma once

#include <memory>

#include "graphql/validation/context.h"
#include "graphql/validation/visitor.h"

// The rule families of section 5 of the October 2021 specification, one file each. Some look at the
// document as a whole (Check…), the others are shown one node at a time (Make…Rules).
namespace joinery::graphql::validation {

void CheckDocument(Context& context);           // document.cc: 5.1, 5.2
void CheckFragments(Context& context);          // fragments.cc: 5.5.1.1, 5.5.1.4, 5.5.2.1, 5.5.2.2
void CheckOverlappingFields(Context& context);  // overlapping_fields.cc: 5.3.2

std::unique_ptr<Visitor> MakeFieldRules(Context& context);     // fields.cc: 5.3.1, 5.3.3
std::unique_ptr<Visitor> MakeArgumentRules(Context& context);  // arguments.cc: 5.4
std::unique_ptr<Visitor> MakeFragmentRules(
    Context& context);  // fragment_types.cc: 5.5.1.2, .3, 5.5.2.3
std::unique_ptr<Visitor> MakeValueRules(Context& context);      // values.cc: 5.6
std::unique_ptr<Visitor> MakeDirectiveRules(Context& context);  // directives.cc: 5.7

// variables.cc: 5.8. The second part is for after the walk, when all uses are known.
class VariableRules : public Visitor {
 public:
  virtual void CheckUses() = 0;
};
std::unique_ptr<VariableRules> MakeVariableRules(Context& context);

}  // namespace joinery::graphql::validation
