#include "planner/catalog/names.h"

#include <gtest/gtest.h>

#include "planner/catalog/scalars.h"

namespace joinery::planner {
namespace {

struct IdentifierCase {
  std::string name;
  Identifier identifier;
  std::string snake, camel, pascal;
};

class IdentifierTest : public testing::TestWithParam<IdentifierCase> {};

TEST_P(IdentifierTest, IsWrittenInEachConvention) {
  EXPECT_EQ(GetParam().identifier.Snake(), GetParam().snake);
  EXPECT_EQ(GetParam().identifier.Camel(), GetParam().camel);
  EXPECT_EQ(GetParam().identifier.Pascal(), GetParam().pascal);
}

INSTANTIATE_TEST_SUITE_P(
    Names, IdentifierTest,
    testing::Values(
        IdentifierCase{"database", Identifier::FromDatabase("author_details"), "author_details",
                       "authorDetails", "AuthorDetails"},
        IdentifierCase{"suffix", Identifier::FromDatabase("author_details").Then("by_pk"),
                       "author_details_by_pk", "authorDetailsByPk", "AuthorDetailsByPk"},
        IdentifierCase{"custom_keeps_its_writing", Identifier::Custom("table_one").Then("by_pk"),
                       "table_one_by_pk", "table_oneByPk", "Table_oneByPk"},
        IdentifierCase{"custom_behind_a_prefix",
                       Identifier::Custom("tableOne").Prefixed(Identifier::Custom("insert")),
                       "insert_tableOne", "insertTableOne", "InsertTableOne"},
        IdentifierCase{"operator", Identifier::FromDatabase("_is_null"), "_is_null", "_isNull",
                       "_IsNull"},
        IdentifierCase{
            "schema",
            Identifier::FromDatabase("my_table").Prefixed(Identifier::FromDatabase("my_schema")),
            "my_schema_my_table", "mySchemaMyTable", "MySchemaMyTable"}),
    [](const auto& info) { return info.param.name; });

TEST(NamesTest, KnowsGraphqlNames) {
  for (const std::string_view good : {"a", "_a", "a1", "A_b"}) EXPECT_TRUE(IsGraphqlName(good));
  for (const std::string_view bad : {"", "1a", "a b", "__a", "a-b", "ä"}) {
    EXPECT_FALSE(IsGraphqlName(bad)) << bad;
  }
}

TEST(NamesTest, PutsPrefixesAround) {
  const SourceNaming naming{.root_prefix = "p_", .root_suffix = "_s", .type_prefix = "T_"};
  EXPECT_EQ(naming.Root("author"), "p_author_s");
  EXPECT_EQ(naming.Type(Identifier::FromDatabase("author"), "bool_exp"), "T_author_bool_exp");
}

struct ScalarCase {
  std::string name;
  plan::SqlType type;
  bool stringify;
  std::string graphql_name;
  plan::JsonForm form;
};

class ScalarTest : public testing::TestWithParam<ScalarCase> {};

TEST_P(ScalarTest, IsDescribed) {
  const ScalarCase& test = GetParam();
  const ScalarInfo info =
      DescribeScalar(test.type, plan::TypeKind::kBase, test.type, test.stringify, true);
  EXPECT_EQ(info.graphql_name, test.graphql_name);
  EXPECT_EQ(info.form, test.form);
}

using plan::JsonForm;
INSTANTIATE_TEST_SUITE_P(
    Types, ScalarTest,
    testing::Values(
        ScalarCase{"int4", {"", "int4"}, true, "Int", JsonForm::kNumber},
        ScalarCase{"int8", {"", "int8"}, false, "bigint", JsonForm::kNumber},
        ScalarCase{"int8_text", {"", "int8"}, true, "bigint", JsonForm::kNumberText},
        ScalarCase{"float4", {"", "float4"}, true, "Float", JsonForm::kNumber},
        ScalarCase{"money", {"", "money"}, true, "money", JsonForm::kText},
        ScalarCase{"varchar", {"", "varchar"}, false, "String", JsonForm::kText},
        ScalarCase{"timestamptz", {"", "timestamptz"}, false, "timestamptz", JsonForm::kTimestamp},
        ScalarCase{"array", {"", "numeric", 1}, true, "numeric", JsonForm::kAsDatabase},
        ScalarCase{"unknown", {"public", "hstore"}, false, "hstore", JsonForm::kAsDatabase}),
    [](const auto& info) { return info.param.name; });

TEST(ScalarTest, ADomainKeepsItsName) {
  const ScalarInfo info =
      DescribeScalar({"public", "email"}, plan::TypeKind::kDomain, {"", "text"}, false, true);
  EXPECT_EQ(info.graphql_name, "email");
  EXPECT_EQ(info.form, JsonForm::kText);
  EXPECT_FALSE(info.is_comparable());
}

}  // namespace
}  // namespace joinery::planner
