#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"
#include "plan/codec.h"
#include "proto/joinery/v1/planner.grpc.pb.h"
#include "tests/mesh/service_process.h"

// The services as processes, called by gRPC's own client: what any internal service may do.
namespace joinery {
namespace {

using std::chrono::system_clock;

std::shared_ptr<grpc::Channel> ChannelTo(int port) {
  return grpc::CreateChannel(StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
}

grpc::ByteBuffer Bytes(std::string_view text) {
  const grpc::Slice slice(text.data(), text.size());
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  bytes.Dump(&slices);
  std::string out;
  for (const grpc::Slice& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

// One call whose messages have no generated classes here: the first answer, or the error.
StatusOr<std::string> Ask(int port, const std::string& method, std::string_view message) {
  grpc::GenericStub stub(ChannelTo(port));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, method, &queue);
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  grpc::ByteBuffer answer;
  call->StartCall(nullptr);
  bool came = next();
  if (came) {
    call->Write(Bytes(message), nullptr);
    came = next();
  }
  if (came) {
    call->WritesDone(nullptr);
    next();
    call->Read(&answer, nullptr);
    came = next();
  }
  std::string text = came ? Text(answer) : "";
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  if (!status.ok()) return Unavailable(status.error_message());
  return text;
}

// HealthCheckResponse{status}
constexpr std::string_view kServing = "\x08\x01";
constexpr std::string_view kNotServing = "\x08\x02";

struct Service {
  const char* name;
  const char* grpc_name;
  std::string_view health = kServing;
};

class ServiceTest : public testing::TestWithParam<Service> {
 protected:
  ServiceTest()
      : port_(FreePort()),
        process_(GetParam().name,
                 {StrCat("--listen=127.0.0.1:", port_), "--planner=127.0.0.1:1",
                  "--postgres=127.0.0.1:1", "--remote-schema=127.0.0.1:1", "--action=127.0.0.1:1",
                  "--threads=1", "--host=127.0.0.1", "--port=0"}) {}

  const int port_;
  ServiceProcess process_;
};

TEST_P(ServiceTest, TellsItsHealth) {
  const auto whole = Ask(port_, "/grpc.health.v1.Health/Check", "");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(*whole, GetParam().health);
}

TEST_P(ServiceTest, IsFoundByReflection) {
  // ServerReflectionRequest{list_services: ""}
  for (const char* version : {"v1alpha"}) {
    const auto services =
        Ask(port_, StrCat("/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo"),
            std::string_view("\x3a\x00", 2));
    ASSERT_TRUE(services.ok()) << services.status();
    EXPECT_NE(services->find(GetParam().grpc_name), std::string::npos) << *services;
  }
}

TEST_P(ServiceTest, EndsWellWhenAsked) { EXPECT_EQ(process_.Terminate(), 0); }

INSTANTIATE_TEST_SUITE_P(Mesh, ServiceTest,
                         testing::Values(Service{"edge", "grpc.health.v1.Health", kNotServing},
                                         Service{"planner", "joinery.v1.PlannerService"},
                                         Service{"postgres", "joinery.v1.ConnectorService"},
                                         Service{"remote_schema", "joinery.v1.ConnectorService"},
                                         Service{"action", "joinery.v1.ConnectorService"}),
                         [](const auto& info) { return info.param.name; });

// A planner and the connector it introspects with, on a database of three rows.
class PlannerApiTest : public testing::Test {
 protected:
  PlannerApiTest()
      : planner_port_(FreePort()),
        postgres_port_(FreePort()),
        postgres_("postgres", Flags(postgres_port_)),
        planner_("planner", PlannerFlags()),
        stub_(v1::PlannerService::NewStub(ChannelTo(planner_port_))) {}

  std::vector<std::string> Flags(int listen) const {
    return {StrCat("--listen=127.0.0.1:", listen),
            StrCat("--planner=127.0.0.1:", planner_port_),
            StrCat("--postgres=127.0.0.1:", postgres_port_),
            "--remote-schema=127.0.0.1:1",
            "--action=127.0.0.1:1",
            "--threads=1"};
  }

  std::vector<std::string> PlannerFlags() const {
    std::string url;
    json::AppendQuoted(url, database_.url());
    const std::string path = std::filesystem::path(testing::TempDir()) / "mesh_metadata.json";
    std::ofstream(path)
        << R"({"version":3,"sources":[{"name":"default","kind":"postgres",)"
        << R"("configuration":{"connection_info":{"database_url":)" << url
        << R"(}},"tables":[{"table":"pg_am_names","select_permissions":[)"
        << R"({"role":"user","permission":{"columns":["amname"],"filter":{}}}]}]}]})";
    std::vector<std::string> flags = Flags(planner_port_);
    flags.push_back(StrCat("--metadata=", path));
    return flags;
  }

  std::unique_ptr<grpc::ClientContext> Context() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_wait_for_ready(true);
    context->set_deadline(system_clock::now() + std::chrono::seconds(30));
    return context;
  }

  // A metadata call that must succeed.
  json::Value Apply(std::string_view endpoint, std::string_view body) {
    v1::ApplyMetadataRequest request;
    request.set_endpoint(std::string(endpoint));
    request.set_body_json(std::string(body));
    request.set_role("admin");
    v1::ApplyMetadataResponse response;
    EXPECT_TRUE(stub_->ApplyMetadata(Context().get(), request, &response).ok());
    EXPECT_EQ(response.http_status(), 200) << response.body();
    return *json::Parse(response.body());
  }

  void MakeTable() {
    Apply(
        "/v2/query",
        R"({"type":"run_sql","args":{"source":"default","sql":"create view pg_am_names as select amname::text from pg_am"}})");
    Apply("/v1/metadata", R"({"type":"reload_metadata","args":{}})");
  }

  TestServer database_;
  const int planner_port_;
  const int postgres_port_;
  ServiceProcess postgres_;
  ServiceProcess planner_;
  const std::unique_ptr<v1::PlannerService::Stub> stub_;
};

TEST_F(PlannerApiTest, PlansExplainsValidatesAndTellsWhatThereIs) {
  // Watch says the version at once, and each later one.
  const auto watching = Context();
  const auto watch = stub_->Watch(watching.get(), v1::WatchRequest());
  v1::WatchResponse seen;
  ASSERT_TRUE(watch->Read(&seen));
  const uint64_t first = seen.schema_version();
  MakeTable();
  while (seen.schema_version() == first) ASSERT_TRUE(watch->Read(&seen));
  watching->TryCancel();

  v1::PlanRequest plan;
  plan.set_query("query ($n: String) { pg_am_names(where: {amname: {_eq: $n}}) { amname } }");
  plan.set_role("user");
  plan.set_variables_json(R"({"n":"heap"})");
  v1::PlanResponse planned;
  ASSERT_TRUE(stub_->Plan(Context().get(), plan, &planned).ok());
  ASSERT_FALSE(planned.has_issue()) << planned.issue().message();
  const auto decoded = plan::Decode<plan::Plan>(planned.plan());
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->fetches.size(), 1u);
  EXPECT_EQ(decoded->fetches[0].source.name, "default");
  v1::PlanResponse again;
  ASSERT_TRUE(stub_->Plan(Context().get(), plan, &again).ok());
  EXPECT_EQ(again.plan(), planned.plan()) << "plans are addressed by their content";

  plan.set_query("{ pg_am_names { oid } }");
  plan.clear_variables_json();
  ASSERT_TRUE(stub_->Plan(Context().get(), plan, &planned).ok());
  EXPECT_EQ(planned.issue().code(), "validation-failed");
  EXPECT_EQ(planned.issue().path(), "$.selectionSet.pg_am_names.selectionSet.oid");

  v1::ExplainOperationRequest explain;
  explain.set_body_json(R"({"query":{"query":"{ pg_am_names { amname } }"}})");
  v1::ExplainOperationResponse explained;
  ASSERT_TRUE(stub_->Explain(Context().get(), explain, &explained).ok());
  EXPECT_NE(explained.json().find("pg_am_names"), std::string::npos) << explained.json();

  v1::ValidateRequest validate;
  validate.set_role("user");
  validate.set_query("query ($unused: Int) {\n  pg_am_names { nothing } }");
  v1::ValidateResponse errors;
  ASSERT_TRUE(stub_->Validate(Context().get(), validate, &errors).ok());
  ASSERT_EQ(errors.errors_size(), 2) << errors.DebugString();
  EXPECT_EQ(errors.errors(0).line() + errors.errors(1).line(), 3u);
  validate.set_query("{ pg_am_names { amname } }");
  ASSERT_TRUE(stub_->Validate(Context().get(), validate, &errors).ok());
  EXPECT_EQ(errors.errors_size(), 0);

  for (const char* role : {"", "user"}) {
    v1::GetSchemaRequest get;
    get.set_role(role);
    v1::GetSchemaResponse schema;
    ASSERT_TRUE(stub_->GetSchema(Context().get(), get, &schema).ok());
    EXPECT_NE(schema.sdl().find("type pg_am_names {"), std::string::npos);
    const auto introspection = json::Parse(schema.introspection_json());
    ASSERT_TRUE(introspection.ok());
    EXPECT_NE(introspection->Find("__schema"), nullptr);
    // What only admin may do is in no other role's schema.
    EXPECT_EQ(schema.sdl().find("pg_am_names_aggregate") != std::string::npos, *role == '\0');
  }

  v1::GetMetadataResponse metadata;
  ASSERT_TRUE(stub_->GetMetadata(Context().get(), v1::GetMetadataRequest(), &metadata).ok());
  EXPECT_GT(metadata.resource_version(), 0u);
  const auto document = json::Parse(metadata.metadata_json());
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->Find("sources")->items().size(), 1u);

  v1::GetConsistencyResponse consistency;
  ASSERT_TRUE(
      stub_->GetConsistency(Context().get(), v1::GetConsistencyRequest(), &consistency).ok());
  EXPECT_TRUE(consistency.consistent());
}

TEST_F(PlannerApiTest, AnEdgeServesOnceItKnowsASchema) {
  const int port = FreePort();
  std::vector<std::string> flags = Flags(port);
  flags.insert(flags.end(), {"--host=127.0.0.1", "--port=0"});
  const ServiceProcess edge("edge", flags);
  const auto deadline = system_clock::now() + std::chrono::seconds(20);
  StatusOr<std::string> health = std::string(kNotServing);
  while (health.ok() && *health == kNotServing && system_clock::now() < deadline) {
    health = Ask(port, "/grpc.health.v1.Health/Check", "");
  }
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(*health, kServing);
}

}  // namespace
}  // namespace joinery
