#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/event_loop.h"
#include "base/strings.h"
#include "plan/codec.h"
#include "proto/joinery/v1/connector.grpc.pb.h"
#include "services/edge/http/server/event_loops.h"
#include "services/kit/connector_client.h"
#include "services/kit/connector_server.h"
#include "services/kit/grpc_server.h"
#include "services/kit/rpc/listener.h"
#include "services/kit/rpc/server.h"

// A connector behind its port, asked by our own client and by gRPC's: both see the same service.
namespace joinery::kit {
namespace {

using namespace std::chrono_literals;

// Answers with its first parameter, as often as the second says.
class Repeater final : public plan::Connector {
 public:
  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override {
    ++executed;
    if (request.source.name == "silent") {
      context.cancellation->OnCancel([this] { cancelled.set_value(); });
      // The answer comes late, when nobody waits for it any more.
      context.cancellation->OnCancel([loop, done = std::move(done)] {
        loop->Post([done] { done(Cancelled("the call was cancelled")); });
      });
      return;
    }
    if (request.source.name == "absent") return done(NotFound("no such source"));
    plan::ExecuteResult result;
    const int64_t times = ParseInt64(request.parameters[1].bytes).value_or(0);
    for (int64_t i = 0; i < times; ++i) result.bytes.append(request.parameters[0].bytes);
    result.values = {{{0, result.bytes.size(), 0}}};
    loop->Post([result, done = std::move(done)] { done(result); });
  }
  StatusOr<json::Value> Explain(const CallContext&, const plan::ExecuteRequest&) override {
    return json::Value("explained");
  }
  StatusOr<plan::IntrospectResult> Introspect(const CallContext&,
                                              const plan::SourceConfig& source) override {
    return plan::IntrospectResult{StrCat("catalog of ", source.name.name)};
  }
  StatusOr<json::Value> Administer(const CallContext&, const plan::SourceConfig&,
                                   const json::Value& command) override {
    return command;
  }
  void SetSources(std::vector<plan::SourceConfig>, uint64_t) override {}

  std::atomic<int> executed{0};
  std::promise<void> cancelled;
};

class ConnectorTest : public testing::Test {
 protected:
  // gRPC does not always survive being shut down and started again in one process.
  static void SetUpTestSuite() { grpc_init(); }
  static void TearDownTestSuite() { grpc_shutdown(); }

  void SetUp() override {
    service_.SetVersion(1);
    auto grpc = GrpcServer::Start({&service_});
    ASSERT_TRUE(grpc.ok()) << MessageOf(grpc.status());
    grpc_ = *std::move(grpc);
    auto listener = rpc::Listener::Start("127.0.0.1:0", {&loops_.at(0), &loops_.at(1)}, server_,
                                         [this](int descriptor) { grpc_->Adopt(descriptor); });
    ASSERT_TRUE(listener.ok()) << MessageOf(listener.status());
    listener_ = *std::move(listener);
    address_ = StrCat("127.0.0.1:", listener_->port());
    client_ = MakeConnectorClient(address_);
  }
  void TearDown() override {
    grpc_->Drain(1s);
    loops_.Stop();
  }

  plan::ExecuteRequest Request(const std::string& source, const std::string& text, int times) {
    auto fragment = std::make_shared<plan::Fragment>();
    fragment->id = std::string(32, 'f');
    plan::ExecuteRequest out;
    out.source = {plan::SourceKind::kPostgres, source};
    out.fragment = fragment;
    out.parameters = {{plan::ParameterValue::Kind::kText, text},
                      {plan::ParameterValue::Kind::kText, StrCat(times)}};
    out.schema_version = 1;
    return out;
  }

  std::future<StatusOr<plan::ExecuteResult>> Execute(plan::ExecuteRequest request,
                                                     CallContext context) {
    auto promise = std::make_shared<std::promise<StatusOr<plan::ExecuteResult>>>();
    EventLoop& loop = loops_.at(0);
    loop.Post([this, &loop, context, promise,
               shared = std::make_shared<plan::ExecuteRequest>(std::move(request))] {
      client_->Execute(context, &loop, std::move(*shared),
                       [promise](auto result) { promise->set_value(std::move(result)); });
    });
    return promise->get_future();
  }

  Repeater repeater_;
  edge::http::EventLoops loops_{2};
  ConnectorServer service_{plan::SourceKind::kPostgres, repeater_,
                           [this] { return &loops_.at(0); }};
  rpc::Server server_{
      [this](const auto& call, auto answer) { service_.Serve(call, std::move(answer)); }};
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<rpc::Listener> listener_;
  std::string address_;
  std::unique_ptr<plan::Connector> client_;
};

TEST_F(ConnectorTest, OurClientExecutes) {
  // The first call learns that the fragment is unknown and sends it: one execution all the same.
  for (const int times : {1, 3, 200'000}) {
    const auto result = Execute(Request("any", "row,", times), CallContext::WithTimeout(20s)).get();
    ASSERT_TRUE(result.ok()) << MessageOf(result.status());
    EXPECT_EQ(result->bytes.size(), 4u * times);
    EXPECT_EQ(result->values[0][0].end, 4u * times);
  }
  EXPECT_EQ(repeater_.executed, 3);
}

TEST_F(ConnectorTest, OurClientHearsWhatIsWrong) {
  const auto absent = Execute(Request("absent", "", 0), CallContext::WithTimeout(20s)).get();
  EXPECT_EQ(absent.status(), NotFound("no such source"));
  const auto late = Execute(Request("silent", "", 0), CallContext::WithTimeout(100ms)).get();
  EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(repeater_.cancelled.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(ConnectorTest, OtherCallsOfOurClientGoThroughGrpcsServer) {
  const plan::SourceConfig source{{plan::SourceKind::kPostgres, "shop"}, json::Value::Object()};
  const auto catalog = client_->Introspect(CallContext::WithTimeout(20s), source);
  ASSERT_TRUE(catalog.ok()) << MessageOf(catalog.status());
  EXPECT_EQ(catalog->catalog, "catalog of shop");
  const auto answer = client_->Administer(CallContext::WithTimeout(20s), source, json::Value("x"));
  ASSERT_TRUE(answer.ok()) << MessageOf(answer.status());
  EXPECT_EQ(*answer, json::Value("x"));
}

TEST_F(ConnectorTest, GrpcsClientExecutesOnTheSamePort) {
  const auto stub = v1::ConnectorService::NewStub(
      grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  const plan::ExecuteRequest request = Request("any", "row,", 200'000);
  v1::ExecuteRequest wire;
  wire.set_source("any");
  wire.set_parameters(plan::Encode(request.parameters));
  wire.set_key_batches(plan::Encode(request.batches));
  wire.set_fragment_id(request.fragment->id);
  {
    grpc::ClientContext context;
    auto reader = stub->Execute(&context, wire);
    v1::ExecuteResponse piece;
    EXPECT_FALSE(reader->Read(&piece));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  }
  wire.set_inline_fragment(plan::Encode(*request.fragment));
  grpc::ClientContext context;
  auto reader = stub->Execute(&context, wire);
  std::string bytes;
  v1::ExecuteResponse piece;
  while (reader->Read(&piece)) bytes.append(piece.json());
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(bytes.size(), 800'000u);
  EXPECT_FALSE(piece.layout().empty());
}

}  // namespace
}  // namespace joinery::kit
