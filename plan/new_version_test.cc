#include "plan/new_version.h"

#include <gtest/gtest.h>

namespace joinery::plan {
namespace {

TEST(NewVersionTest, TakesOverPlansOfRolesThatDidNotChange) {
  const NewVersion version{.schema_version = 2, .previous = 1, .changed_roles = {"a"}};
  EXPECT_TRUE(version.TakesOver(1, "b"));
  EXPECT_FALSE(version.TakesOver(1, "a"));
  EXPECT_FALSE(version.TakesOver(0, "b"));
}

TEST(NewVersionTest, TakesOverNothingOfAnUnknownVersion) {
  EXPECT_FALSE(NewVersion{.schema_version = 2}.TakesOver(0, "b"));
}

TEST(NewVersionTest, TwoStepsAreOne) {
  NewVersion version{.schema_version = 2, .previous = 1, .changed_roles = {"a"}};
  version.Add({.schema_version = 3, .previous = 2, .changed_roles = {"b"}});
  EXPECT_EQ(version.schema_version, 3u);
  EXPECT_TRUE(version.TakesOver(1, "c"));
  EXPECT_FALSE(version.TakesOver(1, "a"));
  EXPECT_FALSE(version.TakesOver(1, "b"));
}

TEST(NewVersionTest, AStepFromAnUnknownVersionHidesThoseBefore) {
  NewVersion version{.schema_version = 2, .previous = 1};
  version.Add({.schema_version = 3});
  EXPECT_EQ(version.schema_version, 3u);
  EXPECT_FALSE(version.TakesOver(1, "c"));
}

// The receiver knows nothing of 2.
TEST(NewVersionTest, AStepAfterAnUnknownOneTakesOverNothing) {
  NewVersion version{.schema_version = 2};
  version.Add({.schema_version = 3, .previous = 2});
  EXPECT_EQ(version.schema_version, 3u);
  EXPECT_EQ(version.previous, 0u);
}

TEST(NewVersionTest, StepsThatDoNotMeetAreNotJoined) {
  NewVersion version{.schema_version = 2, .previous = 1};
  version.Add({.schema_version = 5, .previous = 4});
  EXPECT_FALSE(version.TakesOver(1, "c"));
  EXPECT_TRUE(version.TakesOver(4, "c"));
}

}  // namespace
}  // namespace joinery::plan
