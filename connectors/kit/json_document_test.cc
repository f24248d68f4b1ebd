#include "connectors/kit/json_document.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace joinery::connectors {
namespace {

struct ValidityCase {
  const char* name;
  std::string text;
  bool valid;
};

class JsonDocumentValidityTest : public testing::TestWithParam<ValidityCase> {};

TEST_P(JsonDocumentValidityTest, ProvesTheWholeText) {
  EXPECT_EQ(JsonDocument::Parse(GetParam().text).ok(), GetParam().valid) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonDocumentValidityTest,
    testing::Values(
        ValidityCase{"empty", "", false}, ValidityCase{"blanks", " \n", false},
        ValidityCase{"null_word", "null", true}, ValidityCase{"blanks_around", " \t{ } \n", true},
        ValidityCase{"number", "-12.5e+3", true}, ValidityCase{"leading_zero", "012", false},
        ValidityCase{"zero", "0", true}, ValidityCase{"minus", "-", false},
        ValidityCase{"plus", "+1", false}, ValidityCase{"dot_without_digits", "1.", false},
        ValidityCase{"exponent_without_digits", "1e", false},
        ValidityCase{"hexadecimal", "0x10", false}, ValidityCase{"not_a_number", "NaN", false},
        ValidityCase{"wrong_word", "nul", false}, ValidityCase{"long_word", "nullx", false},
        ValidityCase{"two_values", "1 2", false}, ValidityCase{"two_objects", "{}{}", false},
        ValidityCase{"string", "\"a\"", true}, ValidityCase{"empty_string", "\"\"", true},
        ValidityCase{"escapes", R"("\"\\\/\b\f\n\r\t\u00e9")", true},
        ValidityCase{"unknown_escape", R"("\x")", false},
        ValidityCase{"short_unicode_escape", R"("\u12")", false},
        ValidityCase{"wrong_unicode_escape", R"("\u12g4")", false},
        ValidityCase{"unclosed_string", "\"a", false},
        ValidityCase{"escaped_end", "\"a\\\"", false},
        ValidityCase{"newline_in_string", "\"a\nb\"", false},
        ValidityCase{"text_after_string", "\"a\"b", false},
        ValidityCase{"text_before_string", "b\"a\"", false},
        ValidityCase{"not_utf8", "\"\xff\"", false}, ValidityCase{"utf8", "\"\xc3\xa9\"", true},
        ValidityCase{"list", "[1,\"a\",{},[],null,true,false]", true},
        ValidityCase{"trailing_comma", "[1,]", false}, ValidityCase{"leading_comma", "[,1]", false},
        ValidityCase{"missing_comma", "[1 \"a\"]", false},
        ValidityCase{"unclosed_list", "[1", false}, ValidityCase{"wrong_close", "[1}", false},
        ValidityCase{"close_only", "]", false},
        ValidityCase{"object", R"({"a":1,"b":{"c":[]}})", true},
        ValidityCase{"object_trailing_comma", R"({"a":1,})", false},
        ValidityCase{"object_without_value", R"({"a":})", false},
        ValidityCase{"object_without_colon", R"({"a" 1})", false},
        ValidityCase{"object_with_number_name", R"({1:2})", false},
        ValidityCase{"object_in_name", R"({{}:2})", false},
        ValidityCase{"unclosed_object", R"({"a":1)", false},
        ValidityCase{"colon_in_list", R"(["a":1])", false},
        ValidityCase{"control_byte_like_a_comma",
                     "[1\x0c"
                     "2]",
                     false},
        ValidityCase{"control_byte_like_a_colon",
                     "{\"a\"\x1a"
                     "1}",
                     false},
        ValidityCase{"nul_byte", std::string("[1\0]", 4), false},
        ValidityCase{"deep", std::string(500, '[') + std::string(500, ']'), true},
        ValidityCase{"too_deep", std::string(600, '[') + std::string(600, ']'), false}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(JsonDocumentTest, WalksMembersAndItemsInOrder) {
  const auto document = JsonDocument::Parse(
      R"( {"a" : [1 , {"x":[2,3]} ,"s" ] , "b":{} ,"c": -4.50 , "d":"e\"f" } )");
  ASSERT_TRUE(document.ok());
  std::vector<std::string> seen;
  for (auto m = document->FirstMember(JsonDocument::kRoot); m; m = document->NextMember(m)) {
    seen.push_back(std::string(m.name) + "=" + std::string(document->raw(m.value)));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{R"(a=[1 , {"x":[2,3]} ,"s" ])", "b={}", "c=-4.50",
                                            R"(d="e\"f")"}));
  const auto list = document->Find(JsonDocument::kRoot, "a");
  std::vector<std::string> items;
  for (auto i = document->FirstItem(list.value); i != 0; i = document->NextItem(i)) {
    items.emplace_back(document->raw(i));
  }
  EXPECT_EQ(items, (std::vector<std::string>{"1", R"({"x":[2,3]})", "\"s\""}));
  EXPECT_FALSE(document->Find(JsonDocument::kRoot, "missing"));
  EXPECT_FALSE(document->FirstMember(document->Find(JsonDocument::kRoot, "b").value));
}

TEST(JsonDocumentTest, TakesTheLastOfEqualNames) {
  const auto document = JsonDocument::Parse(R"({"a":1,"a":2})");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->raw(document->Find(JsonDocument::kRoot, "a").value), "2");
}

TEST(JsonDocumentTest, StaysTrueWhenMovedAndWhileOthersLive) {
  auto first = JsonDocument::Parse("[1,2]");
  auto second = JsonDocument::Parse("[3,[4]]");
  ASSERT_TRUE(first.ok() && second.ok());
  const JsonDocument moved = *std::move(first);
  EXPECT_EQ(moved.raw(moved.FirstItem(JsonDocument::kRoot)), "1");
  EXPECT_EQ(second->raw(JsonDocument::kRoot), "[3,[4]]");
}

}  // namespace
}  // namespace joinery::connectors
