#include "graphql/introspection_selection.h"

#include <utility>

#include "base/strings.h"

namespace joinery::graphql {
namespace {

using FieldId = IntrospectionSelection::FieldId;

struct Known {
  std::string_view name;
  FieldId id;
  std::string_view type;  // Of its value when that is an object.
};

constexpr Known kFields[] = {{"__typename", FieldId::kTypename, {}},
                             {"kind", FieldId::kKind, {}},
                             {"name", FieldId::kName, {}},
                             {"description", FieldId::kDescription, {}},
                             {"specifiedByURL", FieldId::kSpecifiedByUrl, {}},
                             {"specifiedByUrl", FieldId::kSpecifiedByUrl, {}},
                             {"fields", FieldId::kFields, "__Field"},
                             {"interfaces", FieldId::kInterfaces, "__Type"},
                             {"possibleTypes", FieldId::kPossibleTypes, "__Type"},
                             {"enumValues", FieldId::kEnumValues, "__EnumValue"},
                             {"inputFields", FieldId::kInputFields, "__InputValue"},
                             {"ofType", FieldId::kOfType, "__Type"},
                             {"args", FieldId::kArgs, "__InputValue"},
                             {"type", FieldId::kType, "__Type"},
                             {"isDeprecated", FieldId::kIsDeprecated, {}},
                             {"deprecationReason", FieldId::kDeprecationReason, {}},
                             {"defaultValue", FieldId::kDefaultValue, {}},
                             {"locations", FieldId::kLocations, {}},
                             {"isRepeatable", FieldId::kIsRepeatable, {}},
                             {"types", FieldId::kTypes, "__Type"},
                             {"queryType", FieldId::kQueryType, "__Type"},
                             {"mutationType", FieldId::kMutationType, "__Type"},
                             {"subscriptionType", FieldId::kSubscriptionType, "__Type"},
                             {"directives", FieldId::kDirectives, "__Directive"}};

const Known* Find(std::string_view name) {
  for (const Known& known : kFields) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace

IntrospectionCompiler::IntrospectionCompiler(const Document& document, const json::Value& variables,
                                             size_t max_selections)
    : variables_(variables),
      collector_(
          document,
          [&variables](std::string_view name) -> std::optional<bool> {
            const json::Value* value = variables.Find(name);
            if (value == nullptr || !value->is_bool()) return std::nullopt;
            return value->bool_value();
          },
          max_selections) {}

const json::Value* IntrospectionCompiler::VariableOf(const ast::Value& value) const {
  return value.kind == ast::ValueKind::kVariable ? variables_.Find(value.text) : nullptr;
}

bool IntrospectionCompiler::IncludeDeprecated(const ast::Field& field) const {
  for (const ast::Argument& argument : field.arguments) {
    if (argument.name != "includeDeprecated") continue;
    if (argument.value.kind == ast::ValueKind::kBoolean) return argument.value.boolean;
    const json::Value* value = VariableOf(argument.value);
    return value != nullptr && value->is_bool() && value->bool_value();
  }
  return false;
}

std::optional<std::string> IntrospectionCompiler::StringArgument(const ast::Field& field,
                                                                 std::string_view name) const {
  for (const ast::Argument& argument : field.arguments) {
    if (argument.name != name) continue;
    if (argument.value.kind == ast::ValueKind::kString) return std::string(argument.value.text);
    const json::Value* value = VariableOf(argument.value);
    if (value != nullptr && value->is_string()) return value->string();
  }
  return std::nullopt;
}

std::unique_ptr<IntrospectionSelection> IntrospectionCompiler::Compile(
    std::span<const ast::Field* const> fields, std::string_view type_name) {
  if (depth_ >= kMaxDepth) return nullptr;
  ++depth_;
  std::vector<CollectedField> collected;
  const bool complete = collector_.CollectSubfields(
      fields, [&](std::string_view condition) { return condition == type_name; }, collected);
  auto selection = std::make_unique<IntrospectionSelection>();
  for (const CollectedField& field : collected) {
    const Known* known = Find(field.first().name);
    if (!complete || known == nullptr) continue;
    IntrospectionSelection::Step& step = selection->steps.emplace_back();
    step.prefix = StrCat(selection->steps.size() == 1 ? "\"" : ",\"", field.response_key, "\":");
    step.field = known->id;
    step.include_deprecated = IncludeDeprecated(field.first());
    if (known->type.empty()) continue;
    step.selection = Compile(field.fields, known->type);
    if (step.selection == nullptr) return nullptr;
  }
  --depth_;
  return complete ? std::move(selection) : nullptr;
}

}  // namespace joinery::graphql
