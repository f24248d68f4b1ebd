#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/strings.h"
#include "json/value.h"
#include "plan/codec.h"
#include "plan/testing/partial.h"
#include "planner/engine/engine.h"
#include "services/edge/plan_cache/plan_cache.h"
#include "services/edge/schema_watch.h"
#include "services/kit/grpc_server.h"
#include "services/kit/planner_client.h"
#include "services/kit/planner_server.h"

// Which plans an edge keeps when the metadata changes: its cache on a real planner, in one process
// and by gRPC.
namespace joinery {
namespace {

using namespace std::chrono_literals;

constexpr char kDocument[] = R"({"version":3,"sources":[{"name":"default","kind":"postgres",
  "configuration":{},"tables":[
  {"table":"author","select_permissions":[
    {"role":"reader","permission":{"columns":["id","name"],"filter":{}}},
    {"role":"editor","permission":{"columns":["id","name"],"filter":{}}},
    {"role":"owner","permission":{"columns":["id","name"],"filter":{"id":{"_eq":"x-hasura-id"}}}}]},
  {"table":"book","select_permissions":[
    {"role":"editor","permission":{"columns":["id"],"filter":{}}}]}]}],
  "inherited_roles":[{"role_name":"chief","role_set":["reader","editor"]}]})";

plan::CatalogTable Table(const std::string& name) {
  plan::CatalogTable table{.name = {"public", name}};
  for (const char* column : {"id", "name"}) {
    table.columns.push_back({.name = column, .type = {"text"}, .base_type = {"text"}});
  }
  return table;
}

class Database final : public plan::testing::PartialConnector {
 public:
  StatusOr<plan::IntrospectResult> Introspect(const CallContext&,
                                              const plan::SourceConfig&) override {
    plan::DatabaseCatalog catalog;
    for (const char* name : {"author", "book", "loan"}) catalog.tables.push_back(Table(name));
    return plan::IntrospectResult{plan::Encode(catalog)};
  }
};

class KeptPlansTest : public testing::TestWithParam<bool> {
 protected:
  static constexpr const char* kRoles[] = {"admin", "chief", "editor", "owner", "reader"};

  KeptPlansTest() {
    planner::EngineOptions options;
    options.start.document = *json::Parse(kDocument);
    engine_ = planner::MakeEngine(std::move(options), {.postgres = &database_});
    if (GetParam()) {
      service_ = kit::MakePlannerServer(*engine_, *engine_);
      server_ = *kit::GrpcServer::Start("127.0.0.1:0", {service_.get()});
      client_ = kit::MakePlannerClient(StrCat("127.0.0.1:", server_->port()));
    }
    watch_->Start(planner(), 0ms, [this](uint64_t version, const plan::NewVersion* told) {
      plans_.SetVersion(version, told);
    });
    Await(engine_->GetFreshness({})->schema_version);
  }
  ~KeptPlansTest() override {
    watch_->Stop();
    client_.reset();
    if (server_ != nullptr) server_->Drain(1s);
  }

  plan::Planner& planner() { return client_ != nullptr ? *client_ : *engine_; }

  void Await(uint64_t version) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (watch_->version() != version && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(1ms);
    }
    ASSERT_EQ(watch_->version(), version);
  }

  uint64_t Change(const std::string& call) {
    plan::MetadataRequest request{.endpoint = "/v1/metadata", .body = *json::Parse(call)};
    const auto answer = planner().Metadata({}, request);
    EXPECT_EQ(answer->http_status, 200) << answer->body;
    return answer->schema_version;
  }

  // Of those who ask, the ones whose plans the planner had to make.
  std::string Planned(const std::string& query = "{ author { id } }") {
    std::vector<std::string> out;
    for (const std::string role : kRoles) {
      const edge::OperationKey key{.query = query, .operation_name = {}, .role = role};
      uint64_t version = 0;
      if (plans_.Find(key, {}, version) != nullptr) {
        EXPECT_EQ(version, watch_->version());
        continue;
      }
      out.push_back(role);
      const auto planned = planner().Plan({}, {.query = query, .role = role});
      EXPECT_TRUE(planned.ok() && planned->ok()) << role;
      plans_.Add(key, {}, planned->value());
    }
    return Join(out, " ");
  }

  Database database_;
  std::unique_ptr<planner::Engine> engine_;
  std::unique_ptr<v1::PlannerService::Service> service_;
  std::unique_ptr<kit::GrpcServer> server_;
  std::unique_ptr<plan::Planner> client_;
  edge::PlanCache plans_{1 << 20};
  const std::shared_ptr<edge::SchemaWatch> watch_ = std::make_shared<edge::SchemaWatch>();
};

constexpr char kDropReader[] =
    R"({"type":"pg_drop_select_permission","args":{"table":"author","role":"reader"}})";
constexpr char kGiveReader[] =
    R"({"type":"pg_create_select_permission","args":{"table":"author","role":"reader",
        "permission":{"columns":["id"],"filter":{}}}})";

TEST_P(KeptPlansTest, OfRolesThatAChangeLeavesAlone) {
  EXPECT_EQ(Planned(), "admin chief editor owner reader");
  EXPECT_EQ(Planned(), "");
  Await(Change(R"({"type":"bulk_atomic","args":[)" + std::string(kDropReader) + "," + kGiveReader +
               "]}"));
  EXPECT_EQ(Planned(), "chief reader") << "who inherits from a role changes with it";
  EXPECT_EQ(Planned(), "");
}

TEST_P(KeptPlansTest, OfAllWhenAChangeIsAboutNoRole) {
  Planned();
  Await(Change(R"({"type":"create_query_collection","args":{"name":"c","definition":{
                   "queries":[]}}})"));
  EXPECT_EQ(Planned(), "");
}

TEST_P(KeptPlansTest, OfThoseWhoDoNotSeeWhatChanged) {
  Planned();
  Await(Change(R"({"type":"pg_set_table_customization","args":{"table":"book","configuration":{
                   "custom_name":"volume"}}})"));
  EXPECT_EQ(Planned(), "admin chief editor");
  Await(Change(R"({"type":"pg_track_table","args":{"table":"loan"}})"));
  EXPECT_EQ(Planned(), "admin");
}

TEST_P(KeptPlansTest, OfNobodyWhenWhoMayIntrospectChanges) {
  Planned();
  Await(Change(R"({"type":"set_graphql_schema_introspection_options","args":{
                   "disabled_for_roles":["reader"]}})"));
  EXPECT_EQ(Planned(), "admin chief editor owner reader");
}

TEST_P(KeptPlansTest, WaitForWhatIsToldOfAVersionThatIsKnownAlready) {
  Planned();
  const uint64_t before = watch_->version();
  plans_.SetVersion(before + 1, nullptr);
  const edge::OperationKey key{.query = "{ author { id } }", .operation_name = {}, .role = "owner"};
  uint64_t version = 0;
  EXPECT_EQ(plans_.Find(key, {}, version), nullptr);
  const plan::NewVersion told{
      .schema_version = before + 1, .previous = before, .changed_roles = {"reader"}};
  plans_.SetVersion(before + 1, &told);
  EXPECT_NE(plans_.Find(key, {}, version), nullptr);
  EXPECT_EQ(version, before + 1);
}

TEST_P(KeptPlansTest, AreNoneAfterAVersionThatWasMissed) {
  Planned();
  const plan::NewVersion told{.schema_version = watch_->version() + 2};
  plans_.SetVersion(told.schema_version, &told);
  EXPECT_EQ(plans_.bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Shapes, KeptPlansTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "mesh" : "one_process"; });

}  // namespace
}  // namespace joinery
