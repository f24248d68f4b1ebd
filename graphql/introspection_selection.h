#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graphql/collect.h"
#include "json/value.h"

namespace joinery::graphql {

// What is asked of one introspection object, made once per request: fragments merged, directives
// and arguments evaluated, names turned into numbers. Writing an answer then only walks it.
struct IntrospectionSelection {
  // The fields of all introspection types; the same name means the same number.
  enum class FieldId : uint8_t {
    kTypename,
    kKind,
    kName,
    kDescription,
    kSpecifiedByUrl,
    kFields,
    kInterfaces,
    kPossibleTypes,
    kEnumValues,
    kInputFields,
    kOfType,
    kArgs,
    kType,
    kIsDeprecated,
    kDeprecationReason,
    kDefaultValue,
    kLocations,
    kIsRepeatable,
    kTypes,
    kQueryType,
    kMutationType,
    kSubscriptionType,
    kDirectives
  };

  struct Step {
    std::string prefix;  // `"key":`, from the second step on with a comma before it.
    FieldId field = FieldId::kTypename;
    bool include_deprecated = false;
    std::unique_ptr<IntrospectionSelection> selection;  // nullptr for leaves.
  };

  std::vector<Step> steps;
};

// Turns merged fields of one response key into the selection below them.
class IntrospectionCompiler {
 public:
  IntrospectionCompiler(const Document& document, const json::Value& variables,
                        size_t max_selections);

  // `type_name`: what the fields' value is, such as "__Schema". nullptr: too much was asked for.
  std::unique_ptr<IntrospectionSelection> Compile(std::span<const ast::Field* const> fields,
                                                  std::string_view type_name);

  // The value of a String argument; nullopt when it has none.
  std::optional<std::string> StringArgument(const ast::Field& field, std::string_view name) const;

 private:
  static constexpr int kMaxDepth = 500;

  bool IncludeDeprecated(const ast::Field& field) const;
  const json::Value* VariableOf(const ast::Value& value) const;

  const json::Value& variables_;
  FieldCollector collector_;
  int depth_ = 0;
};

}  // namespace joinery::graphql
