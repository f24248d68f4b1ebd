#include "graphql/introspection.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "graphql/collect.h"
#include "graphql/introspection_reader.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kSchema = R"("the schema"
schema {
  query: Query
  mutation: Change
}

directive @cached(ttl: Int! = 60) repeatable on QUERY | FIELD

input Box {
  a: [Int!]! = [1]
  old: Int @deprecated(reason: "gone")
}

type Change {
  set(box: Box, also: Color = RED): Int
}

enum Color {
  RED
  GREEN @deprecated
  BLUE
}

scalar Json @specifiedBy(url: "https://example.com")

interface Named {
  name: String
}

"""
A "user"
of it
"""
type User implements Named {
  name: String
  friends: [User!]!
  age: Int @deprecated(reason: "private")
}

type Query {
  who: Who
  json: Json
}

union Who = Change | User
)";

constexpr std::string_view kFullQuery = R"(query IntrospectionQuery {
  __schema {
    description
    queryType { name } mutationType { name } subscriptionType { name }
    types { ...FullType }
    directives { name description isRepeatable locations
      args(includeDeprecated: true) { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL
  fields(includeDeprecated: true) {
    name description args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
})";

// The answer to an operation of introspection fields.
std::string Ask(const Schema& schema, std::string_view text, std::string_view variables = "{}",
                const IntrospectionLimits& limits = {}) {
  const ParseResult parsed = ParseDocument(text);
  if (!parsed.ok()) return parsed.error.message;
  const json::Value values = json::Parse(variables).value();
  FieldCollector collector(*parsed.document, [](std::string_view) { return std::nullopt; });
  std::vector<CollectedField> fields;
  collector.Collect(schema, *schema.query(), parsed.document->operations()[0]->selections, fields);
  std::string out = "{";
  for (const CollectedField& field : fields) {
    StrAppend(out, out.size() > 1 ? ",\"" : "\"", field.response_key, "\":");
    const auto outcome =
        WriteIntrospection(schema, *parsed.document, field.fields, values, out, limits);
    if (outcome == IntrospectionOutcome::kTooLarge) return "too large";
  }
  return out + "}";
}

std::shared_ptr<const Schema> TestSchema() {
  static const auto schema = BuildSchema(kSchema).schema;
  return schema;
}

TEST(IntrospectionTest, AnswersRebuildTheSchema) {
  ASSERT_NE(TestSchema(), nullptr);
  const std::string answer = Ask(*TestSchema(), kFullQuery);
  const auto parsed = json::Parse(answer);
  ASSERT_TRUE(parsed.ok()) << answer;
  const SchemaResult again = ReadIntrospection(parsed.value());
  ASSERT_TRUE(again.ok()) << again.errors[0].message;
  // Answers are sorted by name, and so is everything in the second round.
  EXPECT_EQ(Ask(*again.schema, kFullQuery), answer);
  EXPECT_EQ(again.schema->mutation()->name, "Change");
  const NamedType* user = again.schema->type("User");
  EXPECT_EQ(user->description, "A \"user\"\nof it");
  EXPECT_EQ(user->fields().Find("age")->deprecation.reason, "private");
  EXPECT_EQ(again.schema->type("Box")->AsInputObject()->field("a")->default_text, "[1]");
}

struct AskCase {
  std::string name;
  std::string text;
  std::string answer;
  std::string variables = "{}";
};

class IntrospectionAskTest : public testing::TestWithParam<AskCase> {};

TEST_P(IntrospectionAskTest, Answers) {
  EXPECT_EQ(Ask(*TestSchema(), GetParam().text, GetParam().variables), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Queries, IntrospectionAskTest,
    testing::Values(
        AskCase{"roots",
                "{ __schema { queryType { name } mutationType { name kind } "
                "subscriptionType { name } description } }",
                R"({"__schema":{"queryType":{"name":"Query"},"mutationType":{"name":"Change",)"
                R"("kind":"OBJECT"},"subscriptionType":null,"description":"the schema"}})"},
        AskCase{"fields_are_sorted", "{ __type(name: \"User\") { fields { name } } }",
                R"({"__type":{"fields":[{"name":"friends"},{"name":"name"}]}})"},
        AskCase{"arguments_are_sorted",
                "{ __type(name: \"Change\") { fields { args { name defaultValue } } } }",
                R"({"__type":{"fields":[{"args":[{"name":"also","defaultValue":"RED"},)"
                R"({"name":"box","defaultValue":null}]}]}})"},
        AskCase{"enum_values", "{ __type(name: \"Color\") { enumValues { name } } }",
                R"({"__type":{"enumValues":[{"name":"BLUE"},{"name":"RED"}]}})"},
        AskCase{"deprecated_by_variable",
                "query ($d: Boolean) { __type(name: \"Color\") { enumValues(includeDeprecated: $d) "
                "{ name isDeprecated deprecationReason } } }",
                R"({"__type":{"enumValues":[{"name":"BLUE","isDeprecated":false,)"
                R"("deprecationReason":null},{"name":"GREEN","isDeprecated":true,)"
                R"("deprecationReason":"No longer supported"},{"name":"RED","isDeprecated":false,)"
                R"("deprecationReason":null}]}})",
                R"({"d": true})"},
        AskCase{"deprecated_input_fields",
                "{ __type(name: \"Box\") { inputFields { name } "
                "all: inputFields(includeDeprecated: true) { name deprecationReason } } }",
                R"({"__type":{"inputFields":[{"name":"a"}],"all":[{"name":"a",)"
                R"("deprecationReason":null},{"name":"old","deprecationReason":"gone"}]}})"},
        AskCase{"type_by_variable", "query ($n: String!) { t: __type(name: $n) { kind } }",
                R"({"t":{"kind":"UNION"}})", R"({"n": "Who"})"},
        AskCase{"no_such_type", "{ __type(name: \"Nothing\") { kind } }", R"({"__type":null})"},
        AskCase{
            "wrappers",
            "{ __type(name: \"User\") { fields { type { kind name ofType { kind name ofType { "
            "kind ofType { kind name fields { name } } } } } } } }",
            R"({"__type":{"fields":[{"type":{"kind":"NON_NULL","name":null,"ofType":{)"
            R"("kind":"LIST","name":null,"ofType":{"kind":"NON_NULL","ofType":{)"
            R"("kind":"OBJECT","name":"User","fields":[{"name":"friends"},{"name":"name"}]}}}}})"
            R"(,{"type":{"kind":"SCALAR","name":"String","ofType":null}}]}})"},
        AskCase{"abstract_types",
                "{ a: __type(name: \"Who\") { possibleTypes { name } fields { name } interfaces "
                "{ name } } b: __type(name: \"Named\") { possibleTypes { name } } "
                "c: __type(name: \"User\") { possibleTypes { name } interfaces { name } } }",
                R"({"a":{"possibleTypes":[{"name":"Change"},{"name":"User"}],"fields":null,)"
                R"("interfaces":null},"b":{"possibleTypes":[{"name":"User"}]},)"
                R"("c":{"possibleTypes":null,"interfaces":[{"name":"Named"}]}})"},
        AskCase{"scalars",
                "{ a: __type(name: \"Json\") { specifiedByURL enumValues { name } inputFields { "
                "name } } b: __type(name: \"Int\") { specifiedByURL description } }",
                R"({"a":{"specifiedByURL":"https://example.com","enumValues":null,)"
                R"("inputFields":null},"b":{"specifiedByURL":null,"description":null}})"},
        AskCase{
            "typenames",
            "{ __schema { __typename directives { __typename name isRepeatable locations args "
            "{ __typename name } } } }",
            R"({"__schema":{"__typename":"__Schema","directives":[{"__typename":"__Directive",)"
            R"("name":"cached","isRepeatable":true,"locations":["FIELD","QUERY"],)"
            R"("args":[{"__typename":"__InputValue","name":"ttl"}]},)"
            R"({"__typename":"__Directive","name":"deprecated","isRepeatable":false,)"
            R"("locations":["ARGUMENT_DEFINITION","ENUM_VALUE","FIELD_DEFINITION",)"
            R"("INPUT_FIELD_DEFINITION"],"args":[{"__typename":"__InputValue",)"
            R"("name":"reason"}]},{"__typename":"__Directive","name":"include",)"
            R"("isRepeatable":false,"locations":["FIELD","FRAGMENT_SPREAD","INLINE_FRAGMENT"],)"
            R"("args":[{"__typename":"__InputValue","name":"if"}]},)"
            R"({"__typename":"__Directive","name":"skip","isRepeatable":false,)"
            R"("locations":["FIELD","FRAGMENT_SPREAD","INLINE_FRAGMENT"],)"
            R"("args":[{"__typename":"__InputValue","name":"if"}]},)"
            R"({"__typename":"__Directive","name":"specifiedBy","isRepeatable":false,)"
            R"("locations":["SCALAR"],"args":[{"__typename":"__InputValue","name":"url"}]}]}})"},
        AskCase{"fragments_and_directives",
                "query ($y: Boolean!) { __type(name: \"User\") { ...A ... @skip(if: $y) { kind } } "
                "__type(name: \"User\") { n: name @include(if: $y) ...A } } "
                "fragment A on __Type { d: description ... on __Field { isDeprecated } }",
                R"({"__type":{"d":"A \"user\"\nof it","n":"User"}})", R"({"y": true})"},
        AskCase{"own_types", "{ __type(name: \"__TypeKind\") { kind enumValues { name } } }",
                R"({"__type":{"kind":"ENUM","enumValues":[{"name":"ENUM"},{"name":"INPUT_OBJECT"},)"
                R"({"name":"INTERFACE"},{"name":"LIST"},{"name":"NON_NULL"},{"name":"OBJECT"},)"
                R"({"name":"SCALAR"},{"name":"UNION"}]}})"}),
    [](const auto& info) { return info.param.name; });

TEST(IntrospectionTest, TypesAreSortedAndReachable) {
  EXPECT_EQ(Ask(*TestSchema(), "{ __schema { types { name } } }"),
            R"({"__schema":{"types":[{"name":"Boolean"},{"name":"Box"},{"name":"Change"},)"
            R"({"name":"Color"},{"name":"Int"},{"name":"Json"},{"name":"Named"},{"name":"Query"},)"
            R"({"name":"String"},{"name":"User"},{"name":"Who"},{"name":"__Directive"},)"
            R"({"name":"__DirectiveLocation"},{"name":"__EnumValue"},{"name":"__Field"},)"
            R"({"name":"__InputValue"},{"name":"__Schema"},{"name":"__Type"},)"
            R"({"name":"__TypeKind"}]}})");
}

TEST(IntrospectionTest, AnswersAreLimited) {
  std::string deep = "{ __schema { types { ";
  for (int i = 0; i < 12; ++i) deep += "fields { type { ofType { ofType { ";
  deep += "name";
  for (int i = 0; i < 12; ++i) deep += " } } } }";
  deep += " } } }";
  EXPECT_EQ(Ask(*TestSchema(), deep, "{}", {.max_bytes = 100'000}), "too large");
  EXPECT_EQ(Ask(*TestSchema(),
                "{ __schema { ...F } } fragment F on __Schema { types { ...T } } "
                "fragment T on __Type { ofType { ...T } }"),
            "too large");
  std::string bomb = "{ __schema { types { ...F0 } } }";
  for (int i = 0; i < 60; ++i) {
    StrAppend(bomb, " fragment F", i, " on __Type { a: ofType { ...F", i + 1, " } b: ofType { ...F",
              i + 1, " } }");
  }
  EXPECT_EQ(Ask(*TestSchema(), bomb), "too large");
}

// --- Reading
// ---------------------------------------------------------------------------------------

SchemaResult Read(std::string_view text) { return ReadIntrospection(json::Parse(text).value()); }

TEST(IntrospectionReaderTest, OldServersMayLeaveThingsOut) {
  const SchemaResult result = Read(R"({"data": {"__schema": {
      "queryType": {"name": "Q"}, "mutationType": null,
      "types": [
        {"kind": "OBJECT", "name": "Q", "fields": [
          {"name": "a", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "Int"}}},
          {"name": "b", "args": null, "type": {"kind": "SCALAR", "name": "Date"},
           "isDeprecated": true}]},
        {"kind": "SCALAR", "name": "Date", "specifiedByUrl": "https://example.com"},
        {"kind": "OBJECT", "name": "__Type", "fields": [
          {"name": "x", "type": {"kind": "SCALAR", "name": "NotThere"}}]}]}}})");
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  EXPECT_EQ(TypeRefToString(result.schema->query()->field("a")->type), "Int!");
  EXPECT_TRUE(result.schema->query()->field("b")->deprecation.deprecated);
  EXPECT_EQ(result.schema->type("Date")->AsScalar()->specified_by_url, "https://example.com");
  EXPECT_EQ(result.schema->mutation(), nullptr);
  EXPECT_EQ(result.schema->directives().size(), 0u);
}

struct ReadErrorCase {
  std::string name;
  std::string text;
  std::string message;
  std::string type_name;
};

class IntrospectionReadErrorTest : public testing::TestWithParam<ReadErrorCase> {};

TEST_P(IntrospectionReadErrorTest, NamesThePlace) {
  const SchemaResult result = Read(GetParam().text);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.errors[0].message, GetParam().message);
  EXPECT_EQ(result.errors[0].type_name, GetParam().type_name);
}

INSTANTIATE_TEST_SUITE_P(
    Results, IntrospectionReadErrorTest,
    testing::Values(
        ReadErrorCase{"no_types", R"({"__schema": {"queryType": {"name": "Q"}}})",
                      "__schema: key \"types\" not found", ""},
        ReadErrorCase{"no_query", R"({"types": []})", "__schema: key \"queryType\" not found", ""},
        ReadErrorCase{"unknown_type",
                      R"({"queryType": {"name": "Q"}, "types": [{"kind": "OBJECT", "name": "Q",
                          "fields": [{"name": "a", "type": {"kind": "OBJECT", "name": "T"}}]}]})",
                      "Could not find type with name \"T\"", "Q"},
        ReadErrorCase{"unknown_root", R"({"queryType": {"name": "Q"}, "types": []})",
                      "Could not find type with name \"Q\"", "Q"},
        ReadErrorCase{"field_without_type",
                      R"({"queryType": {"name": "Q"}, "types": [{"kind": "OBJECT", "name": "Q",
                          "fields": [{"name": "a"}]}]})",
                      "__schema.types[0].fields[0].type: key not found", "Q"},
        ReadErrorCase{"list_of_nothing",
                      R"({"queryType": {"name": "Q"}, "types": [{"kind": "OBJECT", "name": "Q",
                          "fields": [{"name": "a", "type": {"kind": "LIST", "ofType": null}}]}]})",
                      "__schema.types[0].fields[0].type.ofType: key not found", "Q"},
        ReadErrorCase{"unknown_kind",
                      R"({"queryType": {"name": "Q"}, "types": [{"kind": "THING", "name": "Q"}]})",
                      "__schema.types[0]: unknown kind of type \"THING\"", "Q"},
        ReadErrorCase{"fields_are_no_list",
                      R"({"queryType": {"name": "Q"},
                          "types": [{"kind": "OBJECT", "name": "Q", "fields": 1}]})",
                      "__schema.types[0].fields: expected a list", "Q"},
        ReadErrorCase{"interface_without_fields",
                      R"({"queryType": {"name": "I"},
                          "types": [{"kind": "INTERFACE", "name": "I", "fields": []}]})",
                      "\"I\" has to be an object type", "I"},
        ReadErrorCase{"unknown_member",
                      R"({"queryType": {"name": "Q"}, "types": [{"kind": "UNION",
                          "name": "CharacterSearchResult", "possibleTypes": [
                            {"kind": "OBJECT", "name": "Unknown0"}]},
                          {"kind": "OBJECT", "name": "Q", "fields": [
                            {"name": "a", "type": {"kind": "SCALAR", "name": "Int"}}]}]})",
                      "Could not find type 'Unknown0', which is defined as a member type of Union "
                      "'CharacterSearchResult'",
                      "CharacterSearchResult"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace joinery::graphql
