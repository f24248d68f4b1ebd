#include "connectors/action/action_connector.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/strings.h"
#include "connectors/kit/testing/upstream.h"
#include "json/write.h"

namespace joinery::connectors::action {
namespace {

using std::chrono::milliseconds;
using testing::Call;
using testing::Reply;
using testing::Upstream;
using Field = plan::Projection::Field;

plan::Fragment SingleFragment() {
  plan::ActionFragment action;
  action.name = "act";
  action.inputs = {{"sku", {{.kind = plan::TextPiece::Kind::kParameter, .text = {}, .index = 1}}}};
  action.value = {.response_key = "r", .source_key = "r"};
  plan::Fragment fragment;
  fragment.body = action;
  fragment.parameters = 2;
  return fragment;
}

// One call per key, `{ id, hole }` of each answer.
plan::Fragment BatchFragment() {
  plan::ActionFragment action;
  action.name = "act";
  action.batch = 0;
  action.inputs = {{"n", {{.kind = plan::TextPiece::Kind::kKey, .text = {}, .index = 0}}}};
  action.value = {.response_key = "r", .source_key = "r"};
  action.value.projection.raw = false;
  action.value.projection.fields = {{.response_key = "id", .source_key = "id"},
                                    {.response_key = "h", .kind = Field::Kind::kHole}};
  action.key_members = {{"id"}};
  plan::Fragment fragment;
  fragment.body = action;
  fragment.parameters = 2;
  fragment.batches = {{.columns = 1}};
  fragment.key_sets = {{.columns = 1}};
  fragment.joins = {{.key_set = 0}};
  return fragment;
}

plan::ExecuteRequest RequestOf(plan::Fragment fragment) {
  plan::ExecuteRequest request;
  request.source = {plan::SourceKind::kAction, "act"};
  request.fragment = plan::Seal(std::move(fragment));
  request.parameters = {{plan::ParameterValue::Kind::kJson, R"({"x-hasura-role":"user"})"},
                        {plan::ParameterValue::Kind::kJson, "\"A\""}};
  return request;
}

class ActionConnectorTest : public ::testing::Test {
 protected:
  void Serve(const std::string& handler, const std::string& more = "") {
    const auto definition = json::Parse(StrCat("{\"handler\":\"", handler, "\"", more, "}"));
    ASSERT_TRUE(definition.ok());
    connector_.SetSources({{{plan::SourceKind::kAction, "act"}, *definition}}, 1);
  }

  StatusOr<plan::ExecuteResult> Run(plan::ExecuteRequest request, const CallContext& context = {}) {
    std::optional<StatusOr<plan::ExecuteResult>> out;
    connector_.Execute(context, &loop_, std::move(request),
                       [&](StatusOr<plan::ExecuteResult> result) { out = std::move(result); });
    EXPECT_FALSE(out) << "done ran inside Execute";
    io_.restart();
    while (!out && io_.run_one() > 0) {
    }
    return out ? *std::move(out) : Internal("never ended");
  }

  static std::string ValueAt(const plan::ExecuteResult& result, size_t slot) {
    const plan::Slice& slice = result.values[0][slot];
    return result.bytes.substr(slice.begin, slice.end - slice.begin);
  }

  boost::asio::io_context io_{1};
  EventLoop loop_{io_};
  ActionConnector connector_;
};

TEST_F(ActionConnectorTest, CallsTheHandlerAndKeepsCookies) {
  setenv("ACTION_KEY", "secret", 1);
  Upstream upstream([](const Call&) {
    return Reply{.body = "{\"a\": 1}", .headers = {{"Set-Cookie", "c=1"}}};
  });
  setenv("ACTION_HOST", upstream.url("").c_str(), 1);
  Serve(
      "{{ACTION_HOST}}/orders",
      R"(,"forward_client_headers":true,"headers":[{"name":"X-Key","value_from_env":"ACTION_KEY"}])");
  plan::ExecuteRequest request = RequestOf(SingleFragment());
  request.session = std::make_shared<plan::Headers>(plan::Headers{{"x-hasura-role", "user"}});
  request.client_headers = std::make_shared<plan::Headers>(
      plan::Headers{{"X-Key", "client"}, {"accept-language", "en"}, {"x-other", "o"}});
  const auto result = Run(std::move(request));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ValueAt(*result, 0), "{\"a\": 1}");
  EXPECT_EQ(result->set_cookies, (std::vector<std::string>{"c=1"}));
  const Call call = upstream.calls().at(0);
  EXPECT_EQ(call.target, "/orders");
  EXPECT_EQ(
      call.body,
      R"({"action":{"name":"act"},"input":{"sku":"A"},"session_variables":{"x-hasura-role":"user"}})");
  EXPECT_EQ(call.headers.at("x-key"), "secret");
  EXPECT_EQ(call.headers.at("x-other"), "o");
  EXPECT_EQ(call.headers.count("accept-language"), 0u);
  EXPECT_EQ(call.headers.count("x-hasura-role"), 0u);
  EXPECT_EQ(call.headers.at("content-type"), "application/json");
}

TEST_F(ActionConnectorTest, ForwardsNothingUnlessAsked) {
  Upstream upstream([](const Call&) { return Reply{.body = "1"}; });
  Serve(upstream.url());
  plan::ExecuteRequest request = RequestOf(SingleFragment());
  request.client_headers = std::make_shared<plan::Headers>(plan::Headers{{"x-other", "o"}});
  ASSERT_TRUE(Run(std::move(request)).ok());
  EXPECT_EQ(upstream.calls().at(0).headers.count("x-other"), 0u);
}

TEST_F(ActionConnectorTest, IgnoredHeadersAreTheDefinitionsWhereItHasAny) {
  Upstream upstream([](const Call&) { return Reply{.body = "1"}; });
  Serve(upstream.url(), R"(,"forward_client_headers":true,"ignored_client_headers":["X-Other"])");
  plan::ExecuteRequest request = RequestOf(SingleFragment());
  request.client_headers =
      std::make_shared<plan::Headers>(plan::Headers{{"x-other", "o"}, {"accept-language", "en"}});
  ASSERT_TRUE(Run(std::move(request)).ok());
  EXPECT_EQ(upstream.calls().at(0).headers.count("x-other"), 0u);
  EXPECT_EQ(upstream.calls().at(0).headers.at("accept-language"), "en");
}

TEST_F(ActionConnectorTest, OneCallPerKeyUnderTheLimitAndErrorsForTheirKeyOnly) {
  Upstream upstream([](const Call& call) {
    const auto body = json::Parse(call.body);
    const std::string n = body->Find("input")->Find("n")->number_text();
    if (n == "7") return Reply{.status = 400, .body = R"({"message":"seven"})"};
    return Reply{.body = StrCat("{\"id\":", n, "}"), .delay = milliseconds(5)};
  });
  Serve(upstream.url());
  plan::ExecuteRequest request = RequestOf(BatchFragment());
  request.batches.resize(1);
  request.batches[0].columns.resize(1);
  for (int i = 0; i < 50; ++i) request.batches[0].columns[0].push_back(StrCat(i));
  const auto result = Run(std::move(request));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(upstream.calls().size(), 50u);
  EXPECT_LE(upstream.most_parallel(), 16u);
  EXPECT_GT(upstream.most_parallel(), 1u);
  ASSERT_EQ(result->errors.size(), 1u);
  EXPECT_EQ(result->errors[0].slot, 7u);
  EXPECT_EQ(result->errors[0].message, "seven");
  EXPECT_EQ(ValueAt(*result, 7), "null");
  EXPECT_EQ(ValueAt(*result, 49), "{\"id\":49,\"h\":}");
  ASSERT_EQ(result->keys[0].size(), 49u);
  EXPECT_EQ(result->keys[0].columns[0][7], "8");
  for (size_t i = 1; i < result->holes.size(); ++i) {
    EXPECT_LT(result->holes[i - 1].offset, result->holes[i].offset);
  }
}

TEST_F(ActionConnectorTest, NoKeysMeansNoCall) {
  Serve(testing::UnusedUrl());
  plan::ExecuteRequest request = RequestOf(BatchFragment());
  request.batches.resize(1);
  const auto result = Run(std::move(request));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->errors.empty());
}

struct FailureCase {
  const char* name;
  Reply reply;
  std::string detail;
};

class ActionConnectorFailureTest : public ActionConnectorTest,
                                   public ::testing::WithParamInterface<FailureCase> {};

TEST_P(ActionConnectorFailureTest, IsAnHttpException) {
  Upstream upstream([](const Call&) { return GetParam().reply; });
  Serve(upstream.url(), ",\"timeout\":0.1");
  const auto result = Run(RequestOf(SingleFragment()));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(upstream.calls().size(), 1u) << "repeated";
  ASSERT_EQ(result->errors.size(), 1u);
  EXPECT_EQ(result->errors[0].code, "unexpected");
  EXPECT_EQ(result->errors[0].message, "http exception when calling webhook");
  const auto internal = json::Parse(result->errors[0].internal);
  ASSERT_TRUE(internal.ok());
  EXPECT_EQ(json::ToString(*internal->Find("error")), GetParam().detail);
  EXPECT_TRUE(internal->Find("response")->is_null());
}

INSTANTIATE_TEST_SUITE_P(
    Handlers, ActionConnectorFailureTest,
    ::testing::Values(
        FailureCase{"slow",
                    {.kind = Reply::Kind::kNever},
                    R"({"type":"http_exception","message":"ResponseTimeout"})"},
        FailureCase{
            "drops",
            {.kind = Reply::Kind::kDrop},
            R"json({"type":"http_exception","message":"Server returned nothing (no headers, no data)"})json"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ActionConnectorTest, InternalShowsVariablesByNameAndNoDocument) {
  setenv("ACTION_KEY", "secret", 1);
  Upstream upstream([](const Call&) { return Reply{.status = 500, .body = "{}"}; });
  Serve(upstream.url(), R"(,"headers":[{"name":"X-Key","value_from_env":"ACTION_KEY"}])");
  plan::Fragment fragment = SingleFragment();
  std::get<plan::ActionFragment>(fragment.body).request_query = 1;
  const auto result = Run(RequestOf(std::move(fragment)));
  ASSERT_TRUE(result.ok());
  EXPECT_NE(upstream.calls().at(0).body.find("request_query"), std::string::npos);
  const std::string& internal = result->errors.at(0).internal;
  EXPECT_NE(internal.find(R"({"name":"X-Key","value":"ACTION_KEY"})"), std::string::npos);
  EXPECT_EQ(internal.find("secret"), std::string::npos);
  EXPECT_EQ(internal.find("request_query"), std::string::npos);
}

TEST_F(ActionConnectorTest, RefusesWhatIsNotItsOwn) {
  EXPECT_EQ(Run(RequestOf(SingleFragment())).status().code(), StatusCode::kNotFound);
  Serve("{{ACTION_TEST_UNSET}}");
  EXPECT_EQ(Run(RequestOf(SingleFragment())).status().code(), StatusCode::kUnavailable);
  plan::ExecuteRequest wrong = RequestOf(SingleFragment());
  wrong.parameters.clear();
  EXPECT_EQ(Run(std::move(wrong)).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ActionConnectorTest, CancellationEndsTheExecution) {
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  Upstream upstream([&](const Call&) {
    context.cancellation->Cancel();
    return Reply{.kind = Reply::Kind::kNever};
  });
  Serve(upstream.url());
  EXPECT_EQ(Run(RequestOf(SingleFragment()), context).status().code(), StatusCode::kCancelled);
}

TEST_F(ActionConnectorTest, ExplainShowsTheCallWithoutSecrets) {
  setenv("ACTION_HOST", "http://inner", 1);
  setenv("ACTION_KEY", "secret", 1);
  Serve("{{ACTION_HOST}}/o", R"(,"headers":[{"name":"X-Key","value_from_env":"ACTION_KEY"}])");
  const auto explained = connector_.Explain({}, RequestOf(SingleFragment()));
  ASSERT_TRUE(explained.ok());
  EXPECT_EQ(json::ToString(*explained),
            R"({"call":{"method":"POST","handler":"{{ACTION_HOST}}/o","headers":["X-Key"],)"
            R"("body":{"action":{"name":"act"},"input":{"sku":"A"},)"
            R"("session_variables":{"x-hasura-role":"user"}}}})");
}

}  // namespace
}  // namespace joinery::connectors::action
