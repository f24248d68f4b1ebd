#include "graphql/limits.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "base/strings.h"
#include "graphql/parser.h"

namespace joinery::graphql {
namespace {

OperationCost Measure(std::string_view text) {
  const auto document = ParseDocument(text).document;
  return MeasureOperation(*document, *document->operations()[0]);
}

TEST(LimitsTest, CountsPerUseOfAFragment) {
  const OperationCost cost = Measure(
      "query ($v: Int @d) @live { a x: b { ...F } c @skip(if: true) { ...F @include(if: true) } "
      "...R } fragment F on T { y: z { w } } fragment R on Query @d { q }");
  EXPECT_EQ(cost.depth, 3u);
  EXPECT_EQ(cost.fields, 8u);
  EXPECT_EQ(cost.aliases, 3u);
  EXPECT_EQ(cost.root_fields, 4u);
  EXPECT_EQ(cost.directives, 5u);
}

TEST(LimitsTest, FragmentBombsAreCountedNotExpanded) {
  std::string text = "{ ...F0 }";
  for (int i = 0; i < 100; ++i) {
    StrAppend(text, " fragment F", i, " on T { a { ...F", i + 1, " } b { ...F", i + 1, " } }");
  }
  text += " fragment F100 on T { a }";
  const OperationCost cost = Measure(text);
  EXPECT_EQ(cost.fields, SIZE_MAX);
  EXPECT_EQ(cost.depth, 101u);
}

TEST(LimitsTest, CyclesAndEndlessChainsAreUnlimited) {
  EXPECT_EQ(Measure("{ ...F } fragment F on T { a { ...F } }").depth, SIZE_MAX);
  std::string text = "{ ...F0 }";
  for (int i = 0; i < 9'000; ++i) StrAppend(text, " fragment F", i, " on T { ...F", i + 1, " }");
  EXPECT_EQ(Measure(text).depth, SIZE_MAX);
}

TEST(LimitsTest, NamesTheFirstLimitThatIsBroken) {
  const OperationCost cost{
      .depth = 3, .fields = 9, .aliases = 4, .root_fields = 2, .directives = 1};
  EXPECT_FALSE(CheckLimits(cost, {}).has_value());
  EXPECT_FALSE(CheckLimits(cost, {.max_depth = 3, .max_aliases = 4}).has_value());
  const auto aliases = CheckLimits(cost, {.max_aliases = 3, .max_root_fields = 1});
  ASSERT_TRUE(aliases.has_value());
  EXPECT_EQ(aliases->what, "aliases");
  EXPECT_EQ(aliases->limit, 3u);
  EXPECT_EQ(aliases->actual, 4u);
  EXPECT_EQ(CheckLimits(cost, {.max_depth = 2})->what, "depth");
  EXPECT_EQ(CheckLimits(cost, {.max_root_fields = 1})->what, "root fields");
  const OperationCost more{.directives = 3};
  EXPECT_EQ(CheckLimits(more, {.max_directives = 2})->what, "directives");
}

}  // namespace
}  // namespace joinery::graphql
