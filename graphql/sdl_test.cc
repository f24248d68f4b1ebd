#include "graphql/sdl.h"

#include <gtest/gtest.h>

namespace joinery::graphql {
namespace {

constexpr std::string_view kFull = R"(schema {
  query: query_root
  mutation: M
}

directive @cached(ttl: Int! = 60, refresh: Boolean! = false) repeatable on QUERY | FIELD

enum Color {
  RED
  """
  Not red.
  """
  GREEN @deprecated(reason: "fades")
}

input Filter {
  color: Color = RED
  ids: [ID!]! = []
}

scalar Json @specifiedBy(url: "https://example.com/json")

type M {
  set(filter: Filter!): Int
}

interface Node {
  id: ID!
}

"""
Several
  lines "quoted"
"""
type User implements Node {
  id: ID!
  name(
    """
    How long.
    """
    length: Int = 3
  ): String @deprecated
}

union Who = M | User

type query_root {
  json: Json
  node: Node
  who: [Who!]
}
)";

TEST(SdlTest, PrintsWhatItReads) {
  const SchemaResult result = BuildSchema(kFull);
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  EXPECT_EQ(PrintSchema(*result.schema), kFull);
  EXPECT_EQ(result.schema->type("User")->description, "Several\n  lines \"quoted\"");
  const EnumType& color = *result.schema->type("Color")->AsEnum();
  EXPECT_TRUE(color.value("GREEN")->deprecation.deprecated);
  EXPECT_EQ(color.value("GREEN")->deprecation.reason, "fades");
  EXPECT_FALSE(color.value("RED")->deprecation.deprecated);
  EXPECT_TRUE(result.schema->directive("cached")->repeatable);
  EXPECT_TRUE(result.schema->directive("skip")->MayStandOn(DirectiveLocation::kField));
}

TEST(SdlTest, RootsHaveDefaultNames) {
  const SchemaResult result =
      BuildSchema("type Query { a: Int } type Mutation { b: Int } type Subscription { c: Int }");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.schema->query()->name, "Query");
  EXPECT_EQ(result.schema->mutation()->name, "Mutation");
  EXPECT_EQ(result.schema->subscription()->name, "Subscription");
  const SchemaResult defined =
      BuildSchema("schema { query: Q } type Q { a: Int } type Mutation { b: Int }");
  ASSERT_TRUE(defined.ok());
  EXPECT_EQ(defined.schema->mutation(), nullptr);
}

TEST(SdlTest, ExtensionsAddToTypes) {
  const SchemaResult result = BuildSchema(
      "extend type Query { b: U } type Query { a: E } extend enum E { Y } enum E { X } "
      "union U = Query extend union U = M type M { a: Int } extend schema { mutation: M } "
      "schema { query: Query }");
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  EXPECT_NE(result.schema->query()->field("b"), nullptr);
  EXPECT_NE(result.schema->type("E")->AsEnum()->value("Y"), nullptr);
  EXPECT_EQ(result.schema->type("U")->possible_types().size(), 2u);
  EXPECT_EQ(result.schema->mutation()->name, "M");
}

TEST(SdlTest, UnreachableTypesAreKeptUnlessToldOtherwise) {
  constexpr std::string_view kText = "type Query { a: Int } type Lonely { a: Float }";
  EXPECT_NE(BuildSchema(kText).schema->type("Lonely"), nullptr);
  const SchemaResult pruned = BuildSchema(kText, {.keep_unreachable_types = false});
  EXPECT_EQ(pruned.schema->type("Lonely"), nullptr);
  EXPECT_EQ(pruned.schema->type("Float"), nullptr);
}

struct ErrorCase {
  std::string name;
  std::string text;
  std::string message;
  uint32_t line = 0;
  uint32_t column = 0;
};

class SdlErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(SdlErrorTest, NamesTheFault) {
  const SchemaResult result = BuildSchema(GetParam().text);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.errors[0].message, GetParam().message);
  EXPECT_EQ(result.errors[0].location.line, GetParam().line);
  EXPECT_EQ(result.errors[0].location.column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SdlErrorTest,
    testing::Values(ErrorCase{"syntax", "type Query {", "Expected Name, found <EOF>.", 1, 13},
                    ErrorCase{"no_query", "type T { a: Int }",
                              "query root does not exist in the schema definition"},
                    ErrorCase{"unknown_type", "type Query {\n a: T }",
                              "Could not find type with name \"T\"", 1, 1},
                    ErrorCase{"two_schemas",
                              "schema { query: Q } schema { query: Q } type Q { a: Int }",
                              "multiple schema definitions found", 1, 21},
                    ErrorCase{"duplicate_type", "type Query { a: Int }\ntype Query { a: Int }",
                              "duplicate type names found: \"Query\"", 1, 1},
                    ErrorCase{"extends_nothing", "type Query { a: Int } extend type T { a: Int }",
                              "Could not find type with name \"T\"", 1, 30},
                    ErrorCase{"extends_other_kind",
                              "type Query { a: Int } extend input Query { a: Int }",
                              "type \"Query\" is extended as another kind of type", 1, 30}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace joinery::graphql
