#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"

namespace joinery::graphql {

// All selections of one response key in a selection set, fragments included, in the order written.
// The sub-selections of all of them belong together: pass `fields` on to FieldCollector.
struct CollectedField {
  std::string_view response_key;
  std::vector<const ast::Field*> fields;  // At least one; all of one name and equal arguments.

  const ast::Field& first() const { return *fields.front(); }
};

// The value of a Boolean variable, its default applied; nullopt when it has none (then `@skip(if:
// $v)` does not skip and `@include(if: $v)` does not include).
using BooleanVariable = std::function<std::optional<bool>(std::string_view name)>;

// Whether the selections of a fragment with that type condition apply at a place.
using TypeConditionApplies = std::function<bool(std::string_view type_condition)>;

// The specification's CollectFields (6.3.2), for one document and one set of variables.
//
// Linear in what it visits; the sum over all its calls is limited, so that fragments spreading
// fragments cannot make work explode. The document must outlive it. Not thread-safe.
class FieldCollector {
 public:
  static constexpr size_t kDefaultMaxSelections = 1'000'000;
  static constexpr int kMaxFragmentNesting = 1000;  // Fragments in fragments, in one call.

  FieldCollector(const Document& document, BooleanVariable variables,
                 size_t max_selections = kDefaultMaxSelections);

  // Appends the fields of a selection set, or of the selection sets of several merged fields, to
  // `out`. A fragment is visited once per call, unknown fragments are left out. False: a limit is
  // reached, `out` is incomplete.
  bool Collect(const ast::SelectionSet& selections, const TypeConditionApplies& applies,
               std::vector<CollectedField>& out);
  bool CollectSubfields(std::span<const ast::Field* const> fields,
                        const TypeConditionApplies& applies, std::vector<CollectedField>& out);

  // The same for a value known to be of `object`: a type condition applies when it names the
  // object, or one of its interfaces or unions.
  bool Collect(const Schema& schema, const ObjectType& object, const ast::SelectionSet& selections,
               std::vector<CollectedField>& out);
  bool CollectSubfields(const Schema& schema, const ObjectType& object,
                        std::span<const ast::Field* const> fields,
                        std::vector<CollectedField>& out);

  // Whether @skip and @include let a selection with these directives through.
  bool IsIncluded(const NodeList<ast::Directive>& directives) const;

  size_t selections_left() const { return left_; }

 private:
  struct Call;
  bool Visit(const ast::SelectionSet& selections, Call& call);
  bool VisitFragment(const ast::SelectionSet& selections, Call& call);

  const Document& document_;
  BooleanVariable variables_;
  size_t left_;
};

}  // namespace joinery::graphql
