#include <algorithm>

#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

class ArgumentRules : public Visitor {
 public:
  explicit ArgumentRules(Context& context) : context_(context) {}

  void OnField(const ast::Field& field, const NamedType*, const FieldDefinition*) override {
    CheckUnique(field.arguments);
  }

  void OnDirectives(const NodeList<ast::Directive>& directives, DirectiveLocation) override {
    for (const ast::Directive& directive : directives) CheckUnique(directive.arguments);
  }

  void OnArguments(const NodeList<ast::Argument>& arguments, const ArgumentsOwner& owner) override {
    CheckKnown(arguments, owner);
    CheckRequired(arguments, owner);
  }

 private:
  void CheckUnique(const NodeList<ast::Argument>& arguments) {
    ForEachDuplicate(
        arguments, [](const ast::Argument& argument) { return argument.name; },
        [&](const ast::Argument& argument, const ast::Argument& first) {
          context_.Report(Rule::kUniqueArgumentNames,
                          StrCat("There can be only one argument named \"", argument.name, "\"."),
                          {first.location, argument.location});
        });
  }

  static std::string Describe(const ArgumentsOwner& owner) {
    if (owner.parent == nullptr) return StrCat("directive \"@", owner.name, '"');
    return StrCat("field \"", owner.parent->name, '.', owner.name, '"');
  }

  void CheckKnown(const NodeList<ast::Argument>& arguments, const ArgumentsOwner& owner) {
    for (const ast::Argument& argument : arguments) {
      if (owner.definitions->Find(argument.name) != nullptr) continue;
      std::vector<std::string_view> names;
      for (const InputValueDefinition& known : *owner.definitions) names.push_back(known.name);
      context_.Report(Rule::kKnownArgumentNames,
                      StrCat("Unknown argument \"", argument.name, "\" on ", Describe(owner), '.',
                             DidYouMean(argument.name, names)),
                      {argument.location});
    }
  }

  void CheckRequired(const NodeList<ast::Argument>& arguments, const ArgumentsOwner& owner) {
    for (const InputValueDefinition& definition : *owner.definitions) {
      if (!definition.is_required()) continue;
      const bool given = std::ranges::any_of(arguments, [&](const ast::Argument& argument) {
        return argument.name == definition.name;
      });
      if (given) continue;
      context_.Report(
          Rule::kRequiredArguments,
          StrCat("Argument \"", definition.name, "\" of type \"", TypeRefToString(definition.type),
                 "\" is required on ", Describe(owner), ", but it was not provided."),
          {owner.location});
    }
  }

  Context& context_;
};

}  // namespace

std::unique_ptr<Visitor> MakeArgumentRules(Context& context) {
  return std::make_unique<ArgumentRules>(context);
}

}  // namespace joinery::graphql::validation
