#include "graphql/collect.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kSchema = R"(
  type Query { a: Int b: Query c: Int node: Node }
  interface Node { id: Int }
  type User implements Node { id: Int }
  union Any = Query | User)";

// Keys, each with the number of merged fields: "a b*2".
std::string Show(const std::vector<CollectedField>& fields) {
  std::vector<std::string> parts;
  for (const CollectedField& field : fields) {
    std::string part(field.response_key);
    if (field.fields.size() > 1) StrAppend(part, '*', field.fields.size());
    parts.push_back(part);
  }
  return Join(parts, " ");
}

struct CollectCase {
  std::string name;
  std::string text;
  std::string keys;
};

class CollectTest : public testing::TestWithParam<CollectCase> {};

TEST_P(CollectTest, MergesInOrder) {
  const auto schema = BuildSchema(kSchema).schema;
  const auto document = ParseDocument(GetParam().text).document;
  ASSERT_NE(document, nullptr);
  FieldCollector collector(*document, [](std::string_view name) -> std::optional<bool> {
    if (name == "yes") return true;
    if (name == "no") return false;
    return std::nullopt;
  });
  std::vector<CollectedField> fields;
  EXPECT_TRUE(
      collector.Collect(*schema, *schema->query(), document->operations()[0]->selections, fields));
  EXPECT_EQ(Show(fields), GetParam().keys);
}

INSTANTIATE_TEST_SUITE_P(
    Selections, CollectTest,
    testing::Values(CollectCase{"plain", "{ c a x: b { a } }", "c a x"},
                    CollectCase{"merged_at_first_place", "{ a c a ... { c d: a } }", "a*2 c*2 d"},
                    CollectCase{"fragment_once_per_set",
                                "{ ...F a ...F } fragment F on Query { c a }", "c a*2"},
                    CollectCase{"unknown_fragment", "{ a ...G }", "a"},
                    CollectCase{"cycle", "{ ...F } fragment F on Query { a ...F }", "a"},
                    CollectCase{"type_conditions",
                                "{ ... on Query { a } ... on User { b: id } ... on Any { c } "
                                "... on Node { d: id } ... on Nothing { e: a } }",
                                "a c"},
                    CollectCase{"skip",
                                "{ a @skip(if: true) b: a @skip(if: false) c @skip(if: $yes) "
                                "d: c @skip(if: $no) e: a @skip(if: $absent) }",
                                "b d e"},
                    CollectCase{"include",
                                "{ a @include(if: true) b: a @include(if: false) "
                                "c @include(if: $yes) d: c @include(if: $no) "
                                "e: a @include(if: $absent) }",
                                "a c"},
                    CollectCase{"both", "{ a @include(if: true) @skip(if: true) }", ""},
                    CollectCase{"on_fragments",
                                "{ ... @skip(if: true) { a } ...F @include(if: false) ...F } "
                                "fragment F on Query { c }",
                                "c"}),
    [](const auto& info) { return info.param.name; });

TEST(FieldCollectorTest, ManyKeysAreMergedAsFewAre) {
  std::string text = "{ ";
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) StrAppend(text, "k", i, ": a ");
  }
  const auto document = ParseDocument(text + "}").document;
  FieldCollector collector(*document, [](std::string_view) { return std::nullopt; });
  std::vector<CollectedField> fields;
  ASSERT_TRUE(collector.Collect(
      document->operations()[0]->selections, [](std::string_view) { return true; }, fields));
  ASSERT_EQ(fields.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(fields[i].response_key, StrCat("k", i));
    EXPECT_EQ(fields[i].fields.size(), 2u);
  }
}

TEST(FieldCollectorTest, MergesSubfieldsOfAllFields) {
  const auto schema = BuildSchema(kSchema).schema;
  const auto document =
      ParseDocument("{ b { a ...F } b { ...F c } } fragment F on Query { d: a }").document;
  FieldCollector collector(*document, [](std::string_view) { return std::nullopt; });
  std::vector<CollectedField> fields;
  ASSERT_TRUE(
      collector.Collect(*schema, *schema->query(), document->operations()[0]->selections, fields));
  ASSERT_EQ(fields.size(), 1u);
  std::vector<CollectedField> below;
  ASSERT_TRUE(collector.CollectSubfields(*schema, *schema->query(), fields[0].fields, below));
  EXPECT_EQ(Show(below), "a d c");
}

TEST(FieldCollectorTest, LimitsTheSumOfItsWork) {
  const auto document = ParseDocument("{ a b c d }").document;
  FieldCollector collector(
      *document, [](std::string_view) { return std::nullopt; }, 6);
  const auto collect = [&] {
    std::vector<CollectedField> fields;
    return collector.Collect(
        document->operations()[0]->selections, [](std::string_view) { return true; }, fields);
  };
  EXPECT_TRUE(collect());
  EXPECT_EQ(collector.selections_left(), 2u);
  EXPECT_FALSE(collect());
}

TEST(FieldCollectorTest, LimitsChainsOfFragments) {
  std::string text = "{ ...F0 }";
  for (int i = 0; i < 9'000; ++i) StrAppend(text, " fragment F", i, " on T { ...F", i + 1, " }");
  const auto document = ParseDocument(text).document;
  ASSERT_NE(document, nullptr);
  FieldCollector collector(*document, [](std::string_view) { return std::nullopt; });
  std::vector<CollectedField> fields;
  EXPECT_FALSE(collector.Collect(
      document->operations()[0]->selections, [](std::string_view) { return true; }, fields));
}

}  // namespace
}  // namespace joinery::graphql
