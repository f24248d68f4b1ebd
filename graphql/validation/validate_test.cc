#include "graphql/validation/validate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "graphql/parser.h"
#include "graphql/sdl.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kSchema = R"(
  directive @once on FIELD | QUERY | FRAGMENT_DEFINITION
  directive @many(a: Int) repeatable on FIELD
  directive @var on VARIABLE_DEFINITION
  schema { query: Query subscription: Feed }
  type Query {
    a: Int
    b(x: Int, y: String = "d", z: [Color!]): Int
    need(n: Int!, m: Int! = 1): String
    user(id: ID): User
    node: Node
    who: Who
    find(by: Filter, all: [Filter!], any: Any, f: Float, t: Boolean): [User!]!
    query: Query
  }
  type Feed { tick: Int tock: Int }
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String age: Int friend: User query: Query }
  type Shop implements Node { id: ID! name: String! age: String friend: Shop }
  type Pet { name: String }
  union Who = User | Pet
  enum Color { RED BLUE }
  input Filter { color: Color n: Int! = 3 req: String! list: [Int] sub: Filter }
  scalar Any)";

const Schema& TestSchema() {
  static const SchemaResult result = BuildSchema(kSchema);
  return *result.schema;
}

// Each error as `Rule 1:2,3:4`, so that a case pins rule and places; messages have tests of their
// own.
std::vector<std::string> Check(std::string_view text, const ValidationOptions& options = {}) {
  const ParseResult parsed = ParseDocument(text);
  if (!parsed.ok()) return {parsed.error.message};
  std::vector<std::string> out;
  for (const ValidationError& error : Validate(TestSchema(), *parsed.document, options)) {
    std::string line(RuleName(error.rule));
    char separator = ' ';
    for (const Location& location : error.locations) {
      line += separator + std::to_string(location.line) + ":" + std::to_string(location.column);
      separator = ',';
    }
    out.push_back(line);
  }
  return out;
}

struct RuleCase {
  std::string name;
  std::string text;
  std::vector<std::string> errors = {};
};

class RulesTest : public testing::TestWithParam<RuleCase> {};

TEST_P(RulesTest, FindsExactly) { EXPECT_EQ(Check(GetParam().text), GetParam().errors); }

std::string CaseName(const testing::TestParamInfo<RuleCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Documents, RulesTest,
    testing::Values(
        RuleCase{"valid", "query Q { a } query R { a }"},
        RuleCase{"not_executable",
                 "{ a } type T { a: Int } schema { query: T }",
                 {"ExecutableDefinitions 1:7", "ExecutableDefinitions 1:25"}},
        RuleCase{"same_operation_name",
                 "query Q { a } subscription Q { tick }",
                 {"UniqueOperationNames 1:1,1:15"}},
        RuleCase{"anonymous_not_alone", "{ a } query Q { a }", {"LoneAnonymousOperation 1:1"}},
        RuleCase{"no_root_type", "mutation { a }", {"KnownRootTypes 1:1"}},
        RuleCase{
            "subscription_of_two", "subscription { tick tock }", {"SingleFieldSubscriptions 1:21"}},
        RuleCase{"subscription_of_one_twice",
                 "subscription { tick ...F } fragment F on Feed { tick }"},
        RuleCase{"subscription_of_two_by_fragment",
                 "subscription { tick ...F } fragment F on Feed { x: tick }",
                 {"SingleFieldSubscriptions 1:49"}},
        RuleCase{"subscription_of_meta",
                 "subscription { __typename }",
                 {"SingleFieldSubscriptions 1:16"}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Fields, RulesTest,
    testing::Values(RuleCase{"meta_fields",
                             "{ __typename __schema { types { name } } __type(name: \"x\") { kind "
                             "__typename } who { __typename } }"},
                    RuleCase{"unknown",
                             "{ zzz { b } user { nam } }",
                             {"FieldsOnCorrectType 1:3", "FieldsOnCorrectType 1:20"}},
                    RuleCase{"of_union", "{ who { name } }", {"FieldsOnCorrectType 1:9"}},
                    RuleCase{"of_interface", "{ node { id name } }", {"FieldsOnCorrectType 1:13"}},
                    RuleCase{"schema_below_root",
                             "{ user { __schema { types { name } } } }",
                             {"FieldsOnCorrectType 1:10"}},
                    RuleCase{"unknown_in_fragment",
                             "{ user { ... on User { x } ...F } } fragment F on User { y }",
                             {"FieldsOnCorrectType 1:24", "FieldsOnCorrectType 1:58"}},
                    RuleCase{"leaf_with_selection", "{ a { x } }", {"ScalarLeafs 1:3"}},
                    RuleCase{"object_without_selection",
                             "{ user who }",
                             {"ScalarLeafs 1:3", "ScalarLeafs 1:8"}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Overlaps, RulesTest,
    testing::Values(
        RuleCase{"same_field_twice", "{ a a user { id } user { id name } }"},
        RuleCase{"different_fields", "{ x: a x: b }", {"OverlappingFieldsCanBeMerged 1:3,1:8"}},
        RuleCase{"differing_arguments",
                 "{ b(x: 1) b(x: 2) }",
                 {"OverlappingFieldsCanBeMerged 1:3,1:11"}},
        RuleCase{
            "one_without_arguments", "{ b b(x: 2) }", {"OverlappingFieldsCanBeMerged 1:3,1:5"}},
        RuleCase{"arguments_in_any_order",
                 "{ b(x: 1, y: \"s\") b(y: \"s\", x: 1) "
                 "find(any: {k: 1, l: [2]}) { id } "
                 "find(any: {l: [2], k: 1}) { id } }"},
        RuleCase{"variables_and_values",
                 "query ($v: Int) { b(x: $v) b(x: 1) }",
                 {"OverlappingFieldsCanBeMerged 1:19,1:28"}},
        RuleCase{"below_merged_fields",
                 "{ user { x: id } user { x: name } }",
                 {"OverlappingFieldsCanBeMerged 1:10,1:25"}},
        RuleCase{"in_fragments",
                 "{ ...F ...G } fragment F on Query { x: a } fragment G on Query { x: need(n: 1) }",
                 {"OverlappingFieldsCanBeMerged 1:37,1:66"}},
        RuleCase{"different_objects_may_differ",
                 "{ node { ... on User { x: id } ... on Shop { x: id } ... on User { y: name } "
                 "... on Shop { z: name } } }"},
        RuleCase{"different_objects_differing_fields",
                 "{ node { ... on User { x: name } ... on User { x: name } } who { ... on User { "
                 "n: name } ... on Pet { n: name } } }"},
        RuleCase{"different_objects_same_shape",
                 "{ node { ... on User { x: name } ... on Shop { x: name } } }",
                 {"OverlappingFieldsCanBeMerged 1:24,1:48"}},
        RuleCase{"different_objects_other_scalar",
                 "{ node { ... on User { age } ... on Shop { age } } }",
                 {"OverlappingFieldsCanBeMerged 1:24,1:44"}},
        RuleCase{"different_objects_deep_shape",
                 "{ node { ... on User { friend { x: age } } ... on Shop { friend { x: age } } } }",
                 {"OverlappingFieldsCanBeMerged 1:33,1:67"}},
        RuleCase{"interface_and_object",
                 "{ node { x: id ... on User { x: name } } }",
                 {"OverlappingFieldsCanBeMerged 1:10,1:30"}},
        RuleCase{"list_and_single",
                 "{ x: user { id } x: find { id } }",
                 {"OverlappingFieldsCanBeMerged 1:3,1:18"}},
        RuleCase{"through_a_cycle",
                 "{ user { ...F } } fragment F on User { friend { ...F x: id } x: name }",
                 {"OverlappingFieldsCanBeMerged 1:62,1:54", "NoFragmentCycles 1:49"}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Arguments, RulesTest,
    testing::Values(RuleCase{"unknown",
                             "{ a(x: 1) b(xx: 1) @many(b: 1) }",
                             {"KnownArgumentNames 1:5", "KnownArgumentNames 1:13",
                              "KnownArgumentNames 1:26"}},
                    RuleCase{"twice",
                             "{ b(x: 1, x: 1) @many(a: 1, a: 1) }",
                             {"UniqueArgumentNames 1:5,1:11", "UniqueArgumentNames 1:23,1:29"}},
                    RuleCase{"missing",
                             "{ need a @skip __type { kind } }",
                             {"ProvidedRequiredArguments 1:3", "ProvidedRequiredArguments 1:10",
                              "ProvidedRequiredArguments 1:16"}},
                    RuleCase{"with_default_may_be_missing", "{ need(n: 1) }"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Fragments, RulesTest,
    testing::Values(
        RuleCase{"same_name",
                 "{ ...F } fragment F on Query { a } fragment F on Query { a }",
                 {"UniqueFragmentNames 1:10,1:36"}},
        RuleCase{"unknown_type",
                 "{ ... on Nothing { a } ...F } fragment F on Neither { a }",
                 {"KnownTypeNames 1:10", "KnownTypeNames 1:45"}},
        RuleCase{"on_scalar",
                 "{ ... on Int { a } ...F } fragment F on Filter { a }",
                 {"FragmentsOnCompositeTypes 1:10", "FragmentsOnCompositeTypes 1:41"}},
        RuleCase{"unused",
                 "{ a } fragment F on Query { ...G } fragment G on Query { a }",
                 {"NoUnusedFragments 1:7", "NoUnusedFragments 1:36"}},
        RuleCase{"unknown_spread", "{ ...Nothing }", {"KnownFragmentNames 1:3"}},
        RuleCase{
            "cycle_of_one", "{ ...F } fragment F on Query { ...F }", {"NoFragmentCycles 1:32"}},
        RuleCase{"cycle_of_two",
                 "{ ...F } fragment F on Query { query { ...G } } fragment G on Query { ...F }",
                 {"NoFragmentCycles 1:40"}},
        RuleCase{"no_cycle",
                 "{ ...F ...G } fragment F on Query { ...G } fragment G on Query { a }"},
        RuleCase{"impossible",
                 "{ user { ... on Shop { id } ...P } } fragment P on Pet { name }",
                 {"PossibleFragmentSpreads 1:10", "PossibleFragmentSpreads 1:29"}},
        RuleCase{"possible",
                 "{ user { ... on Node { id } ... on Who { __typename } } "
                 "who { ... on Node { id } ... on User { id } } node { ... on Shop { id } } }"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Values, RulesTest,
    testing::Values(
        RuleCase{"good",
                 "{ b(x: 1, y: \"s\", z: [RED, BLUE]) x: b(x: null, z: RED) "
                 "find(by: {req: \"\", list: [1, null], sub: {req: \"x\"}}, all: {req: \"\"}, "
                 "any: {k: [E, 1]}, f: 1, t: true) { id } user(id: 1) { id } "
                 "y: user(id: \"x\") { id } }"},
        RuleCase{"wrong_scalars",
                 "{ b(x: \"1\", y: 1) x: b(x: 1.0) y: b(x: 2147483648) "
                 "find(f: \"1\", t: 1) { id } user(id: 1.0) { id } }",
                 {"ValuesOfCorrectType 1:8", "ValuesOfCorrectType 1:16", "ValuesOfCorrectType 1:27",
                  "ValuesOfCorrectType 1:40", "ValuesOfCorrectType 1:60",
                  "ValuesOfCorrectType 1:68", "ValuesOfCorrectType 1:87"}},
        RuleCase{"wrong_enums",
                 "{ b(z: [PINK, \"RED\", null]) x: b(z: RE) y: b(z: \"RED\") }",
                 {"ValuesOfCorrectType 1:9", "ValuesOfCorrectType 1:15", "ValuesOfCorrectType 1:22",
                  "ValuesOfCorrectType 1:37", "ValuesOfCorrectType 1:49"}},
        RuleCase{"null_for_non_null", "{ need(n: null) }", {"ValuesOfCorrectType 1:11"}},
        RuleCase{"list_for_single",
                 "{ b(x: [1]) find(by: []) { id } }",
                 {"ValuesOfCorrectType 1:8", "ValuesOfCorrectType 1:22"}},
        RuleCase{
            "objects",
            "{ find(by: {req: 1, nope: 1, req: \"\"}, all: [{}, 1]) { id } }",
            {"ValuesOfCorrectType 1:18", "ValuesOfCorrectType 1:50", "KnownInputFieldNames 1:21",
             "UniqueInputFieldNames 1:13,1:30", "ProvidedRequiredInputFields 1:46"}},
        RuleCase{"in_defaults",
                 "query ($a: Int = \"x\", $f: Filter = {}) { b(x: $a) find(by: $f) { id } }",
                 {"ValuesOfCorrectType 1:18", "ProvidedRequiredInputFields 1:36"}},
        RuleCase{"in_directives",
                 "{ a @many(a: \"x\") b @skip(if: 1) }",
                 {"ValuesOfCorrectType 1:14", "ValuesOfCorrectType 1:31"}},
        RuleCase{"twice_in_custom_scalar",
                 "{ find(any: {a: 1, a: 2}) { id } }",
                 {"UniqueInputFieldNames 1:14,1:20"}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Directives, RulesTest,
    testing::Values(
        RuleCase{"good",
                 "query ($v: Int @var) @once { a @once @many @many(a: 1) b(x: $v) @skip(if: "
                 "true) ...F @include(if: false) ... @skip(if: true) { a } } "
                 "fragment F on Query @once { a }"},
        RuleCase{"unknown",
                 "{ a @nope ... @nope2 { a } }",
                 {"KnownDirectives 1:5", "KnownDirectives 1:15"}},
        RuleCase{"misplaced",
                 "query @skip(if: true) { ... @once { a } a @var @deprecated }",
                 {"DirectivesInValidLocations 1:7", "DirectivesInValidLocations 1:29",
                  "DirectivesInValidLocations 1:43", "DirectivesInValidLocations 1:48"}},
        RuleCase{"twice", "{ a @once @once }", {"UniqueDirectivesPerLocation 1:5,1:11"}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Variables, RulesTest,
    testing::Values(
        RuleCase{
            "good",
            "query ($i: Int!, $l: [Color!]!, $d: Int = 1, $o: Int, $c: Color!) { b(x: $i, z: $l) "
            "...F x: need(n: $d) y: need(n: 1, m: $o) z: b(z: [$c]) } "
            "fragment F on Query { q: b(x: $o) }"},
        RuleCase{
            "twice", "query ($a: Int, $a: Int) { b(x: $a) }", {"UniqueVariableNames 1:8,1:17"}},
        RuleCase{"no_input_type",
                 "query ($a: User, $b: [Nope!]) { b(x: $a, y: $b) }",
                 {"VariablesAreInputTypes 1:12", "VariablesAreInputTypes 1:22",
                  "VariablesInAllowedPosition 1:38,1:8"}},
        RuleCase{"undefined",
                 "query Q { b(x: $a) ...F } fragment F on Query { query { b(x: $b) } }",
                 {"NoUndefinedVariables 1:16,1:1", "NoUndefinedVariables 1:62,1:1"}},
        RuleCase{"undefined_in_one_operation",
                 "query Q($a: Int) { ...F } query R { ...F } fragment F on Query { b(x: $a) }",
                 {"NoUndefinedVariables 1:71,1:27"}},
        RuleCase{"unused", "query ($a: Int) { a }", {"NoUnusedVariables 1:8"}},
        RuleCase{"used_in_directive", "query ($a: Boolean!) { a @skip(if: $a) }"},
        RuleCase{"used_in_object",
                 "query ($a: Int! $s: String!) { find(by: {n: $a, req: $s}) { id } }"},
        RuleCase{"misfit",
                 "query ($i: Int, $s: String, $l: [Color], $n: Int = null) { b(x: $s, z: $l) "
                 "need(n: $i) x: need(n: $n) y: b(z: $s) }",
                 {"VariablesInAllowedPosition 1:65,1:17", "VariablesInAllowedPosition 1:72,1:29",
                  "VariablesInAllowedPosition 1:84,1:8", "VariablesInAllowedPosition 1:99,1:42",
                  "VariablesInAllowedPosition 1:111,1:17"}},
        RuleCase{"single_for_list",
                 "query ($c: Color!) { b(z: $c) }",
                 {"VariablesInAllowedPosition 1:27,1:8"}},
        RuleCase{"misfit_in_object",
                 "query ($i: Int, $s: String) { find(by: {n: $i, req: $s}) { id } }",
                 {"VariablesInAllowedPosition 1:53,1:17"}}),
    CaseName);

struct MessageCase {
  std::string name;
  std::string text;
  std::string message;
};

class MessageTest : public testing::TestWithParam<MessageCase> {};

TEST_P(MessageTest, SaysWhatAndHow) {
  const auto document = ParseDocument(GetParam().text).document;
  ASSERT_NE(document, nullptr);
  const auto errors = Validate(TestSchema(), *document);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, MessageTest,
    testing::Values(
        MessageCase{"field", "{ usr { id } }",
                    "Cannot query field \"usr\" on type \"Query\". Did you mean \"user\"?"},
        MessageCase{"leaf", "{ user }",
                    "Field \"user\" of type \"User\" must have a selection of subfields. Did you "
                    "mean \"user { ... }\"?"},
        MessageCase{"argument", "{ find(byy: null) { id } }",
                    "Unknown argument \"byy\" on field \"Query.find\". Did you mean \"by\"?"},
        MessageCase{"required", "{ need }",
                    "Argument \"n\" of type \"Int!\" is required on field \"Query.need\", but it "
                    "was not provided."},
        MessageCase{"value", "{ b(x: \"one\") }", "Expected value of type \"Int\", found \"one\"."},
        MessageCase{"enum", "{ b(z: RDE) }",
                    "Value \"RDE\" does not exist in \"Color\" enum. Did you mean \"RED\"?"},
        MessageCase{"input_field", "{ find(by: {req: \"\", colour: RED}) { id } }",
                    "Field \"colour\" is not defined by type \"Filter\". Did you mean \"color\"?"},
        MessageCase{"usage", "query ($v: Int) { need(n: $v) }",
                    "Variable \"$v\" of type \"Int\" used in position expecting type \"Int!\"."},
        MessageCase{"undefined", "query Q { b(x: $v) }",
                    "Variable \"$v\" is not defined by operation \"Q\"."},
        MessageCase{"cycle", "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
                    "Cannot spread fragment \"F\" within itself via \"G\"."},
        MessageCase{"overlap", "{ x: a x: b }",
                    "Fields \"x\" conflict because \"a\" and \"b\" are different fields. Use "
                    "different aliases on the fields to fetch both."},
        MessageCase{"directive", "query @skip(if: true) { a }",
                    "Directive \"@skip\" may not be used on QUERY."}),
    [](const auto& info) { return info.param.name; });

TEST(ValidateTest, RulesCanBeSkipped) {
  constexpr std::string_view kText = "{ zzz } fragment F on Query { a }";
  EXPECT_EQ(Check(kText).size(), 2u);
  EXPECT_EQ(Check(kText, {.skip = ValidationOptions::Bit(Rule::kUnusedFragments)}),
            (std::vector<std::string>{"FieldsOnCorrectType 1:3"}));
}

TEST(ValidateTest, ErrorsAreLimited) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += " z" + std::to_string(i);
  EXPECT_EQ(Check(text + "}").size(), 100u);
}

// Documents made to be slow. The bound is generous: quadratic work would take minutes.
struct HostileCase {
  std::string name;
  std::string text;
};

class HostileTest : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileTest, IsAnsweredSoon) {
  const ParseResult parsed = ParseDocument(GetParam().text);
  ASSERT_TRUE(parsed.ok()) << parsed.error.message;
  const auto start = std::chrono::steady_clock::now();
  Validate(TestSchema(), *parsed.document);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

std::string Repeat(int times, const std::function<std::string(int)>& each) {
  std::string out;
  for (int i = 0; i < times; ++i) out += each(i);
  return out;
}

std::string Number(int i) { return std::to_string(i); }

INSTANTIATE_TEST_SUITE_P(
    Texts, HostileTest,
    testing::Values(
        HostileCase{"one_field_often", "{" + Repeat(60'000, [](int) { return " a"; }) + "}"},
        HostileCase{
            "nested_field_often",
            "{" + Repeat(20'000, [](int) { return std::string(" query{query{a}}"); }) + "}"},
        HostileCase{"fragment_chain", "{ ...F0 } " +
                                          Repeat(9'000,
                                                 [](int i) {
                                                   return "fragment F" + Number(i) +
                                                          " on Query { ...F" + Number(i + 1) +
                                                          " } ";
                                                 }) +
                                          "fragment F9000 on Query { a }"},
        HostileCase{"fragment_tree", "{ ...F0 } " +
                                         Repeat(200,
                                                [](int i) {
                                                  return "fragment F" + Number(i) +
                                                         " on Query { x: query { ...F" +
                                                         Number(i + 1) + " } y: query { ...F" +
                                                         Number(i + 1) + " } } ";
                                                }) +
                                         "fragment F200 on Query { a }"},
        HostileCase{"subset_construction",
                    "{ query { ...G } } fragment G on Query { x: query { ...G0 ...G1 } y: query { "
                    "...G1 } } " +
                        Repeat(60,
                               [](int i) {
                                 const std::string a = Number(i + 1);
                                 const std::string b = Number(i + 2 > 60 ? 0 : i + 2);
                                 return "fragment G" + Number(i) + " on Query { x: query { ...G" +
                                        a + " ...G" + b + " } y: query { ...G" + a + " } } ";
                               }) +
                        "fragment G60 on Query { a }"},
        HostileCase{"many_operations_and_fragments",
                    Repeat(4'000, [](int i) { return "query Q" + Number(i) + " { ...F0 } "; }) +
                        Repeat(4'000,
                               [](int i) {
                                 return "fragment F" + Number(i) + " on Query { b(x: $v) ...F" +
                                        Number(i + 1) + " } ";
                               }) +
                        "fragment F4000 on Query { a }"},
        HostileCase{"many_arguments", "{ b(" + Repeat(50'000, [](int) { return "x: 1 "; }) + ") }"},
        HostileCase{"large_object",
                    "{ find(any: {" +
                        Repeat(40'000, [](int i) { return "k" + Number(i) + ": 1 "; }) +
                        "}) { id } }"},
        HostileCase{"many_variables",
                    "query (" + Repeat(5'000, [](int i) { return "$v" + Number(i) + ": Int "; }) +
                        ") { find(any: [" +
                        Repeat(60'000, [](int i) { return "$v" + Number(i % 5'000) + " "; }) +
                        "]) { id } }"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace joinery::graphql
