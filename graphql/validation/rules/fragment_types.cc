#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

class FragmentRules : public Visitor {
 public:
  explicit FragmentRules(Context& context) : context_(context) {}

  void EnterFragment(const ast::FragmentDefinition& fragment, const NamedType* type) override {
    CheckCondition(fragment.type_condition, type, fragment.type_location,
                   StrCat("Fragment \"", fragment.name, '"'));
  }

  void OnInlineFragment(const ast::InlineFragment& fragment, const NamedType* parent,
                        const NamedType* type) override {
    if (fragment.type_condition.empty()) return;
    CheckCondition(fragment.type_condition, type, fragment.type_location, "Fragment");
    CheckPossible(parent, type, fragment.location, "Fragment");
  }

  void OnSpread(const ast::FragmentSpread& spread, const NamedType* parent) override {
    const ast::FragmentDefinition* fragment = context_.document().fragment(spread.name);
    if (fragment == nullptr) {
      std::vector<std::string_view> names;
      for (const auto* known : context_.document().fragments()) names.push_back(known->name);
      context_.Report(
          Rule::kKnownFragmentNames,
          StrCat("Unknown fragment \"", spread.name, "\".", DidYouMean(spread.name, names)),
          {spread.location});
      return;
    }
    CheckPossible(parent, context_.schema().type(fragment->type_condition), spread.location,
                  StrCat("Fragment \"", spread.name, '"'));
  }

 private:
  void CheckCondition(std::string_view name, const NamedType* type, Location location,
                      std::string_view what) {
    if (type == nullptr) {
      context_.Report(Rule::kKnownFragmentTypes, StrCat("Unknown type \"", name, "\"."),
                      {location});
    } else if (!type->is_composite()) {
      context_.Report(Rule::kFragmentsOnCompositeTypes,
                      StrCat(what, " cannot condition on non composite type \"", name, "\"."),
                      {location});
    }
  }

  void CheckPossible(const NamedType* parent, const NamedType* type, Location location,
                     std::string_view what) {
    if (parent == nullptr || type == nullptr) return;
    if (!parent->is_composite() || !type->is_composite()) return;
    if (Schema::TypesOverlap(*parent, *type)) return;
    context_.Report(Rule::kPossibleFragmentSpreads,
                    StrCat(what, " cannot be spread here as objects of type \"", parent->name,
                           "\" can never be of type \"", type->name, "\"."),
                    {location});
  }

  Context& context_;
};

}  // namespace

std::unique_ptr<Visitor> MakeFragmentRules(Context& context) {
  return std::make_unique<FragmentRules>(context);
}

}  // namespace joinery::graphql::validation
