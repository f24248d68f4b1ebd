#include "connectors/action/webhook.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::action {
namespace {

using plan::ParameterValue;
using Field = plan::Projection::Field;
using Outcome = HttpResponse::Outcome;

Field Leaf(std::string key) { return {.response_key = key, .source_key = key}; }

// type Out { id: Int!, name: String, inner: Out }
Field OutField(uint32_t list_depth, std::vector<bool> non_null) {
  Field inner = Leaf("inner");
  inner.projection.raw = false;
  inner.projection.closed = true;
  inner.projection.fields = {Leaf("id")};
  inner.projection.known_members = {{"id", true}, {"name", false}, {"inner", false}};
  Field out = Leaf("out");
  out.projection = inner.projection;
  out.projection.fields = {Leaf("name"), Leaf("id"), inner};
  out.list_depth = list_depth;
  out.non_null = std::move(non_null);
  return out;
}

struct Read {
  std::string value;
  std::vector<plan::SourceError> errors;
};

Read ReadOne(const Field& field, HttpResponse response) {
  plan::Fragment fragment;
  plan::ActionFragment action{.name = "act", .value = field};
  const CallRecord record{.url = "http://h/", .body = R"({"input":{}})", .headers = {{"K", "V"}}};
  Projector projector(fragment, action.key_members);
  projector.result().values = {{plan::Slice{}}};
  ReadWebhookAnswer(
      action, [&] { return record; }, std::move(response), 0, projector);
  const plan::Slice slice = projector.result().values[0][0];
  return {projector.result().bytes.substr(slice.begin, slice.end - slice.begin),
          projector.result().errors};
}

struct AnswerCase {
  const char* name;
  bool list;
  int status;
  std::string body;
  std::string value;
  std::string code;
  std::string message;
};

class WebhookAnswerTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(WebhookAnswerTest, IsTheValueOrTheErrorOfTheSpecification) {
  const AnswerCase& c = GetParam();
  const Field field = c.list ? OutField(1, {true, true}) : OutField(0, {true});
  const Read read = ReadOne(field, {.status = c.status, .body = c.body});
  EXPECT_EQ(read.value, c.value);
  ASSERT_EQ(read.errors.size(), c.message.empty() ? 0u : 1u);
  if (c.message.empty()) return;
  EXPECT_EQ(read.errors[0].code, c.code);
  EXPECT_EQ(read.errors[0].message, c.message);
  EXPECT_EQ(read.errors[0].hasura_path, "$");
  EXPECT_EQ(read.errors[0].slot, 0u);
}

constexpr char kNeither[] = "expecting object or array of objects for action webhook response";

INSTANTIATE_TEST_SUITE_P(
    Answers, WebhookAnswerTest,
    testing::Values(
        AnswerCase{"object", false, 200, R"({"id":1,"inner":{"id":2}})",
                   R"({"name":null,"id":1,"inner":{"id":2}})"},
        AnswerCase{"object_201", false, 201, R"({"id":1})", R"({"name":null,"id":1,"inner":null})"},
        AnswerCase{"list", true, 200, R"([{"id":1},{"id":2,"name":"n"}])",
                   R"([{"name":null,"id":1,"inner":null},{"name":"n","id":2,"inner":null}])"},
        AnswerCase{"empty_list", true, 200, "[]", "[]"},
        AnswerCase{"list_for_object", false, 200, R"([{"id":1}])", "null", "unexpected",
                   "expecting object for action webhook response but got array"},
        AnswerCase{"object_for_list", true, 200, R"({"id":1})", "null", "unexpected",
                   "expecting array for action webhook response but got object"},
        AnswerCase{"text", false, 200, "\"some-string\"", "null", "parse-failed", kNeither},
        AnswerCase{"number", true, 200, "3", "null", "parse-failed", kNeither},
        AnswerCase{"null_where_refused", false, 200, "null", "null", "parse-failed", kNeither},
        AnswerCase{"list_of_others", true, 200, "[1]", "null", "parse-failed", kNeither},
        AnswerCase{"list_of_others_for_object", false, 200, "[1]", "null", "parse-failed",
                   kNeither},
        AnswerCase{"null_item", true, 200, "[null]", "null", "unexpected",
                   "expecting not null value for field \"out\""},
        AnswerCase{"absent_field", false, 200, "{}", "null", "unexpected",
                   "field id expected in webhook response, but not found"},
        AnswerCase{"null_field", false, 200, R"({"id":null})", "null", "unexpected",
                   "expecting not null value for field \"id\""},
        AnswerCase{"extra_field", false, 200, R"({"id":1,"x":2})", "null", "unexpected",
                   "unexpected fields in webhook response: x"},
        AnswerCase{"no_json", false, 200, "<html>", "null", "unexpected",
                   "not a valid json response from webhook"},
        AnswerCase{"no_content", false, 204, "", "null", "unexpected",
                   "not a valid json response from webhook"},
        AnswerCase{"refused", false, 400, R"({"message":"no","code":"invalid-email"})", "null",
                   "invalid-email", "no"},
        AnswerCase{"refused_without_code", false, 404, R"({"message":"no"})", "null", "unexpected",
                   "no"},
        AnswerCase{"refused_with_extensions", false, 422,
                   R"({"message":"no","code":"a","extensions":{"code":"b"}})", "null", "b", "no"},
        AnswerCase{"refused_without_message", false, 400, R"({"error":"no"})", "null",
                   "parse-failed",
                   "parsing error response of webhook failed, key \"message\" not found"},
        AnswerCase{"refused_without_json", false, 400, "no", "null", "parse-failed",
                   "not a valid json response from webhook"},
        AnswerCase{"server_error", false, 500, R"({"message":"no"})", "null", "unexpected",
                   "internal error"},
        AnswerCase{"redirect", false, 302, "", "null", "unexpected", "internal error"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(WebhookTest, NullIsAValueWhereTheTypeAllows) {
  const Read read = ReadOne(OutField(0, {false}), {.status = 200, .body = "null"});
  EXPECT_EQ(read.value, "null");
  EXPECT_TRUE(read.errors.empty());
}

TEST(WebhookTest, ScalarsGoOnAsTheyCome) {
  EXPECT_EQ(ReadOne(Leaf("out"), {.status = 200, .body = "3.0"}).value, "3.0");
  Field list = Leaf("out");
  list.list_depth = 1;
  EXPECT_EQ(ReadOne(list, {.status = 200, .body = R"(["a", 1])"}).value, R"(["a", 1])");
}

TEST(WebhookTest, ExtensionsOfTheHandlerGoAlong) {
  const Read read =
      ReadOne(Leaf("out"), {.status = 400, .body = R"({"message":"m","extensions":{"a":[1]}})"});
  EXPECT_EQ(read.errors.at(0).extensions, R"({"a":[1]})");
}

struct InternalCase {
  const char* name;
  HttpResponse response;
  std::string internal;
};

class WebhookInternalTest : public testing::TestWithParam<InternalCase> {};

TEST_P(WebhookInternalTest, ShowsTheCallAndTheAnswer) {
  const Read read = ReadOne(OutField(0, {true}), GetParam().response);
  ASSERT_EQ(read.errors.size(), 1u);
  EXPECT_EQ(read.errors[0].internal, GetParam().internal);
}

constexpr char kRequest[] =
    R"("request":{"url":"http://h/","body":{"input":{}},"headers":[{"name":"K","value":"V"}]})";

INSTANTIATE_TEST_SUITE_P(
    Failures, WebhookInternalTest,
    testing::Values(
        InternalCase{"wrong_shape",
                     {.status = 200,
                      .body = "[{}]",
                      .set_cookies = {"abcd"},
                      .content_type = "application/json"},
                     std::string(R"({"error":"unexpected response",)") + kRequest +
                         R"(,"response":{"status":200,"body":[{}],"headers":[)"
                         R"({"name":"Content-Type","value":"application/json"},)"
                         R"({"name":"Set-Cookie","value":"abcd"}]}})"},
        InternalCase{"server_error",
                     {.status = 500, .body = "boom"},
                     std::string(R"({"error":"expecting 2xx or 4xx status code, but found 500",)") +
                         kRequest + R"(,"response":{"status":500,"body":"boom","headers":[]}})"},
        InternalCase{
            "timeout",
            {.outcome = Outcome::kTimeout},
            std::string(R"({"error":{"type":"http_exception","message":"ResponseTimeout"},)") +
                kRequest + R"(,"response":null})"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(WebhookTest, BuildsThePayload) {
  plan::ActionFragment fragment;
  fragment.name = "placeOrder";
  using Piece = plan::TextPiece;
  const auto parameter = [](uint32_t index) {
    return Piece{.kind = Piece::Kind::kParameter, .text = {}, .index = index};
  };
  fragment.inputs = {{"sku", {parameter(0)}},
                     {"note", {parameter(1)}},
                     {"gift", {parameter(2)}},
                     {"to", {{.text = "{\"sku\":"}, parameter(0), {.text = "}"}}}};
  fragment.session = 3;
  fragment.request_query = 4;
  plan::ExecuteRequest request;
  request.parameters = {{ParameterValue::Kind::kJson, "\"A\""},
                        {},
                        {ParameterValue::Kind::kJson, "null"},
                        {ParameterValue::Kind::kJson, R"({"x-hasura-role":"user"})"},
                        {ParameterValue::Kind::kText, "mutation { a(b: \"c\") }"}};
  const std::string start =
      R"({"action":{"name":"placeOrder"},"input":{"sku":"A","gift":null,"to":{"sku":"A"}},)"
      R"("session_variables":{"x-hasura-role":"user"})";
  EXPECT_EQ(BuildPayload(fragment, request, 0, true),
            start + R"(,"request_query":"mutation { a(b: \"c\") }"})");
  EXPECT_EQ(BuildPayload(fragment, request, 0, false), start + "}");
}

TEST(WebhookTest, KeysAreInputsOfTheirCall) {
  plan::ActionFragment fragment;
  fragment.name = "a";
  fragment.batch = 0;
  using Piece = plan::TextPiece;
  fragment.inputs = {{"x", {{.kind = Piece::Kind::kKey, .text = {}, .index = 0}}},
                     {"y", {{.kind = Piece::Kind::kKey, .text = {}, .index = 1}}}};
  plan::ExecuteRequest request;
  request.parameters = {{ParameterValue::Kind::kJson, "{}"}};
  request.batches = {{.columns = {{"1", "2"}, {"\"a\"", "[3]"}}}};
  EXPECT_EQ(BuildPayload(fragment, request, 1, true),
            R"({"action":{"name":"a"},"input":{"x":2,"y":[3]},"session_variables":{}})");
}

}  // namespace
}  // namespace joinery::connectors::action
