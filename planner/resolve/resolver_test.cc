#include "planner/resolve/resolver.h"

#include <gtest/gtest.h>

#include "graphql/parser.h"
#include "graphql/sdl.h"

namespace joinery::planner {
namespace {

constexpr char kSchema[] = R"(
  type Query { author(limit: Int, where: author_filter, ids: [Int!], kind: Kind): [Author!]!  hero: Being }
  type Author { id: Int! name: String books(n: Int!): [Book!]! }
  type Book { title: String }
  interface Being { name: String }
  type Human implements Being { name: String age: Int }
  type Droid implements Being { name: String model: String }
  input author_filter { id: Int name: String! and: [author_filter!] }
  enum Kind { red purple blue }
)";

RoleSchema Schema() {
  RoleSchema out;
  out.role = "admin";
  out.schema = graphql::BuildSchema(kSchema).schema;
  return out;
}

IssueOr<ResolvedOperation> ResolveText(std::string_view query, std::string_view variables = "{}",
                                       std::string_view name = "") {
  const graphql::ParseResult parsed = graphql::ParseDocument(query);
  EXPECT_TRUE(parsed.ok()) << parsed.error.message;
  static const RoleSchema schema = Schema();
  return Resolve(schema, parsed.document, name, *json::Parse(variables));
}

struct Failing {
  const char* name;
  const char* query;
  const char* variables;
  const char* path;
  const char* message;
};

class ResolverFailingTest : public testing::TestWithParam<Failing> {};

TEST_P(ResolverFailingTest, TellsCodePathAndMessage) {
  const auto resolved = ResolveText(GetParam().query, GetParam().variables);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.issue().path, GetParam().path);
  EXPECT_EQ(resolved.issue().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Operations, ResolverFailingTest,
    testing::Values(
        Failing{"unknown_field", "{ author { nam } }", "{}",
                "$.selectionSet.author.selectionSet.nam",
                "field \"nam\" not found in type: 'Author'"},
        Failing{"unknown_root_field_below_an_alias", "{ a: writer { name } }", "{}",
                "$.selectionSet.writer", "field \"writer\" not found in type: 'Query'"},
        Failing{"unknown_argument", "{ author(foo: 1) { id } }", "{}", "$.selectionSet.author",
                "\"author\" has no argument named \"foo\""},
        Failing{"missing_argument", "{ author { books { title } } }", "{}",
                "$.selectionSet.author.selectionSet.books.args.n", "missing required field \"n\""},
        Failing{"unknown_input_field", "{ author(where: {name: \"a\", x: 1}) { id } }", "{}",
                "$.selectionSet.author.args.where.x",
                "field \"x\" not found in type: 'author_filter'"},
        Failing{"missing_input_field", "{ author(where: {id: 1}) { id } }", "{}",
                "$.selectionSet.author.args.where.name", "missing required field \"name\""},
        Failing{"wrong_kind_in_a_variable", "query($w: author_filter) { author(where: $w) { id } }",
                R"({"w": {"name": "a", "and": [{"name": 1}]}})",
                "$.selectionSet.author.args.where.and[0].name",
                "expected a string for type \"String\", but found a number"},
        Failing{"unknown_enum_value", "{ author(kind: green) { id } }", "{}",
                "$.selectionSet.author.args.kind",
                "expected one of the values red, purple, or blue for type \"Kind\", but found "
                "\"green\""},
        Failing{"string_for_enum", "{ author(kind: \"red\") { id } }", "{}",
                "$.selectionSet.author.args.kind",
                "expected an enum value for type \"Kind\", but found a string"},
        Failing{"variable_of_another_type", "query($n: Float) { author(limit: $n) { id } }",
                R"({"n": 1})", "$.selectionSet.author.args.limit",
                "variable \"n\" is declared as Float, but used where Int is expected"},
        Failing{"unbound_variable", "{ author(limit: $n) { id } }", "{}", "$",
                "unbound variable \"n\""},
        Failing{"missing_value", "query($n: Int!) { author(limit: $n) { id } }", "{}", "$",
                "expecting a value for non-nullable variable: \"n\""},
        Failing{"value_for_nothing", "{ author { id } }", R"({"n": 1})", "$",
                "unexpected variables in variableValues: n"},
        Failing{"no_subselection", "{ author }", "{}", "$.selectionSet.author.selectionSet",
                "missing selection set for \"Author\""},
        Failing{"subselection_of_a_scalar", "{ author { id { x } } }", "{}",
                "$.selectionSet.author.selectionSet.id",
                "unexpected subselection set for non-object field"},
        Failing{"conflicting_names", "{ author { a: id a: name } }", "{}",
                "$.selectionSet.author.selectionSet",
                "selection of both id and name specify the same response name, \"a\""},
        Failing{"conflicting_arguments", "{ author(limit: 1) { id } author(limit: 2) { id } }",
                "{}", "$.selectionSet",
                "inconsistent arguments between multiple selections of field \"author\""},
        Failing{"undefined_fragment", "{ author { ...f } }", "{}",
                "$.selectionSet.author.selectionSet", "reference to undefined fragment \"f\""},
        Failing{"fragment_cycle",
                "{ author { ...a } } fragment a on Author { ...b } fragment b on Author { ...a }",
                "{}", "$.selectionSet.author.selectionSet.a.selectionSet.b.selectionSet",
                "the fragment definition(s) a and b form a cycle"},
        Failing{"no_mutations", "mutation { author { id } }", "{}", "$", "no mutations exist"},
        Failing{"object_field_on_an_interface", "{ hero { age } }", "{}",
                "$.selectionSet.hero.selectionSet.age",
                "field \"age\" not found in type: 'Being'"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ResolverTest, MergesFragmentsInTheOrderWritten) {
  const auto resolved = ResolveText(
      "{ author { ...f id } author { name } } fragment f on Author { name ... on Book { title } }");
  ASSERT_TRUE(resolved.ok()) << resolved.issue().message;
  ASSERT_EQ(resolved->fields.size(), 1u);
  const auto& fields = resolved->fields[0].selection.fields;
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].response_key, "name");
  EXPECT_EQ(fields[1].response_key, "id");
}

TEST(ResolverTest, TellsFieldsOfAnInterfacePerType) {
  const auto resolved = ResolveText("{ hero { name ... on Droid { model } } }");
  ASSERT_TRUE(resolved.ok());
  const auto& by_type = resolved->fields[0].selection.by_type;
  ASSERT_EQ(by_type.size(), 2u);
  for (const auto& member : by_type) {
    EXPECT_EQ(member.fields.size(), member.type->name == "Droid" ? 2u : 1u);
  }
}

TEST(ResolverTest, SkippedFieldsAreGoneAndDecideThePlan) {
  const auto resolved =
      ResolveText("query($s: Boolean!) { author { id name @skip(if: $s) } }", R"({"s": true})");
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->fields[0].selection.fields.size(), 1u);
  EXPECT_EQ(resolved->variables.at("s"), plan::VariableUse::Mode::kExact);
}

TEST(ResolverTest, ShapeOfAnObjectVariableDecidesThePlan) {
  const auto resolved =
      ResolveText("query($w: author_filter, $n: Int) { author(where: $w, limit: $n) { id } }",
                  R"({"w": {"name": "a"}, "n": 3})");
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->variables.at("w"), plan::VariableUse::Mode::kShape);
  EXPECT_EQ(resolved->variables.at("n"), plan::VariableUse::Mode::kValue);
}

TEST(ResolverTest, RefusesFragmentsThatFanOut) {
  std::string query = "{ author { ...f0 } }";
  for (int i = 0; i < 30; ++i) {
    const std::string next = "f" + std::to_string(i + 1);
    query += "fragment f" + std::to_string(i) + " on Author { ..." + next + " ..." + next + " }";
  }
  query += "fragment f30 on Author { id }";
  const auto resolved = ResolveText(query);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.issue().code, "validation-failed");
}

}  // namespace
}  // namespace joinery::planner
