#include "connectors/remote_schema/remote_schema_connector.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/strings.h"
#include "connectors/kit/testing/upstream.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

using std::chrono::milliseconds;
using testing::Call;
using testing::Reply;
using testing::Upstream;
using Field = plan::Projection::Field;

Field Leaf(std::string key) { return {.response_key = key, .source_key = key}; }

// One root, `profile: user(id: <key>) { name }` per key of batch 0.
plan::GraphqlFragment JoinFragment() {
  plan::GraphqlFragment out;
  out.key_types = {{"ID!"}};
  plan::GraphqlRoot root;
  root.batch = 0;
  root.text = {{.text = "user(id: "},
               {.kind = plan::TextPiece::Kind::kKey, .index = 0},
               {.text = ") { name }"}};
  root.value = Leaf("profile");
  out.roots = {root};
  return out;
}

plan::ExecuteRequest JoinRequest(std::vector<std::string> keys,
                                 plan::GraphqlFragment body = JoinFragment()) {
  plan::Fragment fragment;
  fragment.body = std::move(body);
  fragment.batches = {{.columns = 1}};
  plan::ExecuteRequest request;
  request.source = {plan::SourceKind::kRemoteSchema, "crm"};
  request.fragment = plan::Seal(std::move(fragment));
  request.batches = {{.columns = {std::move(keys)}}};
  return request;
}

// Roots that stand once, by alias; each selects `{ id }` of a field of its own name.
plan::ExecuteRequest RootRequest(const std::vector<std::string>& aliases) {
  plan::GraphqlFragment body;
  for (const std::string& alias : aliases) {
    plan::GraphqlRoot root;
    root.alias = alias;
    root.text = {{.text = StrCat(alias, " { id }")}};
    root.value = Leaf(alias);
    body.roots.push_back(root);
  }
  plan::Fragment fragment;
  fragment.body = std::move(body);
  plan::ExecuteRequest request;
  request.source = {plan::SourceKind::kRemoteSchema, "crm"};
  request.fragment = plan::Seal(std::move(fragment));
  return request;
}

std::string ValueAt(const plan::ExecuteResult& result, size_t root, size_t slot) {
  const plan::Slice& slice = result.values[root][slot];
  return result.bytes.substr(slice.begin, slice.end - slice.begin);
}

class ConnectorTest : public ::testing::Test {
 protected:
  void Serve(RemoteSchemaConnector& connector, const std::string& url,
             const std::string& more = "") {
    const auto definition = json::Parse(StrCat("{\"url\":\"", url, "\"", more, "}"));
    ASSERT_TRUE(definition.ok());
    connector.SetSources({{{plan::SourceKind::kRemoteSchema, "crm"}, *definition}}, 1);
  }

  StatusOr<plan::ExecuteResult> Run(RemoteSchemaConnector& connector, plan::ExecuteRequest request,
                                    const CallContext& context = {}) {
    std::optional<StatusOr<plan::ExecuteResult>> out;
    connector.Execute(context, &loop_, std::move(request),
                      [&](StatusOr<plan::ExecuteResult> result) { out = std::move(result); });
    EXPECT_FALSE(out) << "done ran inside Execute";
    io_.restart();
    while (!out && io_.run_one() > 0) {
    }
    return out ? *std::move(out) : Internal("never ended");
  }

  plan::ExecuteResult Answer(const std::string& body, plan::ExecuteRequest request,
                             int status = 200) {
    Upstream upstream([&](const Call&) { return Reply{.status = status, .body = body}; });
    Serve(connector_, upstream.url());
    StatusOr<plan::ExecuteResult> result = Run(connector_, std::move(request));
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(upstream.calls().size(), 1u);
    return result.ok() ? *std::move(result) : plan::ExecuteResult();
  }

  boost::asio::io_context io_{1};
  EventLoop loop_{io_};
  RemoteSchemaConnector connector_;
};

TEST_F(ConnectorTest, OneRequestForAThousandKeys) {
  std::vector<std::string> keys;
  std::string body = "{\"data\":{";
  for (int i = 999; i >= 0; --i) {
    keys.push_back(StrCat(999 - i));
    StrAppend(body, "\"f", i, "\":{\"name\":\"n", i, "\"}", i > 0 ? "," : "}}");
  }
  const plan::ExecuteResult result = Answer(body, JoinRequest(keys));
  EXPECT_TRUE(result.errors.empty());
  ASSERT_EQ(result.values[0].size(), 1000u);
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(ValueAt(result, 0, i), StrCat("{\"name\":\"n", i, "\"}"));
  }
}

TEST_F(ConnectorTest, LargerBatchesAreCutAndSentTogether) {
  RemoteSchemaConnector connector({.max_keys_per_request = 2});
  Upstream upstream([](const Call& call) {
    const auto body = json::Parse(call.body);
    const json::Value* variables = body->Find("variables");
    std::string data;
    for (const auto& [name, value] : variables->members()) {
      StrAppend(data, data.empty() ? "" : ",", "\"f", name.substr(1, 1),
                "\":", json::ToString(value));
    }
    return Reply{.body = StrCat("{\"data\":{", data, "}}"), .delay = milliseconds(20)};
  });
  Serve(connector, upstream.url());
  auto result = Run(connector, JoinRequest({"\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\""}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(upstream.calls().size(), 3u);
  EXPECT_EQ(upstream.most_parallel(), 3u);
  std::string all;
  for (size_t i = 0; i < 5; ++i) all += ValueAt(*result, 0, i);
  EXPECT_EQ(all, R"("a""b""c""d""e")");
}

TEST_F(ConnectorTest, AFailedPartLeavesTheOthers) {
  RemoteSchemaConnector connector({.max_keys_per_request = 1});
  Upstream upstream([](const Call& call) {
    if (call.body.find("\"bad\"") != std::string::npos) return Reply{.kind = Reply::Kind::kDrop};
    return Reply{.body = R"({"data":{"f0":1}})"};
  });
  Serve(connector, upstream.url());
  auto result = Run(connector, JoinRequest({"\"x\"", "\"bad\"", "\"y\""}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ValueAt(*result, 0, 0) + ValueAt(*result, 0, 1) + ValueAt(*result, 0, 2), "1null1");
  ASSERT_EQ(result->errors.size(), 1u);
  EXPECT_EQ(result->errors[0].slot, 1u);
}

struct FailureCase {
  const char* name;
  Reply reply;
  std::string code;
  std::string message;
};

class ConnectorFailureTest : public ConnectorTest,
                             public ::testing::WithParamInterface<FailureCase> {};

TEST_P(ConnectorFailureTest, IsOneErrorForAllAndNullEverywhere) {
  RemoteSchemaConnector connector({.max_response_bytes = 2000});
  Upstream upstream([](const Call&) { return GetParam().reply; });
  Serve(connector, upstream.url(), ",\"timeout_seconds\":0.1");
  const auto result = Run(connector, JoinRequest({"1", "2"}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ValueAt(*result, 0, 0), "null");
  EXPECT_EQ(ValueAt(*result, 0, 1), "null");
  ASSERT_EQ(result->errors.size(), 1u);
  const plan::SourceError& error = result->errors[0];
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_EQ(error.message, GetParam().message);
  EXPECT_FALSE(error.root || error.slot);
  EXPECT_EQ(error.message.find("127.0.0.1"), std::string::npos);
  EXPECT_TRUE(error.internal.empty() || json::Parse(error.internal).ok()) << error.internal;
}

constexpr char kHttp[] = "HTTP exception occurred while sending the request to \"crm\"";

INSTANTIATE_TEST_SUITE_P(
    Upstreams, ConnectorFailureTest,
    ::testing::Values(
        FailureCase{"drops", {.kind = Reply::Kind::kDrop}, "remote-schema-error", kHttp},
        FailureCase{"is_slow", {.kind = Reply::Kind::kNever}, "remote-schema-error", kHttp},
        FailureCase{"is_cut_off",
                    {.kind = Reply::Kind::kTruncate, .body = R"({"data":{"f0":1,"f1":2}})"},
                    "remote-schema-error",
                    kHttp},
        FailureCase{"is_too_large",
                    {.body = std::string(2001, ' ')},
                    "remote-schema-error",
                    "the response of remote schema \"crm\" is larger than allowed"},
        FailureCase{"speaks_garbage",
                    {.body = "<html>"},
                    "unexpected",
                    "Remote server response is not valid JSON: syntax error"},
        FailureCase{"is_silent",
                    {.body = ""},
                    "unexpected",
                    "Remote server response is not valid JSON: the body is empty"},
        FailureCase{"answers_a_list",
                    {.body = "[]"},
                    "unexpected",
                    "\"data\" field not found in remote response"},
        FailureCase{"has_no_data",
                    {.body = R"({"errors":[]})"},
                    "unexpected",
                    "\"data\" field not found in remote response"},
        FailureCase{"has_null_data",
                    {.body = R"({"data":null,"errors":null})"},
                    "unexpected",
                    "\"data\" field not found in remote response"},
        FailureCase{
            "fails_with_text", {.status = 500, .body = "boom \xff"}, "remote-schema-error", kHttp},
        FailureCase{"fails_with_other_json",
                    {.status = 502, .body = "{\"a\":1}"},
                    "remote-schema-error",
                    kHttp},
        FailureCase{"fails_with_graphql",
                    {.status = 500, .body = R"({"errors":[{"message":"boom"}]})"},
                    "unexpected",
                    "boom"},
        FailureCase{"fails_with_code",
                    {.status = 401,
                     .body = R"({"errors":[{"message":"no","extensions":{"code":"DENIED"}}]})"},
                    "DENIED",
                    "no"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ConnectorTest, NobodyListens) {
  Serve(connector_, testing::UnusedUrl());
  const auto result = Run(connector_, JoinRequest({"1"}));
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->errors.size(), 1u);
  EXPECT_EQ(result->errors[0].message, kHttp);
}

TEST_F(ConnectorTest, PartialDataKeepsWhatCame) {
  const auto result = Answer(
      R"({"errors":[{"message":"boom","path":["f1","name",0],"extensions":{"code":"C","x":1}}],
          "data":{"f1":null,"f0":{"name":"a"},"f2":{"name":null}}})",
      JoinRequest({"1", "2", "3"}));
  EXPECT_EQ(ValueAt(result, 0, 0), "{\"name\":\"a\"}");
  EXPECT_EQ(ValueAt(result, 0, 1), "null");
  EXPECT_EQ(ValueAt(result, 0, 2), "{\"name\":null}");
  ASSERT_EQ(result.errors.size(), 1u);
  const plan::SourceError& error = result.errors[0];
  EXPECT_EQ(error.root, 0u);
  EXPECT_EQ(error.slot, 1u);
  EXPECT_EQ(error.path, (std::vector<json::PathStep>{"name", size_t{0}}));
  EXPECT_EQ(error.code, "C");
  EXPECT_EQ(error.extensions, R"({"code":"C","x":1})");
  const auto original = json::Parse(error.original);
  ASSERT_TRUE(original.ok());
  EXPECT_EQ(json::ToString(*original->Find("path")), R"(["profile__1","name",0])");
}

TEST_F(ConnectorTest, EmptyErrorListsAreNone) {
  for (const char* errors : {"null", "[]"}) {
    const auto result =
        Answer(StrCat(R"({"data":{"f0":1},"errors":)", errors, "}"), JoinRequest({"1"}));
    EXPECT_TRUE(result.errors.empty());
    EXPECT_EQ(ValueAt(result, 0, 0), "1");
  }
}

TEST_F(ConnectorTest, AMissingAliasIsNullWithAnErrorOfItsOwn) {
  const auto result =
      Answer(R"({"data":{"f1":2,"f9":3,"fx":1,"other":4}})", JoinRequest({"1", "2"}));
  EXPECT_EQ(ValueAt(result, 0, 0), "null");
  EXPECT_EQ(ValueAt(result, 0, 1), "2");
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].slot, 0u);
  EXPECT_EQ(result.errors[0].message,
            "the remote server's response lacks a field that was asked for");
}

TEST_F(ConnectorTest, DataLostToAnotherFieldSaysSo) {
  const auto result = Answer(R"({"data":null,"errors":[{"message":"boom","path":["f0"]}]})",
                             JoinRequest({"1", "2"}));
  ASSERT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.errors[0].slot, 0u);
  EXPECT_EQ(result.errors[1].slot, 1u);
  EXPECT_EQ(result.errors[1].message,
            "no data, because of an error in another field of the same request");
}

struct PathCase {
  const char* name;
  std::string data;
  std::string value;
  std::string message;
};

class ConnectorPathTest : public ConnectorTest, public ::testing::WithParamInterface<PathCase> {};

TEST_P(ConnectorPathTest, FollowsTheStepsOfTheDefinition) {
  plan::GraphqlFragment body = JoinFragment();
  body.roots[0].path = {"a", "b"};
  const auto result =
      Answer(StrCat("{\"data\":{\"f0\":", GetParam().data, "}}"), JoinRequest({"1"}, body));
  EXPECT_EQ(ValueAt(result, 0, 0), GetParam().value);
  EXPECT_EQ(result.errors.empty() ? "" : result.errors[0].message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ConnectorPathTest,
    ::testing::Values(PathCase{"there", R"({"a":{"b":[1]}})", "[1]", ""},
                      PathCase{"null_on_the_way", R"({"a":null})", "null", ""},
                      PathCase{"null_at_once", "null", "null", ""},
                      PathCase{"null_value", R"({"a":{"b":null}})", "null", ""},
                      PathCase{"list_on_the_way", R"({"a":[{"b":1}]})", "null",
                               "expected an object with field \"b\" in the remote response"},
                      PathCase{"step_missing", R"({"x":1})", "null",
                               "expected an object with field \"a\" in the remote response"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ConnectorTest, ErrorPathsLoseTheStepsOfTheDefinition) {
  plan::GraphqlFragment body = JoinFragment();
  body.roots[0].path = {"a"};
  const auto result =
      Answer(R"({"data":{"f0":{"a":{"n":null}}},"errors":[{"message":"m","path":["f0","a","n"]}]})",
             JoinRequest({"1"}, body));
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].path, (std::vector<json::PathStep>{"n"}));
}

TEST_F(ConnectorTest, RootsComeByAliasWithCookiesAndTheirErrors) {
  Upstream upstream([](const Call&) {
    return Reply{
        .body =
            R"({"data":{"b":{"id":2},"a":{"id":1}},"errors":[{"message":"m","path":["b","id"]}]})",
        .headers = {{"Set-Cookie", "s=1"}}};
  });
  Serve(connector_, upstream.url());
  auto result = Run(connector_, RootRequest({"a", "b"}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(upstream.calls().size(), 1u);
  EXPECT_EQ(ValueAt(*result, 0, 0), "{\"id\":1}");
  EXPECT_EQ(ValueAt(*result, 1, 0), "{\"id\":2}");
  EXPECT_EQ(result->set_cookies, (std::vector<std::string>{"s=1"}));
  ASSERT_EQ(result->errors.size(), 1u);
  EXPECT_EQ(result->errors[0].root, 1u);
  EXPECT_EQ(result->errors[0].original, R"({"message":"m","path":["b","id"]})");
}

TEST_F(ConnectorTest, JoinedCallsKeepTheirCookies) {
  Upstream upstream([](const Call&) {
    return Reply{.body = R"({"data":{"f0":1}})", .headers = {{"Set-Cookie", "s=1"}}};
  });
  Serve(connector_, upstream.url());
  EXPECT_TRUE(Run(connector_, JoinRequest({"1"}))->set_cookies.empty());
}

TEST_F(ConnectorTest, SendsHeadersInTheirOrderOfPrecedence) {
  setenv("CRM_KEY", "secret", 1);
  Upstream upstream([](const Call&) { return Reply{.body = R"({"data":{"f0":1}})"}; });
  Serve(connector_, upstream.url(),
        R"(,"forward_client_headers":true,"headers":[{"name":"X-Key","value_from_env":"CRM_KEY"},
            {"name":"X-Hasura-Org","value":"configured"}])");
  plan::ExecuteRequest request = JoinRequest({"1"});
  request.session = std::make_shared<plan::Headers>(
      plan::Headers{{"x-hasura-role", "user"}, {"x-hasura-org", "session"}});
  request.client_headers = std::make_shared<plan::Headers>(plan::Headers{
      {"x-hasura-admin-secret", "s"}, {"x-key", "client"}, {"cookie", "c"}, {"host", "edge"}});
  ASSERT_TRUE(Run(connector_, std::move(request)).ok());
  const Call call = upstream.calls().at(0);
  EXPECT_EQ(call.headers.at("x-key"), "secret");
  EXPECT_EQ(call.headers.at("x-hasura-org"), "configured");
  EXPECT_EQ(call.headers.at("x-hasura-role"), "user");
  EXPECT_EQ(call.headers.at("cookie"), "c");
  EXPECT_EQ(call.headers.at("x-forwarded-host"), "edge");
  EXPECT_EQ(call.headers.at("content-type"), "application/json");
  EXPECT_TRUE(call.headers.at("user-agent").starts_with("joinery/"));
  EXPECT_EQ(call.headers.count("x-hasura-admin-secret"), 0u);
  EXPECT_EQ(
      call.body,
      R"({"query":"query($k0_0: ID!) { f0: user(id: $k0_0) { name } }","variables":{"k0_0":"1"}})");
}

TEST_F(ConnectorTest, CollectsKeysForWhatHangsOnIt) {
  plan::GraphqlFragment body = JoinFragment();
  Field hole{.response_key = "h", .kind = Field::Kind::kHole};
  body.roots[0].value.projection.raw = false;
  body.roots[0].value.projection.fields = {Leaf("name"), hole};
  body.key_members = {{"key"}};
  plan::Fragment fragment;
  fragment.body = body;
  fragment.batches = {{.columns = 1}};
  fragment.key_sets = {{.columns = 1}};
  fragment.joins = {{.key_set = 0}};
  plan::ExecuteRequest request = JoinRequest({"1", "2", "3"});
  request.fragment = plan::Seal(std::move(fragment));
  const auto result = Answer(
      R"({"data":{"f0":{"key":7,"name":"a"},"f1":{"name":"b","key":null},"f2":{"key":7,"name":"c"}}})",
      std::move(request));
  EXPECT_EQ(ValueAt(result, 0, 2), R"({"name":"c","h":})");
  ASSERT_EQ(result.keys.size(), 1u);
  EXPECT_EQ(result.keys[0].columns, (std::vector<std::vector<std::string>>{{"7"}}));
  ASSERT_EQ(result.holes.size(), 3u);
  EXPECT_EQ(result.holes[1].slot, plan::Hole::kNullKey);
  EXPECT_EQ(result.values[0][2].first_hole, 2u);
}

TEST_F(ConnectorTest, NoKeysMeansNoRequest) {
  Serve(connector_, testing::UnusedUrl());
  const auto result = Run(connector_, JoinRequest({}));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->errors.empty());
}

TEST_F(ConnectorTest, RefusesWhatIsNotItsOwn) {
  EXPECT_EQ(Run(connector_, JoinRequest({"1"})).status().code(), StatusCode::kNotFound);
  Serve(connector_, "http://{{CRM_TEST_UNSET}}/");
  const Status unset = Run(connector_, JoinRequest({"1"})).status();
  EXPECT_EQ(unset.code(), StatusCode::kUnavailable);
  EXPECT_NE(MessageOf(unset).find("CRM_TEST_UNSET"), std::string_view::npos);
  plan::ExecuteRequest wrong = JoinRequest({"1"});
  wrong.batches.clear();
  EXPECT_EQ(Run(connector_, std::move(wrong)).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ConnectorTest, CancellationEndsTheExecution) {
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  Upstream upstream([&](const Call&) {
    context.cancellation->Cancel();
    return Reply{.kind = Reply::Kind::kNever};
  });
  Serve(connector_, upstream.url());
  EXPECT_EQ(Run(connector_, JoinRequest({"1"}), context).status().code(), StatusCode::kCancelled);
}

TEST_F(ConnectorTest, RunsOnALoopOfItsOwn) {
  Upstream upstream([](const Call&) { return Reply{.body = R"({"data":{"f0":1}})"}; });
  Serve(connector_, upstream.url());
  std::promise<std::string> value;
  connector_.Execute({}, nullptr, JoinRequest({"1"}), [&](StatusOr<plan::ExecuteResult> result) {
    value.set_value(result.ok() ? ValueAt(*result, 0, 0) : std::string(MessageOf(result.status())));
  });
  EXPECT_EQ(value.get_future().get(), "1");
}

TEST_F(ConnectorTest, ExplainShowsTheDocumentAndNoAddress) {
  const auto explained = connector_.Explain({}, JoinRequest({"1"}));
  ASSERT_TRUE(explained.ok());
  EXPECT_EQ(json::ToString(*explained),
            R"({"document":"query($k0_0: ID!) { f0: user(id: $k0_0) { name } }",)"
            R"("variables":{"k0_0":"1"}})");
}

struct IntrospectCase {
  const char* name;
  Reply reply;
  std::string message;  // `<url>` stands for the address.
};

class IntrospectTest : public ::testing::TestWithParam<IntrospectCase> {};

TEST_P(IntrospectTest, TellsWhatIsWrong) {
  Upstream upstream([](const Call&) { return GetParam().reply; });
  RemoteSchemaConnector connector;
  const auto definition =
      json::Parse(StrCat("{\"url\":\"", upstream.url(), "\",\"timeout_seconds\":1}"));
  const auto result =
      connector.Introspect({}, {{plan::SourceKind::kRemoteSchema, "crm"}, *definition});
  if (GetParam().message.empty()) {
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->catalog, GetParam().reply.body);
    EXPECT_EQ(upstream.calls().at(0).headers.at("x-hasura-role"), "admin");
    return;
  }
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(MessageOf(result.status()), ReplaceAll(GetParam().message, "<url>", upstream.url()));
}

INSTANTIATE_TEST_SUITE_P(
    Upstreams, IntrospectTest,
    ::testing::Values(
        IntrospectCase{"fine", {.body = R"({"data":{"__schema":{}}})"}, ""},
        IntrospectCase{"drops",
                       {.kind = Reply::Kind::kDrop},
                       "HTTP exception occurred while sending the request to <url>"},
        IntrospectCase{"refuses",
                       {.status = 403, .body = "{}"},
                       "introspection query to <url> has responded with 403 status code"},
        IntrospectCase{"garbage",
                       {.body = "x"},
                       "the answer of <url> to the introspection query is no JSON object"},
        IntrospectCase{"errors",
                       {.body = R"({"errors":[{"message":"no"}]})"},
                       "introspection query to <url> has responded with errors"},
        IntrospectCase{"no_schema",
                       {.body = R"({"data":{}})"},
                       "the introspection result of <url> holds no schema"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace joinery::connectors::remote_schema
