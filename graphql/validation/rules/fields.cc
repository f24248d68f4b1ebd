#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

class FieldRules : public Visitor {
 public:
  explicit FieldRules(Context& context) : context_(context) {}

  void OnField(const ast::Field& field, const NamedType* parent,
               const FieldDefinition* definition) override {
    if (parent == nullptr) return;
    if (definition == nullptr) return ReportUnknown(field, *parent);
    CheckLeaf(field, *definition);
  }

 private:
  void ReportUnknown(const ast::Field& field, const NamedType& parent) {
    if (!parent.is_composite()) return;  // Of a leaf, CheckLeaf says so at the field above.
    std::vector<std::string_view> names;
    for (const FieldDefinition& known : parent.fields()) names.push_back(known.name);
    context_.Report(Rule::kFieldsOnCorrectType,
                    StrCat("Cannot query field \"", field.name, "\" on type \"", parent.name, "\".",
                           DidYouMean(field.name, names)),
                    {field.location});
  }

  void CheckLeaf(const ast::Field& field, const FieldDefinition& definition) {
    const bool composite = definition.type.named()->is_composite();
    if (composite == !field.selections.empty()) return;
    const std::string type = TypeRefToString(definition.type);
    context_.Report(
        Rule::kLeafFieldSelections,
        composite ? StrCat("Field \"", field.name, "\" of type \"", type,
                           "\" must have a selection of subfields. Did you mean \"", field.name,
                           " { ... }\"?")
                  : StrCat("Field \"", field.name, "\" must not have a selection since type \"",
                           type, "\" has no subfields."),
        {field.location});
  }

  Context& context_;
};

}  // namespace

std::unique_ptr<Visitor> MakeFieldRules(Context& context) {
  return std::make_unique<FieldRules>(context);
}

}  // namespace joinery::graphql::validation
