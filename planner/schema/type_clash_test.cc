#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "planner/consistency/build_graph.h"
#include "planner/consistency/table_types.h"
#include "planner/schema/role_schema.h"
#include "planner/schema/test_world.h"

// No two tables bring a type of one name: the later one is left out, and nothing else.
namespace joinery::planner {
namespace {

json::Value SourceOf(std::string_view name, std::string_view members) {
  return *json::Parse(StrCat(R"({"name": ")", name,
                             R"(", "kind": "postgres", "configuration": {}, )", members, "}"));
}

GraphResult GraphOf(const std::vector<std::string>& sources, const std::string& catalog) {
  testing::WorldTexts texts;
  json::Value list = json::Value::Array();
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string name = StrCat("db", i + 1);
    list.Append(SourceOf(name, sources[i]));
    texts.catalogs[name] = catalog;
  }
  texts.metadata = json::Value::Object({{"version", json::Value(int64_t{3})}, {"sources", list}});
  const auto world = testing::MakeWorld(texts);
  EXPECT_TRUE(world.ok()) << world.status();
  return BuildGraph(*world, {});
}

std::string RootsOf(const Graph& graph, const std::string& role) {
  const auto schema = BuildRoleSchema(graph, role, graph.options);
  for (const std::string& error : schema->errors) ADD_FAILURE() << error;
  std::vector<std::string> names;
  for (const auto& field : schema->schema->query()->field_list) names.emplace_back(field.name);
  return Join(names, " ");
}

constexpr std::string_view kUsers = R"(
table users
  id int4! pk
  name text
  mood text -> moods(value)
  friend_id int4 -> users(id)
table posts
  id int4! pk
  user_id int4 -> users(id)
  mood text -> moods(value)
table moods
  value text! pk
enum moods happy sad
function find_users() -> setof users stable
)";

constexpr std::string_view kReason =
    "Inconsistent object: Found conflicting definitions for \"users\".  The definition in table "
    "users in source db1 differs from the the definition in table users in source db2; a "
    "`custom_name` of the table or a prefix in `customization.type_names` keeps them apart";

TEST(TypeClashTest, TheTableOfTheLaterSourceIsLeftOutWithWhatNeedsIt) {
  const GraphResult result =
      GraphOf({R"("tables": [{"table": "users", "select_permissions": [
           {"role": "user", "permission": {"columns": ["id", "name"], "filter": {}}}]}])",
               R"("customization": {"root_fields": {"prefix": "b_"}}, "tables": [
           {"table": "users", "select_permissions": [
             {"role": "user", "permission": {"columns": ["id"], "filter": {}}}]},
           {"table": "posts", "object_relationships": [
             {"name": "user", "using": {"foreign_key_constraint_on": "user_id"}}]}],
          "functions": [{"function": "find_users"}])"},
              std::string(kUsers));
  ASSERT_EQ(result.inconsistent.size(), 3u);
  EXPECT_EQ(result.inconsistent[0].name, "table users in source db2");
  EXPECT_EQ(result.inconsistent[0].type, "table");
  EXPECT_EQ(result.inconsistent[0].reason, kReason);
  EXPECT_EQ(result.inconsistent[1].type, "object_relation");
  EXPECT_EQ(result.inconsistent[2].type, "function");
  EXPECT_TRUE(result.graph->duplicate_root_fields.empty());
  EXPECT_EQ(RootsOf(*result.graph, "admin"),
            "users users_by_pk users_aggregate b_posts b_posts_by_pk b_posts_aggregate");
  EXPECT_EQ(RootsOf(*result.graph, "user"), "users users_by_pk");
}

TEST(TypeClashTest, APrefixKeepsTablesApartAndScalarsStayShared) {
  const GraphResult result = GraphOf(
      {R"("tables": [{"table": "users"}])",
       R"("customization": {"root_fields": {"prefix": "b_"}, "type_names": {"prefix": "B_"}},
                  "tables": [{"table": "users"}])"},
      std::string(kUsers));
  EXPECT_TRUE(result.inconsistent.empty());
  EXPECT_EQ(RootsOf(*result.graph, "admin"),
            "users users_by_pk users_aggregate b_users b_users_by_pk b_users_aggregate");
}

TEST(TypeClashTest, ATableNamedAsATypeOfEverySchemaIsLeftOut) {
  const GraphResult result =
      GraphOf({R"("tables": [{"table": "date"}, {"table": "days"}, {"table": "order_by"}])"},
              "table date\n  id int4! pk\ntable days\n  id int4! pk\n  day date\n"
              "table order_by\n  id int4! pk\n");
  ASSERT_EQ(result.inconsistent.size(), 2u);
  EXPECT_EQ(result.inconsistent[0].name, "table date in source db1");
  EXPECT_EQ(result.inconsistent[0].reason,
            "Inconsistent object: Found conflicting definitions for \"date\".  The definition in "
            "every schema differs "
            "from the the definition in table date in source db1; a `custom_name` of the table or "
            "a prefix in `customization.type_names` keeps them apart");
  EXPECT_EQ(result.inconsistent[1].name, "table order_by in source db1");
  EXPECT_EQ(RootsOf(*result.graph, "admin"), "days days_by_pk days_aggregate");
}

TEST(TypeClashTest, ARootFieldThatBothClaimIsToldToo) {
  const GraphResult result =
      GraphOf({R"("tables": [{"table": "moods"}])", R"("tables": [{"table": "moods"}])"},
              std::string(kUsers));
  EXPECT_EQ(result.inconsistent.size(), 1u);
  ASSERT_FALSE(result.graph->duplicate_root_fields.empty());
  EXPECT_EQ(result.graph->duplicate_root_fields[0],
            "Encountered conflicting definitions in the selection set for 'query_root' for field "
            "'moods' defined in [table public.moods in source db1, table public.moods in source "
            "db2]. Fields must not be defined more than once across all sources.");
}

TEST(TypeClashTest, AColumnDoesNotTakeValuesOfAnEnumTableThatIsLeftOut) {
  const GraphResult result = GraphOf({R"("tables": [{"table": "moods", "is_enum": true}])",
                                      R"("customization": {"root_fields": {"prefix": "b_"}},
                  "tables": [{"table": "posts"}, {"table": "moods", "is_enum": true}])"},
                                     std::string(kUsers));
  ASSERT_EQ(result.inconsistent.size(), 1u);
  const Table* posts = result.graph->FindSource("db2")->FindTable({"public", "posts"});
  EXPECT_EQ(posts->FindColumn("mood")->enum_table, nullptr);
}

// Tables of one source whose types may meet. `type`: the name that they do meet in; empty: none.
struct Meeting {
  std::string label;
  std::string catalog;
  std::string first, second;  // Names of tables, in the order of the document.
  std::string type;
  std::string_view second_has = "", first_has = "";  // More members of these tables.
};

class MeetingTest : public ::testing::TestWithParam<Meeting> {};

TEST_P(MeetingTest, CountsTypesThatAreThere) {
  const Meeting& test = GetParam();
  const GraphResult result =
      GraphOf({StrCat(R"("customization": {"root_fields": {"suffix": "_x"}}, "tables": [)",
                      R"({"table": ")", test.first, "\"", test.first_has, R"(}, {"table": ")",
                      test.second, "\"", test.second_has, "}]")},
              test.catalog);
  if (test.type.empty()) {
    for (const InconsistentObject& object : result.inconsistent) ADD_FAILURE() << object.reason;
  } else {
    ASSERT_EQ(result.inconsistent.size(), 1u);
    EXPECT_EQ(result.inconsistent[0].name, StrCat("table ", test.second, " in source db1"));
    EXPECT_NE(result.inconsistent[0].reason.find(StrCat("for \"", test.type, "\"")),
              std::string::npos)
        << result.inconsistent[0].reason;
  }
  const std::string roots = StrCat(" ", RootsOf(*result.graph, "admin"), " ");
  EXPECT_NE(roots.find(StrCat(" ", test.first, "_aggregate_x ")), std::string::npos) << roots;
  EXPECT_EQ(roots.find(StrCat(" ", test.second, "_aggregate_x ")) == std::string::npos,
            !test.type.empty());
}

const std::string kFriends = "table user\n  id int4! pk\n  friend_id int4 -> user(id)\ntable ";
constexpr std::string_view kFriend =
    R"(, "object_relationships": [{"name": "friend", "using": {
         "foreign_key_constraint_on": "friend_id"}}])";
constexpr std::string_view kFollowers =
    R"(, "array_relationships": [{"name": "followers", "using": {"foreign_key_constraint_on":
         {"table": "user", "column": "friend_id"}}}])";
const std::string kTwo = "table user\n  id int4! pk\ntable ";

INSTANTIATE_TEST_SUITE_P(
    Tables, MeetingTest,
    ::testing::Values(
        Meeting{"updates", kTwo + "user_updates\n  id int4! pk\n", "user", "user_updates",
                "user_updates"},
        Meeting{"the_later_is_left_out", kTwo + "user_updates\n  id int4! pk\n", "user_updates",
                "user", "user_updates"},
        Meeting{"a_view_has_no_updates",
                "view user\n  id int4\ntable user_updates\n  id int4! pk\n", "user", "user_updates",
                ""},
        Meeting{"aggregate", kTwo + "user_aggregate\n  id int4! pk\n", "user", "user_aggregate",
                "user_aggregate"},
        Meeting{"aggregate_order_by", kFriends + "user_avg\n  id int4! pk\n", "user", "user_avg",
                "user_avg_order_by", "", kFollowers},
        Meeting{"no_numbers_no_avg",
                "table user\n  id text! pk\n  friend_id text -> user(id)\n"
                "table user_avg\n  id int4! pk\n",
                "user", "user_avg", "", "", kFollowers},
        Meeting{"no_relationship", kTwo + "user_avg\n  id int4! pk\n", "user", "user_avg", ""},
        Meeting{"relation_inputs", kFriends + "user_obj_rel\n  id int4! pk\n", "user",
                "user_obj_rel", "user_obj_rel_insert_input", "", kFriend},
        Meeting{"constraint", kTwo + "user_constraint\n  id int4! pk\n", "user", "user_constraint",
                "user_constraint"},
        Meeting{"no_key_no_constraint",
                "table user\n  id int4\ntable user_constraint\n  id int4! pk\n", "user",
                "user_constraint", ""},
        Meeting{"no_enum", kTwo + "user_enum\n  id int4! pk\n", "user", "user_enum", ""},
        Meeting{"enum", "table user_enum\n  id int4! pk\ntable user\n  v text! pk\nenum user a b\n",
                "user_enum", "user", "user_enum", R"(, "is_enum": true)"},
        Meeting{"no_json_no_append", kTwo + "user_append_input\n  id int4! pk\n", "user",
                "user_append_input", ""},
        Meeting{"only_alike", kTwo + "user_roles\n  id int4! pk\n", "user", "user_roles", ""}),
    [](const auto& info) { return info.param.label; });

// --- The names that are counted are those that the builder of schemas gives
// --------------------------------------------------------------------------------------

bool IsOfATable(const FieldBinding& binding) {
  return !std::holds_alternative<std::monostate>(binding) &&
         !std::holds_alternative<RemoteField>(binding) &&
         !std::holds_alternative<NamespaceField>(binding);
}

class NamesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(NamesTest, AreThoseOfTheSchema) {
  const auto texts = testing::ReadWorldTexts(StrCat("planner/schema/testdata/", GetParam()));
  ASSERT_TRUE(texts.ok()) << texts.status();
  const GraphResult built = BuildGraph(*testing::MakeWorld(*texts), {});
  const auto schema = BuildRoleSchema(*built.graph, "admin", {});
  std::set<std::string> enums, counted;
  for (const auto& source : built.graph->sources) {
    for (const auto& table : source->tables) {
      for (std::string& name : TypeNamesOf(*table->shape, table->target)) {
        EXPECT_TRUE(IsTableType(*built.graph, name)) << name;
        EXPECT_TRUE(counted.insert(name).second) << name;
        // Enums come with the columns that take their values.
        const bool of_enum = name.starts_with(table->shape->enum_type_name);
        EXPECT_TRUE(of_enum || schema->schema->type(name) != nullptr) << name;
      }
    }
  }
  for (const graphql::NamedType* type : schema->schema->types()) {
    if (type->is_introspection || type == schema->schema->query()) continue;
    if (type == schema->schema->mutation() || type == schema->schema->subscription()) continue;
    if (type->fields().empty()) continue;
    if (!IsOfATable(schema->field(type->fields()[0].binding))) continue;
    const auto is_root = [&](const graphql::FieldDefinition& field) {
      const FieldBinding& binding = schema->field(field.binding);
      return std::holds_alternative<TableRootField>(binding) ||
             std::holds_alternative<InsertField>(binding);
    };
    if (std::ranges::any_of(type->fields(), is_root)) continue;  // Of a namespace.
    EXPECT_TRUE(counted.contains(std::string(type->name))) << type->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Topics, NamesTest,
                         ::testing::Values("tables", "types", "customized", "graphql_default",
                                           "joins"));

}  // namespace
}  // namespace joinery::planner
