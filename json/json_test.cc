#include <gtest/gtest.h>

#include "json/scan.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::json {
namespace {

class RoundTripTest : public testing::TestWithParam<const char*> {};

TEST_P(RoundTripTest, KeepsTheDocument) {
  const StatusOr<Value> value = Parse(GetParam());
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(ToString(*value), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Documents, RoundTripTest,
                         testing::Values("null", "true", "-1.50e10", "\"a\\\"b\\u0001\"", "[]",
                                         "{}", "[1,[2,{\"b\":null,\"a\":[false]}]]",
                                         "123456789012345678901234567890.5"));

class BadTest : public testing::TestWithParam<const char*> {};

TEST_P(BadTest, IsRefused) { EXPECT_FALSE(Parse(GetParam()).ok()) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Texts, BadTest,
                         testing::Values("", " ", "{", "[1,]", "{\"a\":}", "01", "nul", "[nul]",
                                         "1 2", "{} {}", "[1] 2", "{\"a\" 1}", "\"a", "[01]",
                                         "[1.]", "+1"));

TEST(ParseTest, BoundsDepth) {
  EXPECT_FALSE(Parse(std::string(100, '[') + std::string(100, ']'), 50).ok());
  EXPECT_TRUE(Parse(std::string(40, '[') + std::string(40, ']'), 50).ok());
}

TEST(ParseTest, LastOfEqualNamesWins) {
  EXPECT_EQ(ToString(*Parse(R"({"a":1,"a":2})")), R"({"a":2})");
}

TEST(ValueTest, WholeNumbers) {
  EXPECT_EQ(Parse("1.0")->int64(), 1);
  EXPECT_EQ(Parse("1e3")->int64(), 1000);
  EXPECT_EQ(Parse("1.5")->int64(), std::nullopt);
  EXPECT_EQ(Parse("9223372036854775807")->int64(), INT64_MAX);
}

TEST(WriteTest, CanonicalTextSortsMembers) {
  EXPECT_EQ(ToCanonicalString(*Parse(R"({"b":{"d":1,"c":2},"a":0})")),
            R"({"a":0,"b":{"c":2,"d":1}})");
}

TEST(ScanTest, FindsThePathOfAnOffset) {
  const std::string text = R"({"a":[{"x":"]"},{"b":null}],"c":1})";
  std::string path;
  AppendPath(path, PathAt(text, text.find("null")));
  EXPECT_EQ(path, R"(["a",1,"b"])");
}

TEST(ScanTest, FindsTheEnclosingValue) {
  const std::string text = R"({"a":[{"x":1},{"b":null}],"c":1})";
  const Extent object = Enclosing(text, text.find("null"), 1);
  EXPECT_EQ(text.substr(object.begin, object.end - object.begin), R"({"b":null})");
  const Extent list = Enclosing(text, text.find("null"), 2);
  EXPECT_EQ(text.substr(list.begin, list.end - list.begin), R"([{"x":1},{"b":null}])");
}

TEST(ValueTest, CopiesAreApartOnceOneIsChanged) {
  Value original = *Parse(R"({"a":{"list":[1,{"deep":"x"}],"text":"t"},"b":[]})");
  const Value copy = original;
  EXPECT_TRUE(copy.SharesWith(original));
  original.Find("a")->Find("list")->items()[1].Set("deep", "y");
  EXPECT_EQ(ToString(copy), R"({"a":{"list":[1,{"deep":"x"}],"text":"t"},"b":[]})");
  EXPECT_EQ(ToString(original), R"({"a":{"list":[1,{"deep":"y"}],"text":"t"},"b":[]})");
  EXPECT_FALSE(copy == original);
  // What was not on the way to the change is one still.
  EXPECT_TRUE(
      copy.Find("a")->Find("text")->SharesWith(*std::as_const(original).Find("a")->Find("text")));
  EXPECT_FALSE(copy.Find("a")->SharesWith(*std::as_const(original).Find("a")));
}

TEST(ValueTest, LookingForWhatIsNotThereChangesNothing) {
  Value original = *Parse(R"({"a":1})");
  const Value copy = original;
  EXPECT_EQ(original.Find("b"), nullptr);
  EXPECT_FALSE(original.Remove("b"));
  EXPECT_TRUE(copy.SharesWith(original));
}

TEST(ValueTest, HoldsACopyOfItself) {
  Value value = *Parse(R"({"a":1})");
  value.Set("self", value);
  EXPECT_EQ(ToString(value), R"({"a":1,"self":{"a":1}})");
  Value list = Value::Array({Value(1)});
  list.Append(list);
  EXPECT_EQ(ToString(list), "[1,[1]]");
}

TEST(ScanTest, CountsItems) {
  EXPECT_EQ(CountItems("[]", 0, 9), 0u);
  EXPECT_EQ(CountItems("[ 1, [2, 3],\n{\"a\":\"],\"} ]", 0, 9), 3u);
  EXPECT_EQ(CountItems("x[1,2,3,4]", 1, 2), 2u);
  // A value that is left out below an item does not matter.
  EXPECT_EQ(CountItems("[{\"a\":},{\"a\":,\"b\":1}]", 0, 9), 2u);
}

}  // namespace
}  // namespace joinery::json
