#include "connectors/kit/project.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace joinery::connectors {
namespace {

using Field = plan::Projection::Field;
using Strings = std::vector<std::string>;

Field Leaf(std::string key) { return {.response_key = key, .source_key = key}; }

Field Hole(std::string key, uint32_t join) {
  return {.response_key = std::move(key), .kind = Field::Kind::kHole, .join = join};
}

Field Object(std::string key, std::vector<Field> fields, uint32_t list_depth = 0) {
  Field out = Leaf(std::move(key));
  out.projection.raw = false;
  out.projection.fields = std::move(fields);
  out.list_depth = list_depth;
  return out;
}

// A fragment with one key set of these members and one join on it.
plan::Fragment OneJoin(uint32_t columns) {
  plan::Fragment fragment;
  fragment.key_sets = {{.columns = columns}};
  fragment.joins = {{.key_set = 0}};
  return fragment;
}

struct Projected {
  std::string bytes;
  std::string problem;
  plan::ExecuteResult result;
};

Projected Project(const plan::Fragment& fragment, const std::vector<Strings>& key_members,
                  const Field& field, const std::string& text) {
  Projector projector(fragment, key_members);
  projector.result().values = {{plan::Slice{}}};
  const auto document = JsonDocument::Parse(text);
  EXPECT_TRUE(document.ok()) << text;
  Projected out;
  if (auto problem = projector.Value(field, *document, JsonDocument::kRoot, 0, 0)) {
    out.problem = *problem;
  }
  out.result = std::move(projector.result());
  const plan::Slice slice = out.result.values[0][0];
  out.bytes = out.result.bytes.substr(slice.begin, slice.end - slice.begin);
  return out;
}

Projected Project(const Field& field, const std::string& text) {
  return Project(plan::Fragment{}, {}, field, text);
}

TEST(ProjectorTest, RawGoesOnByteForByte) {
  EXPECT_EQ(Project(Leaf("a"), R"( {"z": [1 , 1.50]} )").bytes, R"({"z": [1 , 1.50]})");
}

struct OrderCase {
  const char* name;
  std::string text;
  std::string bytes;
};

class ProjectorOrderTest : public testing::TestWithParam<OrderCase> {};

TEST_P(ProjectorOrderTest, AnswersInTheOrderOfTheProjection) {
  const Field field = Object("r", {Leaf("a"), Object("b", {Leaf("x")}), Leaf("c")});
  EXPECT_EQ(Project(field, GetParam().text).bytes, GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Sources, ProjectorOrderTest,
    testing::Values(
        OrderCase{"in_order", R"({"a":1,"b":{"x":2},"c":3})", R"({"a":1,"b":{"x":2},"c":3})"},
        OrderCase{"reversed", R"({"c":3,"b":{"x":2},"a":1})", R"({"a":1,"b":{"x":2},"c":3})"},
        OrderCase{"extra_members", R"({"p":[{}],"a":1,"b":{"y":0,"x":2},"q":0,"c":3})",
                  R"({"a":1,"b":{"x":2},"c":3})"},
        OrderCase{"missing_members", R"({"b":{}})", R"({"a":null,"b":{"x":null},"c":null})"},
        OrderCase{"nulls", R"({"a":null,"b":null,"c":null})", R"({"a":null,"b":null,"c":null})"},
        OrderCase{"empty", "{}", R"({"a":null,"b":null,"c":null})"},
        OrderCase{"whole_is_null", "null", "null"},
        OrderCase{"blanks_are_dropped_outside_values", R"({ "a" : 1 , "b" : { "x" : [ 2 ] } })",
                  R"({"a":1,"b":{"x":[ 2 ]},"c":null})"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ProjectorTest, CollectsDistinctKeysInListsOfAnyDepth) {
  const Field field = Object("r", {Leaf("id"), Hole("h", 0)}, 2);
  const plan::Fragment fragment = OneJoin(1);
  const Projected out =
      Project(fragment, {{"id"}}, field, R"([[{"id":1},{"id":"b"}],[],null,[null,{"id":1}]])");
  EXPECT_EQ(out.bytes, R"([[{"id":1,"h":},{"id":"b","h":}],[],null,[null,{"id":1,"h":}]])");
  ASSERT_EQ(out.result.keys.size(), 1u);
  EXPECT_EQ(out.result.keys[0].columns, (std::vector<Strings>{{"1", "\"b\""}}));
  ASSERT_EQ(out.result.holes.size(), 3u);
  EXPECT_EQ(out.result.holes[0].slot, 0u);
  EXPECT_EQ(out.result.holes[1].slot, 1u);
  EXPECT_EQ(out.result.holes[2].slot, 0u);
  for (const plan::Hole& hole : out.result.holes) {
    EXPECT_EQ(out.result.bytes.substr(hole.offset - 4, 4), "\"h\":");
  }
}

struct KeyCase {
  const char* name;
  std::string text;
  bool null_key;
  std::vector<Strings> columns;
};

class ProjectorKeyTest : public testing::TestWithParam<KeyCase> {};

TEST_P(ProjectorKeyTest, ReadsTheTupleWhereverItStands) {
  const plan::Fragment fragment = OneJoin(2);
  const Field field = Object("r", {Hole("h", 0), Leaf("a")});
  const Projected out = Project(fragment, {{"a", "b"}}, field, GetParam().text);
  ASSERT_EQ(out.result.holes.size(), 1u);
  EXPECT_EQ(out.result.holes[0].slot == plan::Hole::kNullKey, GetParam().null_key);
  EXPECT_EQ(out.result.keys[0].columns, GetParam().columns);
}

INSTANTIATE_TEST_SUITE_P(
    Tuples, ProjectorKeyTest,
    testing::Values(KeyCase{"after_the_hole", R"({"a":1,"b":2})", false, {{"1"}, {"2"}}},
                    KeyCase{"other_order", R"({"b":2,"a":1})", false, {{"1"}, {"2"}}},
                    KeyCase{"null_member", R"({"a":1,"b":null})", true, {{}, {}}},
                    KeyCase{"missing_member", R"({"a":1})", true, {{}, {}}},
                    KeyCase{"lists_and_objects",
                            R"({"a":[1, 2],"b":{"x":null}})",
                            false,
                            {{"[1, 2]"}, {R"({"x":null})"}}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ProjectorTest, TuplesWithTheSameJoinedTextStayApart) {
  const plan::Fragment fragment = OneJoin(2);
  const Field field = Object("r", {Hole("h", 0)}, 1);
  const Projected out =
      Project(fragment, {{"a", "b"}}, field, R"([{"a":1,"b":23},{"a":12,"b":3}])");
  EXPECT_EQ(out.result.keys[0].columns, (std::vector<Strings>{{"1", "12"}, {"23", "3"}}));
}

TEST(ProjectorTest, WithoutKeysAllParentsShareASlot) {
  const plan::Fragment fragment = OneJoin(1);
  const Projected out =
      Project(fragment, {{}}, Object("r", {Hole("h", 0)}, 1), R"([{"a":1},{"a":null}])");
  EXPECT_EQ(out.result.keys[0].columns, (std::vector<Strings>{{"true"}}));
  ASSERT_EQ(out.result.holes.size(), 2u);
  EXPECT_EQ(out.result.holes[1].slot, 0u);
}

struct KindCase {
  const char* name;
  uint32_t list_depth;
  const char* text;
  const char* problem;
};

class ProjectorKindTest : public testing::TestWithParam<KindCase> {};

TEST_P(ProjectorKindTest, RawObjectsAreObjectsAtLeast) {
  Field field = Leaf("r");
  field.projection.object = true;
  field.list_depth = GetParam().list_depth;
  const Projected out = Project(field, GetParam().text);
  EXPECT_EQ(out.problem, GetParam().problem);
  EXPECT_EQ(out.bytes, out.problem.empty() ? GetParam().text : "null");
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ProjectorKindTest,
    testing::Values(KindCase{"object", 0, R"({"a": 1})", ""}, KindCase{"null", 0, "null", ""},
                    KindCase{"number", 0, "5", "expecting object for field \"r\""},
                    KindCase{"list_for_object", 0, "[]", "expecting object for field \"r\""},
                    KindCase{"list", 1, R"([{"a":1}, null])", ""},
                    KindCase{"object_for_list", 1, "{}", "expecting array for field \"r\""},
                    KindCase{"list_of_numbers", 1, "[1]", "expecting object for field \"r\""},
                    KindCase{"list_of_lists", 2, "[[]]", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ProjectorTest, PicksFieldsByTypeAndMapsTypenames) {
  Field typename_field{.response_key = "kind",
                       .source_key = "__t",
                       .kind = Field::Kind::kTypename,
                       .type_names = {{"Cat", "ACat"}}};
  Field meow = Leaf("meow");
  meow.only_on = {"Cat"};
  Field bark = Leaf("bark");
  bark.only_on = {"Dog", "Wolf"};
  Field field = Object("r", {typename_field, meow, bark}, 1);
  field.projection.typename_key = "__t";
  EXPECT_EQ(Project(field, R"([{"__t":"Cat","meow":1},{"bark":2,"__t":"Dog"},{"bark":3}])").bytes,
            R"([{"kind":"ACat","meow":1},{"kind":"Dog","bark":2},{"kind":null}])");
}

TEST(ProjectorTest, WritesConstantsAndObjectsOfItsOwn) {
  Field constant{.response_key = "__typename", .kind = Field::Kind::kConstant, .constant = "\"T\""};
  Field unknown{.response_key = "t",
                .source_key = "gone",
                .kind = Field::Kind::kTypename,
                .constant = "\"U\""};
  Field name_space = Object("ns", {Leaf("a"), Hole("h", 0)});
  name_space.kind = Field::Kind::kObject;
  const plan::Fragment fragment = OneJoin(1);
  const Projected out =
      Project(fragment, {{"a"}}, Object("r", {constant, name_space, unknown}), R"({"a":7})");
  EXPECT_EQ(out.bytes, R"({"__typename":"T","ns":{"a":7,"h":},"t":"U"})");
  EXPECT_EQ(out.result.keys[0].columns, (std::vector<Strings>{{"7"}}));
}

struct RefusalCase {
  const char* name;
  std::string text;
  std::string problem;
};

class ProjectorRefusalTest : public testing::TestWithParam<RefusalCase> {};

// type Out { id: Int!, tags: [String!], inner: Inner } with `name` known and not asked for.
TEST_P(ProjectorRefusalTest, SaysWhatIsWrongAndTakesTheValueBack) {
  Field tags = Leaf("tags");
  tags.list_depth = 1;
  tags.non_null = {false, true};
  Field inner = Object("inner", {Leaf("x")});
  inner.projection.closed = true;
  inner.projection.known_members = {{"x", true}};
  Field field = Object("r", {Leaf("id"), Hole("h", 0), tags, inner});
  field.projection.closed = true;
  field.projection.known_members = {
      {"id", true}, {"tags", false}, {"inner", false}, {"name", true}};
  field.non_null = {true};
  const plan::Fragment fragment = OneJoin(1);
  const Projected out = Project(fragment, {{"id"}}, field, GetParam().text);
  EXPECT_EQ(out.problem, GetParam().problem);
  if (out.problem.empty()) return;
  EXPECT_EQ(out.bytes, "null");
  EXPECT_EQ(out.result.bytes, "null");
  EXPECT_TRUE(out.result.holes.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ProjectorRefusalTest,
    testing::Values(RefusalCase{"fine", R"({"id":1,"name":"n","tags":["a"],"inner":{"x":1}})", ""},
                    RefusalCase{"fine_with_nulls",
                                R"({"id":1,"name":"n","tags":null,"inner":null})", ""},
                    RefusalCase{"unexpected_field", R"({"id":1,"name":"n","age":3})",
                                "unexpected fields in webhook response: age"},
                    RefusalCase{"unexpected_fields", R"({"id":1,"b":0,"name":"n","age":3})",
                                "unexpected fields in webhook response: b, age"},
                    RefusalCase{"null_field", R"({"id":null,"name":"n"})",
                                "expecting not null value for field \"id\""},
                    RefusalCase{"null_field_not_asked_for", R"({"id":1,"name":null})",
                                "expecting not null value for field \"name\""},
                    RefusalCase{"absent_field", R"({"name":"n"})",
                                "field id expected in webhook response, but not found"},
                    RefusalCase{"absent_field_not_asked_for", R"({"id":1})",
                                "field name expected in webhook response, but not found"},
                    RefusalCase{"null_item", R"({"id":1,"name":"n","tags":["a",null]})",
                                "expecting not null value for field \"tags\""},
                    RefusalCase{"nested_unexpected", R"({"id":1,"name":"n","inner":{"x":1,"y":2}})",
                                "unexpected fields in webhook response: y"},
                    RefusalCase{"nested_is_no_object", R"({"id":1,"name":"n","inner":3})",
                                "expecting object for field \"inner\""},
                    RefusalCase{"null_root", "null", "expecting not null value for field \"r\""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ProjectorTest, AnObjectWhereAListIsDeclaredNeverLeaksItsMembers) {
  const Projected out = Project(Object("r", {Leaf("a")}, 1), R"({"a":1,"secret":2})");
  EXPECT_EQ(out.problem, "expecting array for field \"r\"");
  EXPECT_EQ(out.bytes, "null");
}

TEST(ProjectorTest, SharesSlotsAcrossDocuments) {
  const plan::Fragment fragment = OneJoin(1);
  const std::vector<Strings> key_members = {{"id"}};
  Projector projector(fragment, key_members);
  projector.result().values = {std::vector<plan::Slice>(2)};
  const Field field = Object("r", {Hole("h", 0)});
  const auto one = JsonDocument::Parse(R"({"id":1})");
  const auto two = JsonDocument::Parse(R"({"id": 1})");
  ASSERT_FALSE(projector.Value(field, *one, JsonDocument::kRoot, 0, 0));
  ASSERT_FALSE(projector.Value(field, *two, JsonDocument::kRoot, 0, 1));
  EXPECT_EQ(projector.result().keys[0].size(), 1u);
  EXPECT_EQ(projector.result().values[0][1].first_hole, 1u);
}

}  // namespace
}  // namespace joinery::connectors
