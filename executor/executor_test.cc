#include "executor/executor.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <utility>

#include "base/strings.h"
#include "plan/testing/partial.h"

namespace joinery::executor {
namespace {

using plan::ExecuteResult;

// Answers fetches from a script and remembers what it was asked.
class ScriptedConnector final : public plan::testing::PartialConnector {
 public:
  struct Asked {
    std::string source;
    std::vector<plan::KeyBatch> batches;
    std::vector<plan::ParameterValue> parameters;
  };

  void Execute(const CallContext&, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override {
    asked.push_back({request.source.name, request.batches, request.parameters});
    StatusOr<ExecuteResult> answer = answers.at(request.source.name);
    loop->Post([done = std::move(done), answer = std::move(answer)] { done(answer); });
  }

  std::map<std::string, StatusOr<ExecuteResult>> answers;
  std::vector<Asked> asked;
};

plan::Fetch FetchOf(std::string source) {
  plan::Fetch fetch;
  fetch.source = {plan::SourceKind::kRemoteSchema, std::move(source)};
  fetch.fragment = std::make_shared<plan::Fragment>();
  return fetch;
}

// `orders` with a joined field `customer` of source "crm".
std::shared_ptr<plan::Plan> OrdersWithCustomers(uint32_t bubble = 0) {
  auto out = std::make_shared<plan::Plan>();
  plan::Fetch orders = FetchOf("shop");
  orders.joins = {{.fetch = 1, .root = 0, .bubble = bubble}};
  plan::Fetch customers = FetchOf("crm");
  auto keyed = std::make_shared<plan::Fragment>();
  keyed->batches = {{.columns = 1}};
  customers.fragment = std::move(keyed);
  customers.inputs = {{.fetch = 0, .key_set = 0}};
  out->fetches.push_back(std::move(orders));
  out->fetches.push_back(std::move(customers));
  plan::ResponseField field;
  field.response_key = "orders";
  field.kind = plan::ResponseField::Kind::kFetch;
  out->response.push_back(field);
  return out;
}

// Three rows: two share a customer, one has none.
ExecuteResult Orders() {
  ExecuteResult out;
  out.bytes = R"([{"id":1,"customer":},{"id":2,"customer":},{"id":3,"customer":}])";
  const std::string_view text = out.bytes;
  size_t at = 0;
  for (const uint32_t slot : {0u, 0u, plan::Hole::kNullKey}) {
    at = text.find("\"customer\":", at) + 11;
    out.holes.push_back({.offset = at, .join = 0, .slot = slot});
  }
  out.values = {{{0, out.bytes.size(), 0}}};
  out.keys = {{.columns = {{"7"}}}};
  return out;
}

ExecuteResult OneCustomer() {
  ExecuteResult out;
  out.bytes = R"({"name":"Ada"})";
  out.values = {{{0, out.bytes.size(), 0}}};
  return out;
}

class ExecutorTest : public testing::Test {
 protected:
  Response Run(std::shared_ptr<const plan::Plan> plan, bool partial = true,
               json::Value variables = {}, plan::Session session = {}) {
    auto request = std::make_shared<Request>();
    request->plan = std::move(plan);
    request->session = std::make_shared<plan::Session>(std::move(session));
    request->partial_results = partial;
    request->variables = std::move(variables);
    Response out;
    Connectors connectors;
    connectors.by_kind = {&connector_, &connector_, nullptr};
    Execute(CallContext(), loop_, connectors, request,
            [&](Response response) { out = std::move(response); });
    context_.run();
    context_.restart();
    return out;
  }

  static std::string Text(const Response& response) { return Join(response.body, ""); }

  ScriptedConnector connector_;
  boost::asio::io_context context_{1};
  EventLoop loop_{context_};
};

TEST_F(ExecutorTest, SplicesJoinedValuesByPosition) {
  connector_.answers.emplace("shop", Orders());
  connector_.answers.emplace("crm", OneCustomer());
  EXPECT_EQ(Text(Run(OrdersWithCustomers())),
            R"({"data":{"orders":[{"id":1,"customer":{"name":"Ada"}},)"
            R"({"id":2,"customer":{"name":"Ada"}},{"id":3,"customer":null}]}})");
  ASSERT_EQ(connector_.asked.size(), 2u);
  EXPECT_EQ(connector_.asked[1].batches[0].columns, (std::vector<std::vector<std::string>>{{"7"}}));
}

TEST_F(ExecutorTest, AsksNothingWithoutKeys) {
  ExecuteResult orders = Orders();
  for (plan::Hole& hole : orders.holes) hole.slot = plan::Hole::kNullKey;
  orders.keys = {{.columns = {{}}}};
  connector_.answers.emplace("shop", orders);
  EXPECT_EQ(Text(Run(OrdersWithCustomers())),
            R"({"data":{"orders":[{"id":1,"customer":null},{"id":2,"customer":null},)"
            R"({"id":3,"customer":null}]}})");
  EXPECT_EQ(connector_.asked.size(), 1u);
}

TEST_F(ExecutorTest, FailingJoinLeavesNullAndOneError) {
  connector_.answers.emplace("shop", Orders());
  connector_.answers.emplace("crm", Unavailable("down"));
  EXPECT_EQ(
      Text(Run(OrdersWithCustomers())),
      R"({"data":{"orders":[{"id":1,"customer":null},{"id":2,"customer":null},)"
      R"({"id":3,"customer":null}]},"errors":[{"message":"down","path":["orders",0,"customer"],)"
      R"("extensions":{"path":"$","code":"remote-schema-error","source":"crm"}}]})");
}

TEST_F(ExecutorTest, FailingNonNullJoinTakesItsParentAlong) {
  connector_.answers.emplace("shop", Orders());
  connector_.answers.emplace("crm", Unavailable("down"));
  const std::string text = Text(Run(OrdersWithCustomers(/*bubble=*/1)));
  // A null key is no failure: its row stays.
  EXPECT_TRUE(text.starts_with(R"({"data":{"orders":[null,null,{"id":3,"customer":null}]})"))
      << text;
}

TEST_F(ExecutorTest, StrictFormAnswersErrorsOnly) {
  connector_.answers.emplace("shop", Orders());
  ExecuteResult refused = OneCustomer();
  plan::SourceError error;
  error.message = "boom";
  error.original = R"({"message":"boom"})";
  refused.errors.push_back(error);
  connector_.answers.emplace("crm", refused);
  const Response response = Run(OrdersWithCustomers(), /*partial=*/false);
  EXPECT_TRUE(response.failed);
  EXPECT_EQ(Text(response), R"({"errors":[{"extensions":{"path":"$","code":"unexpected"},)"
                            R"("message":"Errors from remote server"}]})");
}

TEST_F(ExecutorTest, ADatabasesErrorNamesTheFieldOfItsRoot) {
  auto plan = OrdersWithCustomers();
  plan->fetches[0].source.kind = plan::SourceKind::kPostgres;
  plan->response[0].field_name = "shop_orders";
  ExecuteResult failed;
  failed.errors.push_back({.message = "too many", .code = "row-limit-exceeded", .root = 0});
  connector_.answers.emplace("shop", failed);
  EXPECT_EQ(Text(Run(plan)), R"({"errors":[{"extensions":{"path":"$.selectionSet.shop_orders",)"
                             R"("code":"row-limit-exceeded"},"message":"too many"}]})");
}

TEST_F(ExecutorTest, ErrorOfOneKeyNamesItsPlace) {
  connector_.answers.emplace("shop", Orders());
  ExecuteResult refused = OneCustomer();
  plan::SourceError error;
  error.message = "no name";
  error.root = 0;
  error.slot = 0;
  error.path = {std::string("name")};
  refused.errors.push_back(error);
  connector_.answers.emplace("crm", refused);
  const std::string text = Text(Run(OrdersWithCustomers()));
  EXPECT_NE(text.find(R"("path":["orders",0,"customer","name"])"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("path":["orders",1,"customer","name"])"), std::string::npos) << text;
}

TEST_F(ExecutorTest, OneSourceWithoutJoinsPassesThrough) {
  auto plan = std::make_shared<plan::Plan>();
  plan->fetches.push_back(FetchOf("crm"));
  plan::ResponseField field;
  field.response_key = "customer";
  field.kind = plan::ResponseField::Kind::kFetch;
  plan->response.push_back(field);
  connector_.answers.emplace("crm", OneCustomer());
  const Response response = Run(plan);
  EXPECT_EQ(response.body.size(), 3u);
  EXPECT_EQ(Text(response), R"({"data":{"customer":{"name":"Ada"}}})");
}

TEST_F(ExecutorTest, ValueThatDoesNotFitAsksForAnotherPlan) {
  auto plan = OrdersWithCustomers();
  plan::ParameterSource limit;
  limit.kind = plan::ParameterSource::Kind::kVariable;
  limit.name = "n";
  limit.check = plan::ParameterSource::Check::kNonNegativeInt;
  plan->fetches[0].parameters.push_back(limit);
  json::Value variables = json::Value::Object();
  variables.Set("n", -1);
  EXPECT_EQ(Run(plan, true, variables).kind, Response::Kind::kReplan);
  EXPECT_TRUE(connector_.asked.empty());
}

TEST_F(ExecutorTest, MissingSessionVariableIsTold) {
  auto plan = OrdersWithCustomers();
  plan::ParameterSource user;
  user.kind = plan::ParameterSource::Kind::kSession;
  user.name = "x-hasura-user-id";
  plan->fetches[0].parameters.push_back(user);
  EXPECT_EQ(Text(Run(plan)), R"({"errors":[{"extensions":{"path":"$","code":"not-found"},)"
                             R"("message":"missing session variables: \"x-hasura-user-id\""}]})");
}

struct CoercionCase {
  const char* name;
  plan::ParameterSource::Check check;
  const char* text;
  const char* message;  // Empty: it is a value.
};

class SessionCoercionTest : public ExecutorTest,
                            public ::testing::WithParamInterface<CoercionCase> {};

TEST_P(SessionCoercionTest, RefusesWhatIsNoValue) {
  auto plan = OrdersWithCustomers();
  plan::ParameterSource user;
  user.kind = plan::ParameterSource::Kind::kSession;
  user.name = "x-hasura-v";
  user.check = GetParam().check;
  user.names = {"RED"};
  plan->fetches[0].parameters.push_back(user);
  connector_.answers.emplace("shop", OneCustomer());
  const Response response =
      Run(plan, true, {}, {.role = "user", .variables = {{"x-hasura-v", GetParam().text}}});
  const std::string message = GetParam().message;
  if (message.empty()) {
    EXPECT_EQ(connector_.asked.size(), 1u) << Text(response);
  } else {
    EXPECT_EQ(Text(response),
              StrCat(R"({"errors":[{"extensions":{"path":"$","code":"coercion-error"},"message":")",
                     message, "\"}]}"));
    EXPECT_TRUE(connector_.asked.empty());
  }
}

using Check = plan::ParameterSource::Check;
INSTANTIATE_TEST_SUITE_P(
    Values, SessionCoercionTest,
    ::testing::Values(
        CoercionCase{"int", Check::kInt32, "12", ""},
        CoercionCase{"no_int", Check::kInt32, "x", R"(\"x\" cannot be coerced into an Int value)"},
        CoercionCase{"large_int", Check::kInt32, "9007199254740993",
                     R"(\"9007199254740993\" cannot be coerced into an Int value)"},
        CoercionCase{"float", Check::kFloat, "1.5", ""},
        CoercionCase{"no_float", Check::kFloat, "", R"(\"\" cannot be coerced into a Float value)"},
        CoercionCase{"boolean", Check::kBoolean, "true", ""},
        CoercionCase{"no_boolean", Check::kBoolean, "1",
                     R"(\"1\" cannot be coerced into a Boolean value)"},
        CoercionCase{"enum", Check::kEnum, "RED", ""},
        CoercionCase{"no_enum", Check::kEnum, "BLUE",
                     R"(\"BLUE\" is not one of the valid enum values)"},
        CoercionCase{"string", Check::kString, "12", ""}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace joinery::executor
