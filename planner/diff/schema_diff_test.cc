#include "planner/diff/schema_diff.h"

#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"
#include "graphql/sdl.h"

namespace joinery::planner {
namespace {

using Severity = plan::SchemaChange::Severity;

std::vector<std::string> Diff(const std::string& before, const std::string& after) {
  const std::string query = "type Query { ok: Int } ";
  const graphql::SchemaResult a = graphql::BuildSchema(query + before);
  const graphql::SchemaResult b = graphql::BuildSchema(query + after);
  EXPECT_TRUE(a.ok()) << before << a.errors.size();
  EXPECT_TRUE(b.ok()) << after << b.errors.size();
  std::vector<std::string> out;
  for (const plan::SchemaChange& change : CompareSchemas(*a.schema, *b.schema)) {
    const char* severity = change.severity == Severity::kBreaking    ? "breaking "
                           : change.severity == Severity::kDangerous ? "dangerous "
                                                                     : "safe ";
    out.push_back(StrCat(severity, change.kind, " ", change.coordinate));
    EXPECT_FALSE(change.message.empty());
  }
  return out;
}

struct DiffCase {
  const char* before;
  const char* after;
  std::vector<std::string> changes;
};

TEST(SchemaDiffTest, EveryKindOfChange) {
  const DiffCase cases[] = {
      {"type A { x: Int }", "type A { x: Int }", {}},
      // Types.
      {"type A { x: Int }", "", {"breaking TYPE_REMOVED A"}},
      {"", "type A { x: Int }", {"safe TYPE_ADDED A"}},
      {"type A { x: Int }", "input A { x: Int }", {"breaking TYPE_CHANGED_KIND A"}},
      {"scalar S", "", {"breaking TYPE_REMOVED S"}},
      // Fields.
      {"type A { x: Int y: Int }", "type A { x: Int }", {"breaking FIELD_REMOVED A.y"}},
      {"type A { x: Int }", "type A { x: Int y: Int }", {"safe FIELD_ADDED A.y"}},
      {"type A { x: Int }", "type A { x: String }", {"breaking FIELD_CHANGED_TYPE A.x"}},
      {"type A { x: Int }", "type A { x: Int! }", {"safe FIELD_CHANGED_TYPE A.x"}},
      {"type A { x: Int! }", "type A { x: Int }", {"breaking FIELD_CHANGED_TYPE A.x"}},
      {"type A { x: [Int] }", "type A { x: [Int!]! }", {"safe FIELD_CHANGED_TYPE A.x"}},
      {"type A { x: [Int!] }", "type A { x: [Int]! }", {"breaking FIELD_CHANGED_TYPE A.x"}},
      {"type A { x: Int }", "type A { x: [Int] }", {"breaking FIELD_CHANGED_TYPE A.x"}},
      {"interface I { x: Int }",
       "interface I { y: Int }",
       {"breaking FIELD_REMOVED I.x", "safe FIELD_ADDED I.y"}},
      // Arguments.
      {"type A { x(a: Int): Int }", "type A { x: Int }", {"breaking ARG_REMOVED A.x(a:)"}},
      {"type A { x: Int }", "type A { x(a: Int): Int }", {"dangerous OPTIONAL_ARG_ADDED A.x(a:)"}},
      {"type A { x: Int }",
       "type A { x(a: Int! = 1): Int }",
       {"dangerous OPTIONAL_ARG_ADDED A.x(a:)"}},
      {"type A { x: Int }", "type A { x(a: Int!): Int }", {"breaking REQUIRED_ARG_ADDED A.x(a:)"}},
      {"type A { x(a: Int!): Int }",
       "type A { x(a: Int): Int }",
       {"safe ARG_CHANGED_TYPE A.x(a:)"}},
      {"type A { x(a: Int): Int }",
       "type A { x(a: Int!): Int }",
       {"breaking ARG_CHANGED_TYPE A.x(a:)"}},
      {"type A { x(a: [Int!]!): Int }",
       "type A { x(a: [Int]): Int }",
       {"safe ARG_CHANGED_TYPE A.x(a:)"}},
      {"type A { x(a: [Int]): Int }",
       "type A { x(a: Int): Int }",
       {"breaking ARG_CHANGED_TYPE A.x(a:)"}},
      {"type A { x(a: Int = 1): Int }",
       "type A { x(a: Int = 2): Int }",
       {"dangerous ARG_DEFAULT_VALUE_CHANGE A.x(a:)"}},
      {"type A { x(a: Int = 1): Int }",
       "type A { x(a: Int): Int }",
       {"dangerous ARG_DEFAULT_VALUE_CHANGE A.x(a:)"}},
      {"type A { x(a: Int): Int }",
       "type A { x(a: Int = 1): Int }",
       {"safe ARG_DEFAULT_VALUE_CHANGE A.x(a:)"}},
      {"type A { x(a: Int! = 1): Int }",
       "type A { x(a: Int!): Int }",
       {"breaking ARG_DEFAULT_VALUE_CHANGE A.x(a:)"}},
      {"type A { x(a: [Int] = [1,2]): Int }", "type A { x(a: [Int] = [ 1, 2 ]): Int }", {}},
      // Input objects.
      {"input I { x: Int y: Int }", "input I { x: Int }", {"breaking INPUT_FIELD_REMOVED I.y"}},
      {"input I { x: Int }",
       "input I { x: Int y: Int }",
       {"dangerous OPTIONAL_INPUT_FIELD_ADDED I.y"}},
      {"input I { x: Int }",
       "input I { x: Int y: Int! }",
       {"breaking REQUIRED_INPUT_FIELD_ADDED I.y"}},
      {"input I { x: Int }", "input I { x: Int! }", {"breaking INPUT_FIELD_CHANGED_TYPE I.x"}},
      {"input I { x: Int! }", "input I { x: Int }", {"safe INPUT_FIELD_CHANGED_TYPE I.x"}},
      {"input I { x: Int = 1 }",
       "input I { x: Int = 2 }",
       {"dangerous INPUT_FIELD_DEFAULT_VALUE_CHANGE I.x"}},
      // Enums, unions, interfaces.
      {"enum E { A B }", "enum E { A }", {"breaking VALUE_REMOVED_FROM_ENUM E.B"}},
      {"enum E { A }", "enum E { A B }", {"dangerous VALUE_ADDED_TO_ENUM E.B"}},
      {"type A { x: Int } type B { x: Int } union U = A | B",
       "type A { x: Int } type B { x: Int } union U = A",
       {"breaking TYPE_REMOVED_FROM_UNION U"}},
      {"type A { x: Int } type B { x: Int } union U = A",
       "type A { x: Int } type B { x: Int } union U = A | B",
       {"dangerous TYPE_ADDED_TO_UNION U"}},
      {"interface I { x: Int } type A implements I { x: Int }",
       "interface I { x: Int } type A { x: Int }",
       {"breaking IMPLEMENTED_INTERFACE_REMOVED A"}},
      {"interface I { x: Int } type A { x: Int }",
       "interface I { x: Int } type A implements I { x: Int }",
       {"dangerous IMPLEMENTED_INTERFACE_ADDED A"}},
      // Roots.
      {"type Mutation { x: Int }",
       "",
       {"breaking TYPE_REMOVED Mutation", "breaking ROOT_REMOVED mutation"}},
      {"", "type Mutation { x: Int }", {"safe TYPE_ADDED Mutation", "safe ROOT_ADDED mutation"}},
      // Deprecation.
      {"type A { x: Int }", "type A { x: Int @deprecated }", {"safe DEPRECATION_ADDED A.x"}},
      {"enum E { A @deprecated }", "enum E { A }", {"safe DEPRECATION_REMOVED E.A"}},
      {"type A { \"old\" x: Int }", "type A { \"new\" x: Int }", {}},
      // Directives.
      {"directive @d on FIELD", "", {"breaking DIRECTIVE_REMOVED @d"}},
      {"", "directive @d on FIELD", {"safe DIRECTIVE_ADDED @d"}},
      {"directive @d(a: Int) on FIELD | QUERY",
       "directive @d(b: Int!) on FIELD",
       {"breaking DIRECTIVE_LOCATION_REMOVED @d", "breaking DIRECTIVE_ARG_REMOVED @d(a:)",
        "breaking REQUIRED_DIRECTIVE_ARG_ADDED @d(b:)"}},
      {"directive @d repeatable on FIELD",
       "directive @d on FIELD",
       {"breaking DIRECTIVE_REPEATABLE_REMOVED @d"}},
  };
  for (const DiffCase& one : cases) {
    EXPECT_EQ(Diff(one.before, one.after), one.changes) << one.before << " -> " << one.after;
  }
}

}  // namespace
}  // namespace joinery::planner
