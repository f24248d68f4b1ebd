#include "graphql/coercion.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"
#include "json/write.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kSchema = R"(
  type Query {
    f(a: Int = 7, b: String!, c: [Int!], d: In, e: E = RED, x: Any, id: ID, fl: Float): Int
  }
  enum E { RED BLUE }
  input In { n: Int!, s: String = "s", in: In, l: [E!] }
  scalar Any)";

std::shared_ptr<const Schema> TestSchema() {
  static const auto schema = BuildSchema(kSchema).schema;
  return schema;
}

std::string Show(const CoercionError& error) {
  std::string out(error.variable);
  for (const auto& step : error.path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      StrAppend(out, '.', *name);
    } else {
      StrAppend(out, '[', std::get<size_t>(step), ']');
    }
  }
  return StrCat(out, ": ", error.message);
}

std::string Show(const std::vector<CoercionError>& errors) {
  std::vector<std::string> lines;
  for (const CoercionError& error : errors) lines.push_back(Show(error));
  return Join(lines, "\n");
}

struct VariableCase {
  std::string name;
  std::string variables;  // Of the operation.
  std::string raw;
  std::string values;  // Or the errors.
};

class VariablesTest : public testing::TestWithParam<VariableCase> {};

TEST_P(VariablesTest, AreCoercedByTheirTypes) {
  const auto document = ParseDocument("query (" + GetParam().variables + ") { a }").document;
  ASSERT_NE(document, nullptr);
  const CoercedVariables result = CoerceVariables(*TestSchema(), *document->operations()[0],
                                                  json::Parse(GetParam().raw).value());
  EXPECT_EQ(result.ok() ? json::ToString(result.values) : Show(result.errors), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    Values, VariablesTest,
    testing::Values(
        VariableCase{"plain", "$a: Int, $b: String!", R"({"b": "x", "a": 1, "other": 2})",
                     R"({"a":1,"b":"x"})"},
        VariableCase{"absent_stays_absent", "$a: Int, $b: Int", R"({"b": null})", R"({"b":null})"},
        VariableCase{"no_variables", "$a: Int", "null", "{}"},
        VariableCase{"default", "$a: Int = 3, $b: In = {n: 1}", "{}",
                     R"({"a":3,"b":{"n":1,"s":"s"}})"},
        VariableCase{"null_is_no_default", "$a: Int = 3", R"({"a": null})", R"({"a":null})"},
        VariableCase{"missing", "$a: Int!", "{}",
                     "a: expecting a value for non-nullable variable: \"a\""},
        VariableCase{"null_for_non_null", "$a: Int!", R"({"a": null})",
                     "a: unexpected null value for type \"Int\""},
        VariableCase{"null_for_non_null_with_default", "$a: Int! = 1", R"({"a": null})",
                     "a: unexpected null value for type \"Int\""},
        VariableCase{"int_from_whole_number", "$a: Int", R"({"a": 1.0})", R"({"a":1})"},
        VariableCase{"int_too_large", "$a: Int", R"({"a": 2147483648})",
                     "a: expected a 32-bit integer for type \"Int\", but found an integer"},
        VariableCase{"int_smallest", "$a: Int", R"({"a": -2147483648})", R"({"a":-2147483648})"},
        VariableCase{"int_from_text", "$a: Int", R"({"a": "1"})",
                     "a: expected a 32-bit integer for type \"Int\", but found a string"},
        VariableCase{"float", "$a: Float, $b: Float", R"({"a": 1, "b": 1.50})",
                     R"({"a":1,"b":1.50})"},
        VariableCase{"string_from_number", "$a: String", R"({"a": 1})",
                     "a: expected a string for type \"String\", but found an integer"},
        VariableCase{"boolean", "$a: Boolean", R"({"a": "true"})",
                     "a: expected a boolean for type \"Boolean\", but found a string"},
        VariableCase{"id", "$a: ID, $b: ID", R"({"a": 12, "b": "x"})", R"({"a":"12","b":"x"})"},
        VariableCase{"id_from_fraction", "$a: ID", R"({"a": 1.5})",
                     "a: expected a string or an integer for type \"ID\", but found a number"},
        VariableCase{"enum", "$a: E", R"({"a": "BLUE"})", R"({"a":"BLUE"})"},
        VariableCase{"enum_unknown", "$a: E", R"({"a": "PINK"})",
                     "a: expected one of the values ['RED', 'BLUE'] for type \"E\", but found "
                     "\"PINK\""},
        VariableCase{"enum_from_number", "$a: E", R"({"a": 1})",
                     "a: expected an enum value for type \"E\", but found an integer"},
        VariableCase{"single_as_list", "$a: [Int!], $b: [[Int]]", R"({"a": 1, "b": 2})",
                     R"({"a":[1],"b":[[2]]})"},
        VariableCase{"list_with_null", "$a: [Int!]", R"({"a": [1, null, "x"]})",
                     "a[1]: unexpected null value for type \"Int\"\n"
                     "a[2]: expected a 32-bit integer for type \"Int\", but found a string"},
        VariableCase{"object", "$a: In", R"({"a": {"l": "RED", "n": 1, "in": {"n": 2}}})",
                     R"({"a":{"l":["RED"],"n":1,"in":{"n":2,"s":"s"},"s":"s"}})"},
        VariableCase{"object_errors", "$a: In", R"({"a": {"x": 1, "in": {"l": ["PINK"]}}})",
                     "a.x: field \"x\" not found in type: 'In'\n"
                     "a.in.l[0]: expected one of the values ['RED', 'BLUE'] for type \"E\", but "
                     "found \"PINK\"\n"
                     "a.in: missing required field 'n' of type \"In\"\n"
                     "a: missing required field 'n' of type \"In\""},
        VariableCase{"object_from_list", "$a: In", R"({"a": []})",
                     "a: expected an object for type \"In\", but found a list"},
        VariableCase{"custom_scalar_takes_anything", "$a: Any, $b: [Any!]",
                     R"({"a": {"x": [1, null]}, "b": {"y": 1}})",
                     R"({"a":{"x":[1,null]},"b":[{"y":1}]})"},
        VariableCase{"unknown_type", "$a: Nothing", "{}",
                     "a: variable \"a\" is declared as Nothing, which is no input type"},
        VariableCase{"output_type", "$a: [Query!]", "{}",
                     "a: variable \"a\" is declared as [Query!], which is no input type"},
        VariableCase{"variables_are_a_list", "$a: Int", "[]",
                     ": variables: expected an object, but found a list"}),
    [](const auto& info) { return info.param.name; });

struct ArgumentCase {
  std::string name;
  std::string arguments;
  std::string values;
};

class ArgumentsTest : public testing::TestWithParam<ArgumentCase> {};

TEST_P(ArgumentsTest, AreCoercedByTheirDefinitions) {
  const auto document = ParseDocument("{ f" + GetParam().arguments + " }").document;
  ASSERT_NE(document, nullptr);
  const json::Value variables = json::Parse(R"({"one": 1, "text": "t", "nothing": null})").value();
  const ast::Field& field = *document->operations()[0]->selections[0].field();
  std::vector<CoercionError> errors;
  const auto result = CoerceArguments(TestSchema()->query()->field("f")->arguments, field.arguments,
                                      variables, field.location, errors);
  EXPECT_EQ(result.has_value(), errors.empty());
  EXPECT_EQ(result.has_value() ? json::ToString(*result) : Show(errors), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    Literals, ArgumentsTest,
    testing::Values(
        ArgumentCase{"defaults", "(b: \"x\")", R"({"a":7,"b":"x","e":"RED"})"},
        ArgumentCase{"variables", "(b: $text, a: $one, e: $absent)",
                     R"({"a":1,"b":"t","e":"RED"})"},
        ArgumentCase{"null_variable", "(b: $text, a: $nothing, e: null)",
                     R"({"a":null,"b":"t","e":null})"},
        ArgumentCase{"required", "", ": missing required field 'b'"},
        ArgumentCase{"required_from_absent_variable", "(b: $absent)",
                     ": missing required field 'b'"},
        ArgumentCase{"null_for_required", "(b: $nothing)",
                     ".b: unexpected null value for type \"String\""},
        ArgumentCase{"list", "(b: \"\", c: [1, $one], e: BLUE)",
                     R"({"a":7,"b":"","c":[1,1],"e":"BLUE"})"},
        ArgumentCase{"single_as_list", "(b: \"\", c: 4)", R"({"a":7,"b":"","c":[4],"e":"RED"})"},
        ArgumentCase{"absent_variable_in_list", "(b: \"\", c: [$absent])",
                     ".c[0]: unexpected null value for type \"Int\""},
        ArgumentCase{"object", "(b: \"\", d: {n: $one, s: $absent, l: [RED]})",
                     R"({"a":7,"b":"","d":{"n":1,"s":"s","l":["RED"]},"e":"RED"})"},
        ArgumentCase{"object_errors", "(b: 1, d: {n: 1.0, x: 1, s: RED})",
                     ".b: expected a string for type \"String\", but found an integer\n"
                     ".d.n: expected a 32-bit integer for type \"Int\", but found a number\n"
                     ".d.x: field \"x\" not found in type: 'In'\n"
                     ".d.s: expected a string for type \"String\", but found an enum value"},
        ArgumentCase{"scalars", "(b: \"\", id: 12, fl: 1, x: {k: [E, $one, $absent], m: $absent})",
                     R"({"a":7,"b":"","e":"RED","x":{"k":["E",1,null]},"id":"12","fl":1})"},
        ArgumentCase{"string_as_enum", "(b: \"\", e: \"RED\")",
                     ".e: expected an enum value for type \"E\", but found a string"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace joinery::graphql
