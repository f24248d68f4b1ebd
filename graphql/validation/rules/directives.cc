#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

class DirectiveRules : public Visitor {
 public:
  explicit DirectiveRules(Context& context) : context_(context) {}

  void OnDirectives(const NodeList<ast::Directive>& directives,
                    DirectiveLocation location) override {
    for (const ast::Directive& directive : directives) CheckKnown(directive, location);
    if (directives.size() > 1) CheckUnique(directives);
  }

 private:
  void CheckKnown(const ast::Directive& directive, DirectiveLocation location) {
    const DirectiveDefinition* definition = context_.schema().directive(directive.name);
    if (definition == nullptr) {
      context_.Report(Rule::kKnownDirectives,
                      StrCat("Unknown directive \"@", directive.name, "\"."), {directive.location});
    } else if (!definition->MayStandOn(location)) {
      context_.Report(Rule::kDirectiveLocations,
                      StrCat("Directive \"@", directive.name, "\" may not be used on ",
                             DirectiveLocationName(location), '.'),
                      {directive.location});
    }
  }

  void CheckUnique(const NodeList<ast::Directive>& directives) {
    ForEachDuplicate(
        directives, [](const ast::Directive& directive) { return directive.name; },
        [&](const ast::Directive& directive, const ast::Directive& first) {
          const DirectiveDefinition* definition = context_.schema().directive(directive.name);
          if (definition == nullptr || definition->repeatable) return;
          context_.Report(Rule::kUniqueDirectives,
                          StrCat("The directive \"@", directive.name,
                                 "\" can only be used once at this location."),
                          {first.location, directive.location});
        });
  }

  Context& context_;
};

}  // namespace

std::unique_ptr<Visitor> MakeDirectiveRules(Context& context) {
  return std::make_unique<DirectiveRules>(context);
}

}  // namespace joinery::graphql::validation
