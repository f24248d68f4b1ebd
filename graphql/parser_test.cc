#include "graphql/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "graphql/printer.h"

namespace joinery::graphql {
namespace {

struct PrintCase {
  std::string name;
  std::string text;
  std::string compact;
  std::string pretty;
};

class ParsePrintTest : public testing::TestWithParam<PrintCase> {};

TEST_P(ParsePrintTest, PrintsWhatWasParsed) {
  const ParseResult parsed = ParseDocument(GetParam().text);
  ASSERT_TRUE(parsed.ok()) << parsed.error.message;
  EXPECT_EQ(ToString(*parsed.document, PrintStyle::kCompact), GetParam().compact);
  EXPECT_EQ(ToString(*parsed.document, PrintStyle::kPretty), GetParam().pretty);
  for (const std::string& printed : {GetParam().compact, GetParam().pretty}) {
    const ParseResult again = ParseDocument(printed);
    ASSERT_TRUE(again.ok()) << again.error.message << "\n" << printed;
    EXPECT_EQ(ToString(*again.document, PrintStyle::kCompact), GetParam().compact);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Documents, ParsePrintTest,
    testing::Values(
        PrintCase{"shorthand", "\xEF\xBB\xBF{ a, b: c }", "{a b:c}", "{\n  a\n  b: c\n}\n"},
        PrintCase{"operation",
                  "query Q($a: [Int!]! = [1, 2] @d, $b: T) @live { f(x: $a, y: {k: E, l: null}) }",
                  "query Q($a:[Int!]!=[1,2]@d,$b:T)@live{f(x:$a,y:{k:E,l:null})}",
                  "query Q($a: [Int!]! = [1, 2] @d, $b: T) @live {\n"
                  "  f(x: $a, y: {k: E, l: null})\n}\n"},
        PrintCase{"anonymous_with_variables", "query($a: Int) { a }", "query($a:Int){a}",
                  "query ($a: Int) {\n  a\n}\n"},
        PrintCase{"fragments",
                  "mutation { ...F @skip(if: true) ... on T { a } ... @include(if: $v) { b } }\n"
                  "fragment F on T { c }",
                  "mutation{...F@skip(if:true)...on T{a}...@include(if:$v){b}}fragment F on T{c}",
                  "mutation {\n  ...F @skip(if: true)\n  ... on T {\n    a\n  }\n"
                  "  ... @include(if: $v) {\n    b\n  }\n}\n\nfragment F on T {\n  c\n}\n"},
        PrintCase{"keywords_as_names", "{ on fragment(query: true) type: null }",
                  "{on fragment(query:true)type:null}",
                  "{\n  on\n  fragment(query: true)\n  type: null\n}\n"},
        PrintCase{"strings", R"({ a(s: "q\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u{1F600}") })",
                  "{a(s:\"q\\\"\\\\/\\b\\f\\n\\r\\té😀😀\")}",
                  "{\n  a(s: \"q\\\"\\\\/\\b\\f\\n\\r\\té😀😀\")\n}\n"},
        PrintCase{"block_string", "{ a(s: \"\"\"\n    one\n      two \\\"\"\"\n  \n  \"\"\") }",
                  "{a(s:\"one\\n  two \\\"\\\"\\\"\")}",
                  "{\n  a(s: \"\"\"\n  one\n    two \\\"\"\"\n  \"\"\")\n}\n"},
        PrintCase{"numbers", "{ a(i: -0, j: 12, f: 1.50, e: 1e9, g: -2.0E-3) }",
                  "{a(i:-0,j:12,f:1.50,e:1e9,g:-2.0E-3)}",
                  "{\n  a(i: -0, j: 12, f: 1.50, e: 1e9, g: -2.0E-3)\n}\n"},
        PrintCase{"schema", "\"d\" schema @s { query: Q mutation: M } extend schema @x",
                  "\"d\" schema@s{query:Q mutation:M}extend schema@x",
                  "\"\"\"\nd\n\"\"\"\nschema @s {\n  query: Q\n  mutation: M\n}\n\n"
                  "extend schema @x\n"},
        PrintCase{"types",
                  "scalar S @specifiedBy(url: \"u\") "
                  "type T implements & I & J { \"d\" f(a: Int = 1 \"e\" b: S): [T!]! @deprecated } "
                  "interface I implements J { f: Int } union U = | T | V enum E { A B @d } "
                  "input N { a: Int = 1 b: String = \"\" \"c\" d: ID } extend union U = W",
                  "scalar S@specifiedBy(url:\"u\")"
                  "type T implements I&J{\"d\" f(a:Int=1,\"e\" b:S):[T!]!@deprecated}"
                  "interface I implements J{f:Int}union U=T|V enum E{A B@d}"
                  "input N{a:Int=1 b:String=\"\" \"c\" d:ID}extend union U=W",
                  "scalar S @specifiedBy(url: \"u\")\n\n"
                  "type T implements I & J {\n  \"\"\"\n  d\n  \"\"\"\n  f(\n    a: Int = 1\n"
                  "    \"\"\"\n    e\n    \"\"\"\n    b: S\n  ): [T!]! @deprecated\n}\n\n"
                  "interface I implements J {\n  f: Int\n}\n\nunion U = T | V\n\n"
                  "enum E {\n  A\n  B @d\n}\n\n"
                  "input N {\n  a: Int = 1\n  b: String = \"\"\n  \"\"\"\n  c\n  \"\"\"\n  d: ID\n"
                  "}\n\nextend union U = W\n"},
        PrintCase{"directive", "directive @d(a: Int = 1) repeatable on | FIELD | QUERY",
                  "directive @d(a:Int=1) repeatable on FIELD|QUERY",
                  "directive @d(a: Int = 1) repeatable on FIELD | QUERY\n"}),
    [](const auto& info) { return info.param.name; });

struct ErrorCase {
  std::string name;
  std::string text;
  std::string message;
  uint32_t line = 1;
  uint32_t column = 1;
};

class SyntaxErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(SyntaxErrorTest, NamesWhatWasFoundAndWhere) {
  const ParseResult parsed = ParseDocument(GetParam().text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error.message, GetParam().message);
  EXPECT_EQ(parsed.error.location.line, GetParam().line);
  EXPECT_EQ(parsed.error.location.column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SyntaxErrorTest,
    testing::Values(
        ErrorCase{"empty", "", "Unexpected <EOF>."},
        ErrorCase{"only_comment", "# nothing\n", "Unexpected <EOF>.", 2, 1},
        ErrorCase{"empty_selections", "{ }", "Expected Name, found \"}\".", 1, 3},
        ErrorCase{"unclosed", "{ a", "Expected Name, found <EOF>.", 1, 4},
        ErrorCase{"empty_arguments", "{ a() }", "Expected Name, found \")\".", 1, 5},
        ErrorCase{"second_line", "{\r\n  a(b:)\n}", "Unexpected \")\".", 2, 7},
        ErrorCase{"columns_count_characters", "{ a(b: \"é😀\" ?) }", "Unexpected character: \"?\".",
                  1, 13},
        ErrorCase{"fragment_named_on", "fragment on on T { a }", "Unexpected Name \"on\".", 1, 10},
        ErrorCase{"variable_in_default", "query ($a: Int = $b) { a }",
                  "Unexpected variable \"$b\" in constant value.", 1, 18},
        ErrorCase{"unknown_definition", "notAnOperation { a }",
                  "Unexpected Name \"notAnOperation\"."},
        ErrorCase{"dots", "{ ..a }", "Unexpected character: \".\".", 1, 3},
        ErrorCase{"unterminated_string", "{ a(b: \"x\n\") }", "Unterminated string.", 1, 10},
        ErrorCase{"unterminated_block", "{ a(b: \"\"\"x) }", "Unterminated string.", 1, 15},
        ErrorCase{"bad_escape", "{ a(b: \"\\x\") }",
                  "Invalid character escape sequence within String.", 1, 9},
        ErrorCase{"lone_surrogate", "{ a(b: \"\\uD800x\") }",
                  "Invalid Unicode escape sequence within String.", 1, 9},
        ErrorCase{"short_unicode", "{ a(b: \"\\u12\") }",
                  "Invalid Unicode escape sequence within String.", 1, 9},
        ErrorCase{"bad_utf8", "{ a(b: \"\xC0\xAF\") }", "Invalid UTF-8 within String.", 1, 9},
        ErrorCase{"control_character", "{ a \x01 }", "Unexpected character: byte 0x01.", 1, 5},
        ErrorCase{"leading_zero", "{ a(b: 01) }",
                  "Invalid number, unexpected digit after 0: \"1\".", 1, 9},
        ErrorCase{"number_then_name", "{ a(b: 1x) }",
                  "Invalid number, expected digit but got: \"x\".", 1, 9},
        ErrorCase{"no_digit_after_point", "{ a(b: 1.) }",
                  "Invalid number, expected digit but got: \")\".", 1, 10},
        ErrorCase{"minus_alone", "{ a(b: -) }", "Invalid number, expected digit but got: \")\".", 1,
                  9},
        ErrorCase{"described_operation", "\"d\" { a }", "Unexpected \"{\".", 1, 5},
        ErrorCase{"described_extension", "\"d\" extend type T { a: Int }",
                  "Unexpected Name \"extend\".", 1, 5},
        ErrorCase{"empty_extension", "extend type T", "Unexpected <EOF>.", 1, 14},
        ErrorCase{"reserved_enum_value", "enum E { true }",
                  "Name \"true\" is reserved and cannot be used for an enum value.", 1, 10},
        ErrorCase{"unknown_directive_location", "directive @d on FIELD | NOWHERE",
                  "Unexpected Name \"NOWHERE\".", 1, 25},
        ErrorCase{"implements_on_union", "union U implements I = T",
                  "Unexpected Name \"implements\"."}),
    [](const auto& info) { return info.param.name; });

TEST(ParserTest, LimitsDepth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '{').insert(0, "query ") + "a" + std::string(depth, '}');
  };
  std::string selections;
  for (int i = 0; i < 200; ++i) selections += "{a";
  const std::string closing(200, '}');
  EXPECT_TRUE(ParseDocument(selections + closing).ok());
  const ParseResult deeper = ParseDocument("{a" + selections + closing + "}");
  ASSERT_FALSE(deeper.ok());
  EXPECT_EQ(deeper.error.message, "Document is nested deeper than 200 levels.");
  EXPECT_FALSE(ParseDocument("{a(b:" + std::string(100'000, '[')).ok());
  EXPECT_FALSE(ParseDocument("query ($a:" + std::string(100'000, '[')).ok());
  EXPECT_FALSE(ParseDocument(nested(100'000)).ok());
}

TEST(ParserTest, LimitsTokensAndBytes) {
  EXPECT_TRUE(ParseDocument("{a b c}", {.max_tokens = 6}).ok());  // The end is one.
  const ParseResult tokens = ParseDocument("{a b c}", {.max_tokens = 5});
  ASSERT_FALSE(tokens.ok());
  EXPECT_EQ(tokens.error.message, "Document contains more than 5 tokens.");
  const ParseResult bytes = ParseDocument("{a b c}", {.max_bytes = 6});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error.message, "Document is larger than 6 bytes.");
}

TEST(ParserTest, LimitsDefinitionsAndVariables) {
  EXPECT_TRUE(ParseDocument("{a} query Q {a}", {.max_definitions = 2}).ok());
  const ParseResult definitions =
      ParseDocument("{a} query Q {a} query R {a}", {.max_definitions = 2});
  ASSERT_FALSE(definitions.ok());
  EXPECT_EQ(definitions.error.message, "Document contains more than 2 definitions.");
  EXPECT_TRUE(ParseDocument("query ($a: T $b: T) {a}", {.max_variables = 2}).ok());
  const ParseResult variables = ParseDocument("query ($a: T $b: T) {a}", {.max_variables = 1});
  ASSERT_FALSE(variables.ok());
  EXPECT_EQ(variables.error.message, "Operation declares more than 1 variables.");
}

TEST(ParserTest, TypeSystemRefusesOperations) {
  EXPECT_TRUE(ParseTypeSystem("type T { a: Int }").ok());
  EXPECT_FALSE(ParseTypeSystem("type T { a: Int } { a }").ok());
  EXPECT_FALSE(ParseTypeSystem("type T { a: Int } fragment F on T { a }").ok());
}

TEST(ParserTest, DocumentOutlivesTheText) {
  ParseResult parsed;
  {
    std::string text = "query Q { a } fragment F on T { b }";
    parsed = ParseDocument(text);
    text.assign(text.size(), '#');
  }
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.document->operation("Q")->name, "Q");
  EXPECT_EQ(parsed.document->fragment("F")->type_condition, "T");
  EXPECT_EQ(parsed.document->fragment("G"), nullptr);
}

TEST(ParserTest, FindsTheOperationToRun) {
  const auto one = ParseDocument("query Q { a }").document;
  EXPECT_EQ(one->operation(""), one->operation("Q"));
  const auto two = ParseDocument("query Q { a } mutation M { a }").document;
  EXPECT_EQ(two->operation(""), nullptr);
  EXPECT_EQ(two->operation("M")->kind, ast::OperationKind::kMutation);
  EXPECT_EQ(two->operation("X"), nullptr);
}

TEST(ParserTest, FindsFragmentsInLargeDocuments) {
  std::string text = "{ a }";
  for (int i = 0; i < 500; ++i) text += " fragment F" + std::to_string(i) + " on T { a }";
  const auto document = ParseDocument(text).document;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "F" + std::to_string(i);
    ASSERT_NE(document->fragment(name), nullptr);
    EXPECT_EQ(document->fragment(name)->name, name);
  }
}

TEST(ParserTest, NodesKnowTheirPlace) {
  const auto document = ParseDocument("{\n  a: b(c: 1)\n}").document;
  const ast::Field& field = *document->operations()[0]->selections[0].field();
  EXPECT_EQ(field.response_key(), "a");
  EXPECT_EQ(field.location, (Location{4, 2, 3}));
  EXPECT_EQ(field.arguments[0].location, (Location{9, 2, 8}));
  EXPECT_EQ(field.arguments[0].value.location, (Location{12, 2, 11}));
}

TEST(ParserTest, ParsesValuesAndTypesAlone) {
  Arena arena;
  EXPECT_EQ(ToString(*ParseValue(arena, "[1, {a: $b}]")), "[1, {a: $b}]");
  SyntaxError error;
  EXPECT_EQ(ParseValue(arena, "[$b]", /*allow_variables=*/false, &error), nullptr);
  EXPECT_EQ(error.message, "Unexpected variable \"$b\" in constant value.");
  EXPECT_EQ(ParseValue(arena, "1 2"), nullptr);
  EXPECT_EQ(ToString(*ParseType(arena, "[Int!]!")), "[Int!]!");
  EXPECT_EQ(ParseType(arena, "[Int"), nullptr);
}

TEST(ParserTest, KnowsNames) {
  EXPECT_TRUE(IsName("_a1"));
  for (const char* text : {"", "1a", "a-b", "a b", "é"}) EXPECT_FALSE(IsName(text)) << text;
}

}  // namespace
}  // namespace joinery::graphql
