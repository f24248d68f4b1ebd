#include <gtest/gtest.h>

#include <algorithm>

#include "planner/consistency/build_graph.h"
#include "planner/consistency/filters.h"
#include "planner/schema/test_world.h"

namespace joinery::planner {
namespace {

using testing::MakeWorld;
using testing::WorldTexts;

constexpr std::string_view kCatalog = R"(
table author
  id int4! pk
  name text
  mood text -> moods(value)
table article
  id int4! pk
  author_id int4 -> author(id)
  editor_id int4
  meta jsonb
  fk (editor_id) -> author(id)
  fk (editor_id) -> untracked(id)
table untracked
  id int4! pk
table moods
  value text! pk
enum moods happy sad
table badenum
  id int4! pk
  a text
  b text
enum badenum
view authors_view
  id int4
function author_age(a author) -> int4 stable
function author_volatile(a author) -> int4
function author_takes(a article, s text) -> int4 stable
function author_untracked(a author) -> setof untracked stable
function author_set(a author) -> setof int4 stable
function no_arguments() -> int4 stable
function twice(a author) -> int4 stable
function twice(a article) -> int4 stable
function find(term text) -> setof author stable
function find_untracked() -> setof untracked stable
function scalar_function() -> int4 stable
)";

constexpr std::string_view kRemote = R"(
type Query {
  user(id: Int!): User
  users(ids: [Int!], where: UserFilter): [User]
  nested: Nested
  count: Int
}
type Nested { user(id: Int!): User  list: [User] }
type User { id: Int!  name: String  posts(first: Int): Int  flags: [Flag]  author: Author }
type Author { id: ID }
interface Thing { id: ID }
enum Flag { ON OFF }
input UserFilter { id: Int  flag: Flag  tags: [String]  sub: UserFilter }
)";

constexpr std::string_view kMetadata =
    R"({"version": 3, "sources": [{"name": "default", "kind": "postgres",
  "configuration": {}, "functions": [], "tables": [
    {"table": "author", "object_relationships": [], "array_relationships": [], "computed_fields": [], "remote_relationships": [],
     "select_permissions": [], "insert_permissions": [], "update_permissions": [], "configuration": {}},
    {"table": "article", "object_relationships": [], "array_relationships": [], "remote_relationships": [], "select_permissions": []},
    {"table": "moods", "is_enum": true},
    {"table": "authors_view", "insert_permissions": []}]}],
  "remote_schemas": [{"name": "users", "definition": {"url": "http://u"}, "remote_relationships": [], "permissions": []}],
  "actions": [
    {"name": "rate", "definition": {"type": "query", "handler": "http://h", "output_type": "String", "arguments": [{"name": "n", "type": "Int!"}]}},
    {"name": "pay", "definition": {"type": "mutation", "handler": "http://h", "output_type": "String", "arguments": []}}],
  "custom_types": {"objects": [], "input_objects": [], "scalars": [], "enums": []}, "inherited_roles": []})";

WorldTexts BaseTexts() {
  WorldTexts texts;
  texts.metadata = *json::Parse(kMetadata);
  texts.catalogs["default"] = std::string(kCatalog);
  texts.remote_schemas["users"] = std::string(kRemote);
  return texts;
}

// Steps to a member: names and list positions between slashes.
json::Value* At(json::Value& document, std::string_view path) {
  json::Value* at = &document;
  for (const std::string_view step : Split(path, '/')) {
    const auto index = ParseInt64(step);
    at = index ? &at->items()[static_cast<size_t>(*index)] : at->Find(step);
    EXPECT_NE(at, nullptr) << path;
  }
  return at;
}

// Appends to a list, or merges into an object.
void Put(json::Value& document, std::string_view path, std::string_view text) {
  const auto value = json::Parse(text);
  ASSERT_TRUE(value.ok()) << text;
  json::Value* at = At(document, path);
  if (at->is_array()) {
    at->Append(*value);
    return;
  }
  for (const auto& [name, member] : value->members()) at->Set(name, member);
}

TEST(ConsistencyTest, TheBaseOfTheseTestsIsConsistent) {
  const GraphResult result =
      BuildGraph(*MakeWorld(BaseTexts()), {.remote_schema_permissions = true});
  for (const InconsistentObject& object : result.inconsistent) ADD_FAILURE() << object.reason;
  ASSERT_EQ(result.graph->sources.size(), 1u);
  EXPECT_EQ(result.graph->sources[0]->tables.size(), 4u);
}

struct FailingCase {
  std::string label;
  std::string path;  // Where `value` is put in the metadata above.
  std::string value;
  std::string name;  // Of the inconsistent object.
  std::string reason;
};

class FailingTest : public ::testing::TestWithParam<FailingCase> {};

TEST_P(FailingTest, IsReportedOnceAndLeftOut) {
  const FailingCase& test = GetParam();
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, test.path, test.value);
  const auto world = MakeWorld(texts);
  ASSERT_TRUE(world.ok()) << world.status();
  const GraphResult result = BuildGraph(*world, {.remote_schema_permissions = true});
  ASSERT_EQ(result.inconsistent.size(), 1u)
      << (result.inconsistent.empty() ? "" : result.inconsistent.back().reason);
  const InconsistentObject& object = result.inconsistent.front();
  EXPECT_EQ(object.reason, test.reason);
  if (!test.name.empty()) {
    EXPECT_EQ(object.name, test.name);
  }
}

std::string LabelOf(const ::testing::TestParamInfo<FailingCase>& info) { return info.param.label; }

constexpr const char* kAuthor = "sources/0/tables/0";
std::string Author(std::string_view list) { return StrCat(kAuthor, "/", list); }
std::string Article(std::string_view list) { return StrCat("sources/0/tables/1/", list); }

INSTANTIATE_TEST_SUITE_P(
    Tables, FailingTest,
    ::testing::Values(
        FailingCase{"no_such_table", "sources/0/tables", R"({"table": "ghost"})",
                    "table ghost in source default",
                    "Inconsistent object: no such table/view exists in source: \"ghost\""},
        FailingCase{"other_kind", "sources",
                    R"({"name": "ms", "kind": "mssql", "configuration": {}, "tables": []})",
                    "source ms",
                    "Inconsistent object: sources of kind \"mssql\" are not supported"},
        FailingCase{
            "unreachable", "sources",
            R"({"name": "far", "kind": "postgres", "configuration": {}, "tables": [{"table": "x"}]})",
            "source far", "Inconsistent object: connection error"},
        FailingCase{"custom_name_of_no_column", Author("configuration"),
                    R"({"column_config": {"nope": {"custom_name": "x"}}})",
                    "table author in source default",
                    "Inconsistent object: in table \"author\": the custom field name \"x\" was "
                    "given for the column "
                    "\"nope\", but no such column exists"},
        FailingCase{"two_columns_of_one_name", Author("configuration"),
                    R"({"column_config": {"name": {"custom_name": "id"}}})",
                    "table author in source default",
                    "Inconsistent object: in table \"author\": the definitions of columns \"id\" "
                    "and \"name\" are in "
                    "conflict: they are mapped to the same field name, \"id\""},
        FailingCase{
            "bad_enum", "sources/0/tables", R"({"table": "badenum", "is_enum": true})", "",
            "Inconsistent object: the table \"badenum\" cannot be used as an enum for the "
            "following reasons:\n"
            "  • the table’s primary key (\"id\") must have type \"text\", not type \"integer\"\n"
            "  • the table must have exactly one primary key and optionally one comment column, "
            "not 3 columns (a, b, id)\n"}),
    LabelOf);

INSTANTIATE_TEST_SUITE_P(
    Relationships, FailingTest,
    ::testing::Values(
        FailingCase{"no_key", Article("object_relationships"),
                    R"({"name": "r", "using": {"foreign_key_constraint_on": "meta"}})",
                    "object_relation r in table article in source default",
                    "Inconsistent object: in table \"article\": in relationship \"r\": no foreign "
                    "constraint exists on "
                    "the given column"},
        FailingCase{"two_keys", Article("object_relationships"),
                    R"({"name": "r", "using": {"foreign_key_constraint_on": "editor_id"}})",
                    "object_relation r in table article in source default",
                    "Inconsistent object: in table \"article\": in relationship \"r\": more than "
                    "one foreign key "
                    "constraint exists on the given column"},
        FailingCase{
            "untracked_target", Author("array_relationships"),
            R"({"name": "r", "using": {"manual_configuration": {"remote_table": "untracked", "column_mapping": {"id": "id"}}}})",
            "array_relation r in table author in source default",
            "Inconsistent object: table \"untracked\" is not tracked"},
        FailingCase{
            "no_column", Author("array_relationships"),
            R"({"name": "r", "using": {"manual_configuration": {"remote_table": "article", "column_mapping": {"id": "nope"}}}})",
            "", "Inconsistent object: table \"article\" has no field named \"nope\""},
        FailingCase{"name_of_a_column", Article("object_relationships"),
                    R"({"name": "meta", "using": {"foreign_key_constraint_on": "author_id"}})", "",
                    "Inconsistent object: field definition conflicts with postgres column"}),
    LabelOf);

INSTANTIATE_TEST_SUITE_P(
    ComputedFields, FailingTest,
    ::testing::Values(
        FailingCase{"no_function", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "nope"}})",
                    "computed_field c in table author in source default",
                    "Inconsistent object: in table \"author\": in computed field \"c\": no such "
                    "function exists: \"nope\""},
        FailingCase{"overloaded", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "twice"}})", "",
                    "Inconsistent object: in table \"author\": in computed field \"c\": function "
                    "\"twice\" is overloaded. "
                    "Overloaded functions are not supported"},
        FailingCase{"is_volatile", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "author_volatile"}})", "",
                    "Inconsistent object: in table \"author\": in computed field \"c\": the "
                    "computed field \"c\" cannot be "
                    "added to table \"author\" because the function \"author_volatile\" is of type "
                    "VOLATILE; cannot be "
                    "added as a computed field"},
        FailingCase{
            "several_reasons", Author("computed_fields"),
            R"({"name": "c", "definition": {"function": "author_takes", "session_argument": "s"}})",
            "",
            "Inconsistent object: in table \"author\": in computed field \"c\": the computed field "
            "\"c\" cannot be "
            "added to table \"author\" for the following reasons:\n"
            "  • first argument of the function \"author_takes\" of type \"article\" is not the "
            "table to which the "
            "computed field is being added\n"
            "  • \"s\" argument of the function \"author_takes\" is not of type JSON\n"},
        FailingCase{"untracked_rows", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "author_untracked"}})", "",
                    "Inconsistent object: in table \"author\": in computed field \"c\": the "
                    "computed field \"c\" cannot be "
                    "added to table \"author\" because the function \"author_untracked\" returning "
                    "set of table "
                    "\"untracked\" is not tracked or not found in database"},
        FailingCase{"set_of_scalars", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "author_set"}})", "",
                    "Inconsistent object: in table \"author\": in computed field \"c\": the "
                    "computed field \"c\" cannot be "
                    "added to table \"author\" because the function \"author_set\" returning type "
                    "int4 is not a BASE type"},
        FailingCase{"no_arguments", Author("computed_fields"),
                    R"({"name": "c", "definition": {"function": "no_arguments"}})", "",
                    "Inconsistent object: in table \"author\": in computed field \"c\": the "
                    "computed field \"c\" cannot be "
                    "added to table \"author\" because the function \"no_arguments\" has no input "
                    "arguments"}),
    LabelOf);

INSTANTIATE_TEST_SUITE_P(
    Functions, FailingTest,
    ::testing::Values(
        FailingCase{"untracked_table", "sources/0/functions", R"({"function": "find_untracked"})",
                    "function find_untracked in source default",
                    "Inconsistent object: in function \"find_untracked\": table \"untracked\" is "
                    "not tracked"},
        FailingCase{"no_table", "sources/0/functions", R"({"function": "scalar_function"})", "",
                    "Inconsistent object: in function \"scalar_function\": the function "
                    "\"scalar_function\" cannot be "
                    "tracked for the following reasons:\n  • the function does not return a "
                    "\"COMPOSITE\" type\n"
                    "  • the function does not return a table\n"},
        FailingCase{"permission_without_select", "sources/0/functions",
                    R"({"function": "find", "permissions": [{"role": "user"}]})",
                    "function_permission user permission for function find in source default",
                    "Inconsistent object: in function \"find\": in permission for role \"user\": "
                    "function permission can "
                    "only be added when the function's return table \"author\" has select "
                    "permission configured for role: "
                    "\"user\""}),
    LabelOf);

INSTANTIATE_TEST_SUITE_P(
    Permissions, FailingTest,
    ::testing::Values(
        FailingCase{"admin", Author("select_permissions"),
                    R"({"role": "admin", "permission": {"columns": "*", "filter": {}}})",
                    "select_permission admin in table author in source default",
                    "Inconsistent object: in table \"author\": in permission for role \"admin\": "
                    "cannot define permission "
                    "for admin role"},
        FailingCase{"unknown_column", Author("select_permissions"),
                    R"({"role": "user", "permission": {"columns": ["nope"], "filter": {}}})", "",
                    "Inconsistent object: in table \"author\": in permission for role \"user\": "
                    "column \"nope\" does not exist"},
        FailingCase{
            "unknown_column_in_filter", Author("select_permissions"),
            R"({"role": "user", "permission": {"columns": "*", "filter": {"_not": {"$or": [{"nope": 1}]}}}})",
            "",
            "Inconsistent object: in table \"author\": in permission for role \"user\": column "
            "\"nope\" does not exist"},
        FailingCase{
            "unknown_operator", Author("select_permissions"),
            R"({"role": "user", "permission": {"columns": "*", "filter": {"id": {"_foo": 1}}}})",
            "",
            "Inconsistent object: in table \"author\": in permission for role \"user\": Unknown "
            "operator : _foo"},
        FailingCase{
            "unknown_table_in_exists", Author("select_permissions"),
            R"({"role": "user", "permission": {"columns": "*", "filter": {"_exists": {"_table": "untracked", "_where": {}}}}})",
            "",
            "Inconsistent object: in table \"author\": in permission for role \"user\": table "
            "\"untracked\" does not exist"},
        FailingCase{
            "compares_with_no_column", Author("select_permissions"),
            R"({"role": "user", "permission": {"columns": "*", "filter": {"id": {"_ceq": ["$", "nope"]}}}})",
            "",
            "Inconsistent object: in table \"author\": in permission for role \"user\": column "
            "\"nope\" does not exist"},
        FailingCase{
            "unknown_preset", Author("insert_permissions"),
            R"({"role": "user", "permission": {"columns": "*", "check": {}, "set": {"nope": 1}}})",
            "insert_permission user in table author in source default",
            "Inconsistent object: in table \"author\": in permission for role \"user\": column "
            "\"nope\" does not exist"},
        FailingCase{
            "unknown_computed_field", Author("select_permissions"),
            R"({"role": "user", "permission": {"columns": [], "computed_fields": ["nope"], "filter": {}}})",
            "",
            "Inconsistent object: in table \"author\": in permission for role \"user\": computed "
            "field \"nope\" does not exist"},
        FailingCase{"insert_into_a_view", "sources/0/tables/3/insert_permissions",
                    R"({"role": "user", "permission": {"columns": "*", "check": {}}})", "",
                    "Inconsistent object: in table \"authors_view\": in permission for role "
                    "\"user\": \"authors_view\" is not insertable"}),
    LabelOf);

std::string ToRemote(std::string_view fields, std::string_view field) {
  return StrCat(
      R"({"name": "r", "definition": {"to_remote_schema": {"remote_schema": "users", "lhs_fields": )",
      fields, R"(, "remote_field": )", field, "}}}");
}
std::string ToSource(std::string_view source, std::string_view table, std::string_view mapping) {
  return StrCat(R"({"name": "r", "definition": {"to_source": {"source": ")", source,
                R"(", "table": ")", table, R"(", "relationship_type": "object", "field_mapping": )",
                mapping, "}}}");
}
std::string ToAction(std::string_view action, std::string_view fields, std::string_view arguments) {
  return StrCat(R"({"name": "r", "definition": {"to_action": {"action": ")", action,
                R"(", "lhs_fields": )", fields, R"(, "arguments": )", arguments, "}}}");
}
FailingCase Join(std::string_view label, std::string value, std::string_view reason) {
  return {
      std::string(label), Article("remote_relationships"), std::move(value),
      "remote_relationship r in table article in source default",
      StrCat("Inconsistent object: in table \"article\": in remote relationship \"r\": ", reason)};
}

INSTANTIATE_TEST_SUITE_P(
    RemoteRelationships, FailingTest,
    ::testing::Values(
        Join(
            "no_remote_schema",
            R"({"name": "r", "definition": {"remote_schema": "nope", "hasura_fields": [], "remote_field": {"count": {"arguments": {}}}}})",
            "remote schema with name \"nope\" not found"),
        Join("no_lhs_field", ToRemote(R"(["nope"])", R"({"count": {"arguments": {}}})"),
             "field with name \"nope\"is not provided by the lhs entity\"article\"for defining a "
             "join condition, the "
             "allowed fields are id, author_id, editor_id, meta"),
        Join("no_remote_field", ToRemote(R"(["id"])", R"({"nope": {"arguments": {}}})"),
             "remote field with name \"nope\" and type \"Query\" not found"),
        Join("no_inner_field",
             ToRemote(R"(["id"])",
                      R"({"nested": {"arguments": {}, "field": {"nope": {"arguments": {}}}}})"),
             "remote field with name \"nope\" and type \"Nested\" not found"),
        Join("way_through_a_scalar",
             ToRemote(R"(["id"])",
                      R"({"count": {"arguments": {}, "field": {"x": {"arguments": {}}}}})"),
             "type \"Int\"only output type is expected"),
        Join("way_through_a_list",
             ToRemote(R"(["id"])",
                      R"({"users": {"arguments": {}, "field": {"name": {"arguments": {}}}}})"),
             "field \"users\" is a list; only the last field of the way may be one"),
        Join("no_argument", ToRemote(R"(["id"])", R"({"user": {"arguments": {"nope": 1}}})"),
             "argument with name \"nope\" not found in remote schema"),
        Join("no_input_field",
             ToRemote(R"(["id"])", R"({"users": {"arguments": {"where": {"sub": {"nope": 1}}}}})"),
             "argument with name \"nope\" not found in remote schema"),
        Join("no_variable", ToRemote(R"(["id"])", R"({"user": {"arguments": {"id": "$nope"}}})"),
             "variable \"nope\" is not found"),
        Join("literal_of_another_type",
             ToRemote(R"(["id"])", R"({"user": {"arguments": {"id": "abc"}}})"),
             "expected type \"Int\" but got \"String\""),
        Join("no_value_of_the_enum",
             ToRemote(R"(["id"])", R"({"users": {"arguments": {"where": {"flag": "MAYBE"}}}})"),
             "expected type \"Flag\" but got \"String\""),
        Join("list_for_one", ToRemote(R"(["id"])", R"({"user": {"arguments": {"id": [1]}}})"),
             "type \"Int\"is not a list type"),
        Join("object_for_a_scalar",
             ToRemote(R"(["id"])", R"({"user": {"arguments": {"id": {"a": 1}}}})"),
             "type \"Int\"not an input object type"),
        Join("json_key_for_a_scalar",
             ToRemote(R"(["meta"])", R"({"user": {"arguments": {"id": "$meta"}}})"),
             "expected type \"Int!\" but got \"jsonb\""),
        Join("open_argument_on_the_way",
             ToRemote(R"(["id"])",
                      R"({"user": {"arguments": {}, "field": {"name": {"arguments": {}}}}})"),
             "argument \"id\" of field \"user\" is required and must be given on the way"),
        Join("no_source", ToSource("nope", "author", R"({"author_id": "id"})"),
             "source not found: \"nope\""),
        Join("no_table", ToSource("default", "untracked", R"({"author_id": "id"})"),
             "table \"public.untracked\" does not exist in source: default"),
        Join("no_lhs_column", ToSource("default", "author", R"({"nope": "id"})"),
             "\"nope\" does not exist"),
        Join("no_rhs_column", ToSource("default", "author", R"({"author_id": "nope"})"),
             "\"nope\" does not exist"),
        Join("enum_column", ToSource("default", "author", R"({"author_id": "mood"})"),
             "relationships to enum fields are not supported yet"),
        Join("types_that_never_meet", ToSource("default", "author", R"({"meta": "id"})"),
             "field \"meta\" of type \"jsonb\" cannot be compared with column \"id\" of type "
             "\"Int\""),
        Join("no_mapping", ToSource("default", "author", "{}"), "the field mapping is empty"),
        Join("no_action", ToAction("nope", "[]", "{}"), "action with name \"nope\" does not exist"),
        Join("action_that_writes", ToAction("pay", "[]", "{}"),
             "action \"pay\" is a mutation; only queries can be joined"),
        Join("no_argument_of_the_action", ToAction("rate", "[]", R"({"x": 1})"),
             "argument with name \"x\" not found in action \"rate\""),
        Join("no_variable_for_the_action", ToAction("rate", R"(["id"])", R"({"n": "$nope"})"),
             "variable \"nope\" is not found"),
        Join("json_key_for_the_action", ToAction("rate", R"(["meta"])", R"({"n": "$meta"})"),
             "expected type \"Int!\" but got \"jsonb\"")),
    LabelOf);

FailingCase RemoteJoin(std::string_view label, std::string_view type, std::string_view name,
                       std::string_view reason) {
  return {
      std::string(label), "remote_schemas/0/remote_relationships",
      StrCat(
          R"({"type_name": ")", type, R"(", "relationships": [{"name": ")", name,
          R"(", "definition": {"to_source": {"source": "default", "table": "author", "relationship_type": "object", "field_mapping": {"posts": "id"}}}}]})"),
      StrCat("remote_schema_remote_relationship remote_relationship ", name, " on type ", type,
             " in remote schema users"),
      StrCat("Inconsistent object: in remote relationship \"", name, "\": ", reason)};
}

INSTANTIATE_TEST_SUITE_P(
    RemoteTypes, FailingTest,
    ::testing::Values(
        RemoteJoin("no_type", "Nope", "r",
                   "no type named \"Nope\" defined in remote schema \"users\""),
        RemoteJoin("interface", "Thing", "r",
                   "remote relationships on a remote schema can only be defined on object types"),
        RemoteJoin("field_exists", "User", "name",
                   "field with name \"name\" already exists in type \"User\""),
        RemoteJoin("key_with_arguments", "User", "r", "\"posts\" does not exist")),
    LabelOf);

FailingCase Document(std::string_view label, std::string_view sdl, std::string_view reason) {
  std::string text = "{\"role\": \"user\", \"definition\": {\"schema\": \"";
  for (const char c : sdl) {
    if (c == '"') text.push_back('\\');
    text.push_back(c);
  }
  text += "\"}}";
  return {std::string(label), "remote_schemas/0/permissions", std::move(text),
          "remote_schema_permission user permission in remote schema users",
          StrCat("Inconsistent object: in remote schema \"users\": in permission for role "
                 "\"user\": validation for the "
                 "given role-based schema failed because ",
                 reason)};
}

INSTANTIATE_TEST_SUITE_P(
    RemotePermissions, FailingTest,
    ::testing::Values(
        Document("no_query", "type User { id: Int! }",
                 "query root does not exist in the schema definition"),
        Document("unknown_type", "type Query { count: Int } type Nope { id: Int }",
                 "\"Object\": \"Nope\" does not exist in the upstream remote schema"),
        Document("unknown_field", "type Query { nope: Int }",
                 "field \"nope\" does not exist in the \"Object\": \"Query\""),
        Document("other_type", "type Query { count: Int! }",
                 "expected type of \"count\"(\"Object field\") to be Int but received Int!"),
        Document(
            "missing_argument", "type Query { user: User } type User { id: Int! }",
            "field: \"user\" expects the following non nullable arguments to be present: \"id\""),
        Document("unknown_enum_value",
                 "type Query { users(where: UserFilter): [User] } type User { id: Int! } input "
                 "UserFilter { flag: Flag } enum Flag { ON MAYBE }",
                 "enum \"Flag\" contains the following enum values that do not exist in the "
                 "corresponding upstream remote "
                 "enum: \"MAYBE\""),
        Document("undefined_type", "type Query { user(id: Int!): User }",
                 "Could not find type with name \"User\""),
        Document("session_preset_of_a_list",
                 "type Query { users(ids: [Int!] @preset(value: \"x-hasura-id\")): [User] } type "
                 "User { id: Int! }",
                 "illegal preset value at \"ids\". Session arguments can only be set for singleton "
                 "values"),
        Document("preset_of_another_kind",
                 "type Query { user(id: Int! @preset(value: [1])): User } type User { id: Int! }",
                 "expected preset value \"[1]\" of type \"Int\" to be a scalar value"),
        Document("preset_without_value",
                 "type Query { user(id: Int! @preset(static: true)): User } type User { id: Int! }",
                 "preset argument \"value\" not found at \"id\"")),
    LabelOf);

INSTANTIATE_TEST_SUITE_P(
    Actions, FailingTest,
    ::testing::Values(
        FailingCase{
            "unknown_argument_type", "actions",
            R"({"name": "a", "definition": {"type": "query", "handler": "http://h", "output_type": "String", "arguments": [{"name": "x", "type": "[Nope!]"}]}})",
            "action a",
            "Inconsistent object: in action \"a\": the type: \"Nope\" is not defined in custom "
            "types or it is not a "
            "scalar/enum/input_object"},
        FailingCase{
            "unknown_output_type", "actions",
            R"({"name": "a", "definition": {"type": "query", "handler": "http://h", "output_type": "Nope", "arguments": []}})",
            "action a",
            "Inconsistent object: in action \"a\": the type: \"Nope\" is not an object type "
            "defined in custom types"},
        FailingCase{"name_of_a_tables_type", "custom_types/objects",
                    R"({"name": "author_bool_exp", "fields": [{"name": "a", "type": "Int"}]})",
                    "custom_types custom_types",
                    "Inconsistent object: validation for the given custom types failed because the "
                    "type name "
                    "\"author_bool_exp\" is taken by a tracked table"},
        FailingCase{
            "duplicate_fields", "custom_types/objects",
            R"({"name": "O", "fields": [{"name": "a", "type": "Int"}, {"name": "a", "type": "Int"}]})",
            "custom_types custom_types",
            "Inconsistent object: validation for the given custom types failed because the object "
            "\"O\" has "
            "duplicate fields: \"a\""},
        FailingCase{"unknown_field_type", "custom_types/input_objects",
                    R"({"name": "I", "fields": [{"name": "a", "type": "Nope!"}]})", "",
                    "Inconsistent object: validation for the given custom types failed because the "
                    "type \"Nope\" for field "
                    "\"a\" in  input object type \"I\" does not exist"},
        FailingCase{
            "unknown_relationship_column", "custom_types/objects",
            R"({"name": "O", "fields": [{"name": "a", "type": "Int"}], "relationships": [{"name": "r", "type": "object", "remote_table": "author", "field_mapping": {"a": "nope"}}]})",
            "",
            "Inconsistent object: validation for the given custom types failed because the column "
            "\"nope\" of remote "
            "table \"author\" for relationship \"r\" of object type \"O\" does not exist"},
        FailingCase{"duplicate_enum_values", "custom_types/enums",
                    R"({"name": "E", "values": [{"value": "A"}, {"value": "A"}]})", "",
                    "Inconsistent object: validation for the given custom types failed because the "
                    "enum type \"E\" has "
                    "duplicate values: \"A\""},
        FailingCase{"no_parent", "inherited_roles", R"({"role_name": "r", "role_set": ["nope"]})",
                    "inherited_role inherited role r",
                    "Inconsistent object: \"nope\" not found. An inherited role can only be "
                    "created out of existing roles"},
        FailingCase{
            "own_parent", "inherited_roles", R"({"role_name": "r", "role_set": ["r"]})",
            "inherited_role inherited role r",
            "Inconsistent object: an inherited role name cannot be in the role combination"},
        FailingCase{"remote_name_taken_by_table", "sources/0/tables/0/configuration",
                    R"({"custom_root_fields": {"select": "user"}})", "remote_schema users",
                    "Inconsistent object: Field cannot be overwritten by remote field 'user'"},
        FailingCase{"type_taken_by_table", "sources/0/tables/0/configuration",
                    R"({"custom_name": "User"})", "remote_schema users",
                    "Inconsistent object: Found conflicting definitions for \"User\".  The "
                    "definition in the tables and "
                    "actions of this engine differs from the the definition in remote schema "
                    "\"users\"; a prefix in "
                    "`customization.type_names` keeps them apart"}),
    LabelOf);

TEST(ConsistencyTest, WhatNeedsAnInconsistentObjectIsInconsistentToo) {
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, "sources/0/tables",
      R"({"table": "ghost", "select_permissions": [{"role": "u", "permission": {"columns": "*", "filter": {}}}]})");
  Put(texts.metadata, Author("array_relationships"),
      R"({"name": "ghosts", "using": {"manual_configuration": {"remote_table": "ghost", "column_mapping": {"id": "id"}}}})");
  Put(texts.metadata, Author("select_permissions"),
      R"({"role": "user", "permission": {"columns": "*", "filter": {"ghosts": {}}}})");
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  std::vector<std::string> names;
  for (const InconsistentObject& object : result.inconsistent) names.push_back(object.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"table ghost in source default",
                                      "array_relation ghosts in table author in source default",
                                      "select_permission user in table author in source default"}));
}

TEST(ConsistencyTest, FieldsOfOneNameExcludeEachOther) {
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, Article("object_relationships"),
      R"({"name": "x", "using": {"foreign_key_constraint_on": "author_id"}})");
  Put(texts.metadata, Article("remote_relationships"),
      ToRemote(R"(["id"])", R"({"count": {"arguments": {}}})"));
  At(texts.metadata, Article("remote_relationships"))->items()[0].Set("name", json::Value("x"));
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  ASSERT_EQ(result.inconsistent.size(), 1u);
  EXPECT_EQ(result.inconsistent[0].reason,
            "Conflicting objects: conflicting definitions for field \"x\"");
  EXPECT_EQ(result.inconsistent[0].conflicting.size(), 2u);
  EXPECT_TRUE(result.inconsistent[0].Concerns(
      "object_relation", "object_relation x in table article in source default"));
}

TEST(ConsistencyTest, RootsOfNamespacedSchemasGetOutOfEachOthersWay) {
  WorldTexts texts = BaseTexts();
  for (const std::string_view name : {"a", "b"}) {
    texts.remote_schemas[std::string(name)] = StrCat("type Query { ", name, ": Int }");
    Put(texts.metadata, "remote_schemas",
        StrCat(
            R"({"name": ")", name,
            R"(", "definition": {"url": "http://x", "customization": {"root_fields_namespace": ")",
            name, R"("}}})"));
  }
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  for (const InconsistentObject& object : result.inconsistent) ADD_FAILURE() << object.reason;
  ASSERT_EQ(result.graph->remote_schemas.size(), 3u);
  EXPECT_EQ(result.graph->remote_schemas[1]->names.Type("Query"), "Query");
  EXPECT_EQ(result.graph->remote_schemas[2]->names.Type("Query"), "b_Query");
}

TEST(ConsistencyTest, RemoteSchemasShareEqualTypesOnly) {
  for (const bool equal : {true, false}) {
    WorldTexts texts = BaseTexts();
    texts.remote_schemas["other"] = StrCat(
        "type Query { other: Author } \"described\" type Author { id: ", equal ? "ID" : "Int",
        " }");
    Put(texts.metadata, "remote_schemas",
        R"({"name": "other", "definition": {"url": "http://x"}})");
    const GraphResult result = BuildGraph(*MakeWorld(texts), {});
    EXPECT_EQ(result.inconsistent.size(), equal ? 0u : 1u);
    EXPECT_EQ(result.graph->remote_schemas.size(), equal ? 2u : 1u);
  }
}

TEST(ConsistencyTest, ARootFieldBelongsToTheFirstRemoteSchema) {
  WorldTexts texts = BaseTexts();
  texts.remote_schemas["other"] = "type Query { count: Int }";
  Put(texts.metadata, "remote_schemas", R"({"name": "other", "definition": {"url": "http://x"}})");
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  ASSERT_EQ(result.inconsistent.size(), 1u);
  EXPECT_EQ(result.inconsistent[0].name, "remote_schema other");
  EXPECT_EQ(result.inconsistent[0].reason, "Inconsistent object: Duplicate remote field 'count'");
}

TEST(ConsistencyTest, RootFieldsOfTwoTablesAreReported) {
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, Author("configuration"), R"({"custom_root_fields": {"select": "article"}})");
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  EXPECT_EQ(result.graph->duplicate_root_fields,
            std::vector<std::string>{"Encountered conflicting definitions in the selection set for "
                                     "'query_root' for field 'article' defined in "
                                     "[table public.author in source default, table public.article "
                                     "in source default]. Fields must not be "
                                     "defined more than once across all sources."});
}

TEST(ConsistencyTest, ParentsOfAnInheritedRoleMayDisagree) {
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, Author("insert_permissions"),
      R"({"role": "a", "permission": {"columns": "*", "check": {}}})");
  Put(texts.metadata, Author("insert_permissions"),
      R"({"role": "b", "permission": {"columns": "*", "check": {"id": 1}}})");
  Put(texts.metadata, "inherited_roles", R"({"role_name": "ab", "role_set": ["a", "b"]})");
  const GraphResult result = BuildGraph(*MakeWorld(texts), {});
  ASSERT_EQ(result.inconsistent.size(), 1u);
  EXPECT_EQ(result.inconsistent[0].reason,
            "Could not inherit permission for the role 'ab' for the entity: 'insert permission, "
            "table: author, source: "
            "'default''");
  EXPECT_TRUE(result.graph->inherited_roles.contains("ab"));
}

// --- Filters
// ---------------------------------------------------------------------------------------

class FilterTest : public ::testing::Test {
 protected:
  std::shared_ptr<const FilterTemplate> Parse(std::string_view text) {
    WorldTexts texts = BaseTexts();
    Put(texts.metadata, Article("object_relationships"),
        R"({"name": "author", "using": {"foreign_key_constraint_on": "author_id"}})");
    result_ = BuildGraph(*MakeWorld(texts), {});
    const Table* article = result_.graph->sources[0]->FindTable({"public", "article"});
    FilterResult parsed = ParseFilter(*json::Parse(text), *article);
    EXPECT_EQ(parsed.error, "");
    return parsed.filter;
  }
  GraphResult result_;
};

using Kind = plan::Predicate::Kind;

TEST_F(FilterTest, TakesABareValueForEquality) {
  const auto filter = Parse(R"({"id": "X-Hasura-User-Id"})");
  EXPECT_EQ(filter->predicate.kind, Kind::kCompare);
  EXPECT_EQ(filter->predicate.op, plan::CompareOperator::kEq);
  EXPECT_EQ(filter->parameters[0].name, "x-hasura-user-id");
  EXPECT_EQ(filter->types[0].name, "int4");
}

TEST_F(FilterTest, ReadsBothFormsOfOperators) {
  for (const std::string_view text : {R"({"id": {"$gt": 3}})", R"({"id": {"_gt": 3}})"}) {
    const auto filter = Parse(text);
    EXPECT_EQ(filter->predicate.op, plan::CompareOperator::kGt);
    EXPECT_EQ(filter->parameters[0].constant, "3");
  }
}

TEST_F(FilterTest, ASessionVariableStandsForAList) {
  const auto filter = Parse(R"({"id": {"_in": "x-hasura-ids"}})");
  EXPECT_EQ(filter->types[0].dimensions, 1u);
  EXPECT_EQ(filter->parameters[0].kind, plan::ParameterSource::Kind::kSession);
}

TEST_F(FilterTest, SessionVariablesInAListAreComparedOneByOne) {
  const auto filter = Parse(R"({"id": {"_nin": ["x-hasura-a", 4]}})");
  EXPECT_EQ(filter->predicate.kind, Kind::kAnd);
  ASSERT_EQ(filter->predicate.children.size(), 2u);
  EXPECT_EQ(filter->predicate.children[1].op, plan::CompareOperator::kNeq);
}

TEST_F(FilterTest, NullIsAskedForByName) {
  EXPECT_EQ(Parse(R"({"id": {"_eq": null}})")->predicate.kind, Kind::kIsNull);
  EXPECT_EQ(Parse(R"({"id": {"$ne": null}})")->predicate.kind, Kind::kIsNotNull);
  EXPECT_EQ(Parse(R"({"id": {"_is_null": false}})")->predicate.kind, Kind::kIsNotNull);
}

TEST_F(FilterTest, ARelationshipIsAnExists) {
  const auto filter = Parse(R"({"author": {"name": {"_ceq": ["$", "id"]}}})");
  EXPECT_EQ(filter->predicate.kind, Kind::kExists);
  EXPECT_EQ(filter->predicate.pairs[0].outer, "author_id");
  EXPECT_EQ(filter->predicate.pairs[0].inner, "id");
  EXPECT_EQ(filter->predicate.children[0].kind, Kind::kCompareColumns);
  EXPECT_TRUE(filter->predicate.children[0].root_column);
}

TEST_F(FilterTest, EmptyIsTrueAndAnEmptyOrIsFalse) {
  EXPECT_EQ(Parse("{}")->predicate.kind, Kind::kTrue);
  EXPECT_EQ(Parse(R"({"_and": []})")->predicate.kind, Kind::kTrue);
  EXPECT_EQ(Parse(R"({"_or": []})")->predicate.kind, Kind::kFalse);
}

TEST_F(FilterTest, ExistsLooksAtAnyTable) {
  const auto filter = Parse(
      R"({"_exists": {"_table": {"schema": "public", "name": "author"}, "_where": {"id": 1}}})");
  EXPECT_EQ(filter->predicate.kind, Kind::kExists);
  EXPECT_TRUE(filter->predicate.pairs.empty());
  EXPECT_EQ(filter->predicate.table.name, "author");
}

// Two remote schemas with one type, of which a role may see different parts.
WorldTexts SharedTypeTexts(std::string_view second_document) {
  WorldTexts texts = BaseTexts();
  texts.remote_schemas["more"] =
      "type Query { someone: User } " + std::string(kRemote.substr(kRemote.find("type User")));
  Put(texts.metadata, "remote_schemas/0/permissions",
      R"({"role": "user", "definition": {"schema":
          "type Query { user(id: Int!): User } type User { id: Int! name: String }"}})");
  Put(texts.metadata, "remote_schemas",
      StrCat(R"({"name": "more", "definition": {"url": "http://m"}, "permissions": [
          {"role": "user", "definition": {"schema": ")",
             second_document, R"("}}]})"));
  return texts;
}

TEST(ConsistencyTest, ASharedTypeShowsNoMoreThanEachPermissionGrants) {
  const auto same = MakeWorld(
      SharedTypeTexts("type Query { someone: User } type User { id: Int! name: String }"));
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_TRUE(BuildGraph(*same, {.remote_schema_permissions = true}).inconsistent.empty());
  const auto less =
      MakeWorld(SharedTypeTexts("type Query { someone: User } type User { id: Int! }"));
  ASSERT_TRUE(less.ok()) << less.status();
  const GraphResult result = BuildGraph(*less, {.remote_schema_permissions = true});
  ASSERT_EQ(result.inconsistent.size(), 1u);
  EXPECT_EQ(result.inconsistent[0].name,
            "remote_schema_permission user permission in remote schema more");
  EXPECT_EQ(result.inconsistent[0].reason,
            "Inconsistent object: in remote schema \"more\": in permission for role \"user\": the "
            "type \"User\" differs from what the role may see of it in remote schema \"users\"; a "
            "prefix in `customization.type_names` keeps them apart");
}

TEST(ConsistencyTest, DuplicatesAreToldAndTheFirstCounts) {
  WorldTexts texts = BaseTexts();
  Put(texts.metadata, "sources/0/tables",
      R"({"table": "author", "configuration": {"custom_name": "x"}})");
  const GraphResult result = BuildGraph(*MakeWorld(texts), {.remote_schema_permissions = true});
  ASSERT_EQ(result.inconsistent.size(), 1u);
  EXPECT_EQ(result.inconsistent[0].reason,
            "Multiple definitions for: table author in source default");
  EXPECT_EQ(result.graph->sources[0]->tables[0]->type_name, "author");
}

}  // namespace
}  // namespace joinery::planner
