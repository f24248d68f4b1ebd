#include "planner/schema/role_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "graphql/sdl.h"
#include "planner/consistency/build_graph.h"
#include "planner/schema/test_world.h"

namespace joinery::planner {
namespace {

constexpr std::string_view kTestdata = "planner/schema/testdata/";

GraphResult GraphOf(const std::string& topic, const SchemaOptions& options) {
  const auto texts = testing::ReadWorldTexts(StrCat(kTestdata, topic));
  EXPECT_TRUE(texts.ok()) << texts.status();
  const auto world = testing::MakeWorld(*texts);
  EXPECT_TRUE(world.ok()) << world.status();
  return BuildGraph(*world, options);
}

// JOINERY_UPDATE_GOLDENS: the workspace, whose golden files are then written.
void ExpectGolden(const std::string& path, const std::string& actual) {
  if (const char* workspace = std::getenv("JOINERY_UPDATE_GOLDENS")) {
    const std::string file = StrCat(workspace, "/", path);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << actual;
    return;
  }
  EXPECT_EQ(testing::ReadFile(path), actual) << "differs from " << path;
}

struct GoldenCase {
  std::string topic;
  std::string role;
  SchemaOptions options = {};
  std::string variant = {};  // Tells cases of one topic and role apart.
};

class RoleSchemaGoldenTest : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(RoleSchemaGoldenTest, PrintsAsRecorded) {
  const GoldenCase& test = GetParam();
  const GraphResult graph = GraphOf(test.topic, test.options);
  for (const InconsistentObject& object : graph.inconsistent) ADD_FAILURE() << object.reason;
  for (const std::string& text : graph.graph->duplicate_root_fields) ADD_FAILURE() << text;
  const auto schema = BuildRoleSchema(*graph.graph, test.role, test.options);
  for (const std::string& error : schema->errors) ADD_FAILURE() << error;
  ASSERT_NE(schema->schema, nullptr);
  ExpectGolden(StrCat(kTestdata, test.topic, "/expected/", test.role, test.variant, ".sdl"),
               graphql::PrintSchema(*schema->schema));
}

INSTANTIATE_TEST_SUITE_P(
    Topics, RoleSchemaGoldenTest,
    ::testing::Values(GoldenCase{"tables", "admin"}, GoldenCase{"tables", "user"},
                      GoldenCase{"tables", "counter"}, GoldenCase{"tables", "stranger"},
                      GoldenCase{"tables", "both"}, GoldenCase{"types", "admin"},
                      GoldenCase{"customized", "admin"}, GoldenCase{"graphql_default", "admin"},
                      GoldenCase{"joins", "admin"},
                      GoldenCase{"joins", "user", {.remote_schema_permissions = true}},
                      GoldenCase{"joins", "guest", {.remote_schema_permissions = true}},
                      GoldenCase{"joins", "guest", {}, "_without_remote_permissions"},
                      GoldenCase{"actions", "admin"}, GoldenCase{"actions", "user"}),
    [](const auto& info) {
      return StrCat(info.param.topic, "_", info.param.role, info.param.variant);
    });

// --- What fields and inputs mean
// -------------------------------------------------------------------

class BindingTest : public ::testing::Test {
 protected:
  const graphql::FieldDefinition& Field(const RoleSchema& schema, std::string_view type,
                                        std::string_view field) {
    const graphql::NamedType* named = schema.schema->type(type);
    EXPECT_NE(named, nullptr) << type;
    const graphql::FieldDefinition* found = named->fields().Find(field);
    EXPECT_NE(found, nullptr) << type << "." << field;
    return *found;
  }
  std::shared_ptr<const RoleSchema> Schema(const std::string& topic, const std::string& role,
                                           const SchemaOptions& options = {}) {
    return BuildRoleSchema(*GraphOf(topic, options).graph, role, options);
  }
};

TEST_F(BindingTest, EveryFieldOfATableHasAMeaning) {
  const auto schema = Schema("tables", "admin");
  for (const graphql::NamedType* type : schema->schema->types()) {
    if (type->is_introspection) continue;
    for (const graphql::FieldDefinition& field : type->fields()) {
      EXPECT_FALSE(std::holds_alternative<std::monostate>(schema->field(field.binding)))
          << type->name << "." << field.name;
    }
  }
}

TEST_F(BindingTest, AFilterTravelsWithTheTable) {
  const auto schema = Schema("tables", "user");
  const auto& root =
      std::get<TableRootField>(schema->field(Field(*schema, "query_root", "article").binding));
  const FilterTemplate& filter = root.table->filter;
  ASSERT_EQ(filter.predicate.kind, plan::Predicate::Kind::kOr);
  ASSERT_EQ(filter.parameters.size(), 2u);
  EXPECT_EQ(filter.parameters[0].kind, plan::ParameterSource::Kind::kSession);
  EXPECT_EQ(filter.parameters[0].name, "x-hasura-user-id");
  EXPECT_EQ(filter.types[0].name, "int4");
  EXPECT_EQ(filter.parameters[1].constant, "true");
  EXPECT_EQ(root.table->limit, 10);
}

TEST_F(BindingTest, InheritedRolesMaskWhatOneParentLacks) {
  const auto schema = Schema("tables", "both");
  const auto& title =
      std::get<ColumnField>(schema->field(Field(*schema, "article", "title").binding));
  EXPECT_EQ(title.column->visible_if, nullptr);
  const auto& rating =
      std::get<ColumnField>(schema->field(Field(*schema, "article", "rating").binding));
  ASSERT_NE(rating.column->visible_if, nullptr);
  EXPECT_TRUE(rating.column->nullable);
  EXPECT_EQ(rating.column->visible_if->parameters.size(), 2u);
}

TEST_F(BindingTest, ARemoteRelationshipKnowsItsKeysAndItsWay) {
  const auto schema = Schema("joins", "admin");
  const auto& join = std::get<RemoteRelationshipField>(
      schema->field(Field(*schema, "orders", "shipment").binding));
  ASSERT_EQ(join.keys.size(), 1u);
  EXPECT_EQ(join.keys[0].column, "tracking_no");
  EXPECT_EQ(join.keys[0].type.name, "text");
  EXPECT_EQ(join.key_names, std::vector<std::string>{"tracking_no"});
  const auto& target = std::get<RemoteRelationshipField::ToRemote>(join.target);
  ASSERT_EQ(target.steps.size(), 1u);
  EXPECT_EQ(target.steps[0].field, "shipment");
  ASSERT_NE(target.steps[0].upstream, nullptr);
  EXPECT_EQ(target.schema->name, "logistics");
}

TEST_F(BindingTest, PresetsAreKeptForRequests) {
  const auto schema = Schema("joins", "user", {.remote_schema_permissions = true});
  const auto logistics = std::ranges::find(schema->remote_schemas, "logistics",
                                           [](const auto& one) { return one->name; });
  ASSERT_NE(logistics, schema->remote_schemas.end());
  const auto presets = (*logistics)->presets.find("Shipment.events");
  ASSERT_NE(presets, (*logistics)->presets.end());
  ASSERT_EQ(presets->second.size(), 1u);
  EXPECT_EQ(presets->second[0].name, "kind");
  EXPECT_TRUE(presets->second[0].value_is_enum);
  EXPECT_EQ(presets->second[0].value, json::Value("SCAN"));
}

TEST_F(BindingTest, AnUnknownRoleSeesNothing) {
  const auto schema = Schema("joins", "nobody", {.remote_schema_permissions = true});
  ASSERT_EQ(schema->schema->query()->field_list.size(), 1u);
  EXPECT_EQ(schema->schema->query()->field_list[0].name, "no_queries_available");
  EXPECT_EQ(schema->schema->mutation(), nullptr);
  EXPECT_EQ(schema->schema->subscription(), nullptr);
}

}  // namespace
}  // namespace joinery::planner
