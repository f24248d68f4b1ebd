#include "graphql/interface_check.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "graphql/sdl.h"

namespace joinery::graphql {
namespace {

struct InterfaceCase {
  std::string name;
  std::string types;
  std::vector<std::string> errors = {};
};

class InterfaceCheckTest : public testing::TestWithParam<InterfaceCase> {};

TEST_P(InterfaceCheckTest, FindsBrokenPromises) {
  const SchemaResult result = BuildSchema("type Query { a: Int } " + GetParam().types);
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  std::vector<std::string> messages;
  for (const SchemaError& error : CheckInterfaces(*result.schema))
    messages.push_back(error.message);
  EXPECT_EQ(messages, GetParam().errors);
}

INSTANTIATE_TEST_SUITE_P(
    Types, InterfaceCheckTest,
    testing::Values(
        InterfaceCase{"kept",
                      "interface I { f(a: Int): I g: [I] } "
                      "type O implements I { f(a: Int, b: Int, c: Int! = 1): O! g: [O!]! h: Int }"},
        InterfaceCase{"missing_field",
                      "interface I { id: Int } type O implements I { x: Int }",
                      {"Interface field 'I'.\"id\" expected, but 'O' does not provide it"}},
        InterfaceCase{"other_type",
                      "interface I { f: String } type O implements I { f: Int }",
                      {"The type of Object field 'O'.\"f\" (Int) is not the same type/sub type of "
                       "Interface field 'I'.\"f\" (String)"}},
        InterfaceCase{
            "less_than_non_null",
            "interface I { f: [Int!] } type O implements I { f: [Int] }",
            {"The type of Object field 'O'.\"f\" ([Int]) is not the same type/sub type of "
             "Interface field 'I'.\"f\" ([Int!])"}},
        InterfaceCase{"missing_argument",
                      "interface I { f(a: Int): Int } type O implements I { f: Int }",
                      {"Interface field argument 'I'.\"f\"(\"a\":) required, but Object field "
                       "'O'.\"f\" does not provide it"}},
        InterfaceCase{"argument_of_other_type",
                      "interface I { f(a: Int): Int } type O implements I { f(a: String): Int }",
                      {"Interface field argument 'I'.\"f\"(\"a\":) expects type Int, but Object "
                       "field 'O'.\"f\"(\"a\":) is of type String"}},
        InterfaceCase{
            "more_required_arguments",
            "interface I { f: Int } type O implements I { f(b: Int!): Int }",
            {"Object field argument 'O'.\"f\"(\"b\":) is of required type Int!, but is not "
             "provided by Interface field 'I'.\"f\""}},
        InterfaceCase{"interface_of_interface",
                      "interface J { f: Int } interface I implements J { f: Int g: Int } "
                      "type O implements I { f: Int g: Int }",
                      {"Object type 'O' must implement interface 'J' because interface 'I' does"}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace joinery::graphql
