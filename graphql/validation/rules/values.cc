#include <charconv>
#include <cstdint>

#include "base/strings.h"
#include "graphql/printer.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

using Kind = ast::ValueKind;

bool FitsInt32(std::string_view digits) {
  int32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc() && rest == end;
}

bool FitsStandardScalar(std::string_view scalar, const ast::Value& value) {
  if (scalar == "Int") return value.kind == Kind::kInt && FitsInt32(value.text);
  if (scalar == "Float") return value.kind == Kind::kInt || value.kind == Kind::kFloat;
  if (scalar == "String") return value.kind == Kind::kString;
  if (scalar == "Boolean") return value.kind == Kind::kBoolean;
  return value.kind == Kind::kString || value.kind == Kind::kInt;  // ID.
}

// A literal for a message: long ones are cut.
std::string Shown(const ast::Value& value) {
  constexpr size_t kLongest = 60;
  if (value.kind == Kind::kList) return "a list";
  if (value.kind == Kind::kObject) return "an object";
  std::string text = ToString(value, PrintStyle::kCompact);
  if (text.size() > kLongest) {
    size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text.append("...");
  }
  return text;
}

class ValueRules : public Visitor {
 public:
  explicit ValueRules(Context& context) : context_(context) {}

  void OnValue(const ast::Value& value, TypeRef expected, bool) override {
    if (value.kind == Kind::kObject) CheckUniqueFields(value);
    if (!expected || value.kind == Kind::kVariable) return;
    if (value.kind == Kind::kNull) {
      if (expected.is_non_null()) Mismatch(value, expected);
      return;
    }
    if (expected.is_any_list()) return;         // Its items come next.
    if (!expected.named()->is_input()) return;  // A fault of the schema or of the variable's type.
    if (const InputObjectType* object = expected.named()->AsInputObject()) {
      if (value.kind != Kind::kObject) return Mismatch(value, expected);
      return CheckFields(value, *object);
    }
    if (const EnumType* type = expected.named()->AsEnum()) return CheckEnum(value, *type, expected);
    const ScalarType& scalar = *expected.named()->AsScalar();
    if (scalar.is_standard_scalar && !FitsStandardScalar(scalar.name, value)) {
      Mismatch(value, expected);
    }
  }

 private:
  void Mismatch(const ast::Value& value, TypeRef expected) {
    context_.Report(Rule::kValuesOfCorrectType,
                    StrCat("Expected value of type \"", TypeRefToString(expected), "\", found ",
                           Shown(value), '.'),
                    {value.location});
  }

  void CheckEnum(const ast::Value& value, const EnumType& type, TypeRef expected) {
    if (value.kind != Kind::kEnum) return Mismatch(value, expected);
    if (type.value(value.text) != nullptr) return;
    std::vector<std::string_view> names;
    for (const EnumValueDefinition& known : type.values) names.push_back(known.name);
    context_.Report(Rule::kValuesOfCorrectType,
                    StrCat("Value \"", value.text, "\" does not exist in \"", type.name, "\" enum.",
                           DidYouMean(value.text, names)),
                    {value.location});
  }

  void CheckUniqueFields(const ast::Value& value) {
    ForEachDuplicate(
        value.fields, [](const ast::ObjectField& field) { return field.name; },
        [&](const ast::ObjectField& field, const ast::ObjectField& first) {
          context_.Report(Rule::kUniqueInputFieldNames,
                          StrCat("There can be only one input field named \"", field.name, "\"."),
                          {first.location, field.location});
        });
  }

  void CheckFields(const ast::Value& value, const InputObjectType& type) {
    std::vector<bool> given(type.input_fields.size());
    for (const ast::ObjectField& field : value.fields) {
      if (const InputValueDefinition* definition = type.field(field.name)) {
        given[static_cast<size_t>(definition - type.input_fields.begin())] = true;
        continue;
      }
      std::vector<std::string_view> names;
      for (const InputValueDefinition& known : type.input_fields) names.push_back(known.name);
      context_.Report(Rule::kInputFieldNames,
                      StrCat("Field \"", field.name, "\" is not defined by type \"", type.name,
                             "\".", DidYouMean(field.name, names)),
                      {field.location});
    }
    for (size_t i = 0; i < given.size(); ++i) {
      const InputValueDefinition& definition = type.input_fields[i];
      if (given[i] || !definition.is_required()) continue;
      context_.Report(Rule::kRequiredInputFields,
                      StrCat("Field \"", type.name, '.', definition.name, "\" of required type \"",
                             TypeRefToString(definition.type), "\" was not provided."),
                      {value.location});
    }
  }

  Context& context_;
};

}  // namespace

std::unique_ptr<Visitor> MakeValueRules(Context& context) {
  return std::make_unique<ValueRules>(context);
}

}  // namespace joinery::graphql::validation
