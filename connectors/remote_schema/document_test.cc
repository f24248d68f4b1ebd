#include "connectors/remote_schema/document.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace joinery::connectors::remote_schema {
namespace {

using plan::ParameterValue;
using plan::TextPiece;
using Kind = plan::TextPiece::Kind;

TextPiece Text(std::string text) { return {.text = std::move(text)}; }
TextPiece Key(uint32_t column) { return {.kind = Kind::kKey, .index = column}; }

// user(id: <0>, kind: <1>) { name } of batch 0.
plan::GraphqlRoot UserRoot() {
  plan::GraphqlRoot root;
  root.batch = 0;
  root.text = {Text("user(id: "), Key(0), Text(", kind: "), Key(1), Text(") { name }")};
  return root;
}

class DocumentTest : public testing::Test {
 protected:
  DocumentTest() {
    fragment_.key_types = {{"ID!", ""}};
    fragment_.roots = {UserRoot()};
    request_.batches = {{.columns = {{"1", "\"b\""}, {R"({"a":"x"})", "[1,null]"}}}};
  }

  std::vector<Part> Parts(size_t max_keys = 2000) { return Split(fragment_, request_, max_keys); }
  std::string Document() { return DocumentText(fragment_, request_, Parts().front()); }
  std::string Variables() { return VariablesText(fragment_, request_, Parts().front()); }

  plan::GraphqlFragment fragment_;
  plan::ExecuteRequest request_;
};

TEST_F(DocumentTest, OneAliasPerKeyWithVariablesAndLiterals) {
  EXPECT_EQ(Document(),
            "query($k0_0: ID!,$k1_0: ID!) { f0: user(id: $k0_0, kind: {a: \"x\"}) { name } "
            "f1: user(id: $k1_0, kind: [1, null]) { name } }");
  EXPECT_EQ(Variables(), R"({"k0_0":"1","k1_0":"b"})");
}

TEST_F(DocumentTest, AliasesCountOverAllRoots) {
  plan::GraphqlRoot other;
  other.batch = 1;
  other.text = {Text("team(n: "), Key(0), Text(") { id }")};
  fragment_.roots.push_back(other);
  fragment_.key_types.push_back({"Int"});
  request_.batches.push_back({.columns = {{"7", "\"8\""}}});
  EXPECT_NE(Document().find("f2: team(n: $k2_0) { id } f3: team(n: $k3_0) { id }"),
            std::string::npos);
  EXPECT_EQ(Variables(), R"({"k0_0":"1","k1_0":"b","k2_0":7,"k3_0":8})");
}

TEST_F(DocumentTest, ColumnsThatNoArgumentTakesAreNotDeclared) {
  fragment_.roots[0].text = {Text("user(id: "), Key(0), Text(") { name }")};
  fragment_.key_types = {{"ID!", "String"}};
  EXPECT_EQ(Document().find("k0_1"), std::string::npos);
  EXPECT_EQ(Variables(), R"({"k0_0":"1","k1_0":"b"})");
}

TEST_F(DocumentTest, ClientVariablesOfOurNamesMakeUsStepAside) {
  fragment_.variables = {{.name = "k0_0", .type = "Int", .parameter = 0}};
  request_.parameters = {{.kind = ParameterValue::Kind::kJson, .bytes = "5"}};
  EXPECT_NE(Document().find("($k0_0: Int,$k_0_0: ID!"), std::string::npos);
  EXPECT_EQ(Variables(), R"({"k0_0":5,"k_0_0":"1","k_1_0":"b"})");
}

struct VariableCase {
  const char* name;
  std::string type;
  ParameterValue value;
  std::string variables;
};

class DocumentVariableTest : public testing::TestWithParam<VariableCase> {};

TEST_P(DocumentVariableTest, GoesAsItsTypeAsks) {
  plan::GraphqlFragment fragment;
  fragment.roots = {{.text = {Text("me(x: $v) { id }")}, .alias = "me"}};
  fragment.variables = {{.name = "v", .type = GetParam().type, .parameter = 0}};
  plan::ExecuteRequest request;
  request.parameters = {GetParam().value};
  const Part part = Split(fragment, request, 10).front();
  EXPECT_EQ(VariablesText(fragment, request, part), GetParam().variables);
}

INSTANTIATE_TEST_SUITE_P(
    Values, DocumentVariableTest,
    testing::Values(
        VariableCase{"absent", "Int", {}, "{}"},
        VariableCase{"json", "Int", {ParameterValue::Kind::kJson, "[1]"}, R"({"v":[1]})"},
        VariableCase{"session_int", "Int!", {ParameterValue::Kind::kText, "7"}, R"({"v":7})"},
        VariableCase{"session_id", "ID!", {ParameterValue::Kind::kText, "7"}, R"({"v":"7"})"},
        VariableCase{
            "session_bool", "Boolean", {ParameterValue::Kind::kText, "true"}, R"({"v":true})"},
        VariableCase{"session_bool_of_a_number",
                     "Boolean",
                     {ParameterValue::Kind::kText, "1"},
                     R"({"v":"1"})"},
        VariableCase{
            "session_quote", "String", {ParameterValue::Kind::kText, "a\"b"}, R"({"v":"a\"b"})"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SingleRootTest, AliasOnlyWhereTheNameDiffers) {
  plan::GraphqlFragment fragment;
  fragment.operation = plan::GraphqlFragment::Operation::kMutation;
  fragment.roots = {{.text = {Text("user { id }")}, .alias = "user"},
                    {.text = {Text("users { id }")}, .alias = "user2"},
                    {.text = {Text("user_by(id: 1)")}, .alias = "user"},
                    {.text = {Text("count")}, .alias = "count"}};
  EXPECT_EQ(DocumentText(fragment, {}, Split(fragment, {}, 10).front()),
            "mutation { user { id } user2: users { id } user: user_by(id: 1) count }");
}

TEST_F(DocumentTest, SplitsEvenlyAndDeclaresOnlyWhatAPartUses) {
  fragment_.roots = {UserRoot(), {.batch = 1, .text = {Text("team(n: $x, s: \"$y\") { id }")}}};
  fragment_.key_types = {{"ID!", ""}, {""}};
  fragment_.variables = {{.name = "x", .type = "Int"}, {.name = "y", .type = "Int"}};
  request_.parameters = {{.kind = ParameterValue::Kind::kJson, .bytes = "1"}};
  request_.batches.push_back({.columns = {{"1", "2", "3"}}});
  const std::vector<Part> parts = Parts(3);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].aliased.size(), 2u);
  EXPECT_EQ(parts[1].aliased.size(), 3u);
  EXPECT_EQ(parts[1].offset, 2u);
  EXPECT_EQ(DocumentText(fragment_, request_, parts[0]).find("$x: Int"), std::string::npos);
  const std::string second = DocumentText(fragment_, request_, parts[1]);
  EXPECT_TRUE(second.starts_with("query($x: Int) { f0: team")) << second;
  EXPECT_EQ(VariablesText(fragment_, request_, parts[1]), R"({"x":1})");
}

TEST(RequestWriterTest, KeepsDocumentsByFragmentAndSize) {
  plan::Fragment fragment;
  fragment.id = "f";
  plan::GraphqlFragment graphql;
  graphql.key_types = {{"ID!"}};
  graphql.roots = {{.batch = 0, .text = {Text("user(id: "), Key(0), Text(") { \"n }")}}};
  fragment.body = graphql;
  RequestWriter writer;
  const auto body = [&](std::vector<std::string> keys) {
    plan::ExecuteRequest request;
    request.batches = {{.columns = {std::move(keys)}}};
    return writer.Body(fragment, request, Split(graphql, request, 2000).front());
  };
  EXPECT_EQ(
      body({"1"}),
      R"({"query":"query($k0_0: ID!) { f0: user(id: $k0_0) { \"n } }","variables":{"k0_0":"1"}})");
  EXPECT_EQ(writer.kept_documents(), 1u);
  EXPECT_NE(body({"2"}).find(R"("k0_0":"2")"), std::string::npos);
  EXPECT_EQ(writer.kept_documents(), 1u);
  EXPECT_NE(body({"2", "3"}).find("f1: "), std::string::npos);
  EXPECT_EQ(writer.kept_documents(), 2u);
}

}  // namespace
}  // namespace joinery::connectors::remote_schema
