#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "connectors/postgres/postgres_connector.h"
#include "json/write.h"
#include "planner/engine/engine.h"
#include "services/kit/grpc_server.h"
#include "services/kit/planner_client.h"
#include "services/kit/planner_server.h"

namespace joinery {
namespace {

using json::Value;

constexpr char kSql[] =
    "create table author (id int primary key, name text);"
    "create table book (id int primary key, author_id int not null references author, title text)";

void Execute(const std::string& url, const char* sql) {
  PGconn* connection = PQconnectdb(url.c_str());
  ASSERT_EQ(PQstatus(connection), CONNECTION_OK) << PQerrorMessage(connection);
  PGresult* result = PQexec(connection, sql);
  EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
}

// A planner behind a gRPC server, called as another service calls it.
class PlannerApiTest : public ::testing::Test {
 protected:
  // One database for all tests: none of them changes it.
  static void SetUpTestSuite() {
    database_ = std::make_unique<TestServer>();
    Execute(database_->url(), kSql);
  }
  static void TearDownTestSuite() { database_.reset(); }

  PlannerApiTest() {
    engine_ = planner::MakeEngine({.start = {.document = Document(R"("id","name")")}},
                                  {.postgres = &postgres_});
    service_ = kit::MakePlannerServer(*engine_, *engine_);
    auto server = kit::GrpcServer::Start("127.0.0.1:0", {service_.get()});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const std::string address = StrCat("127.0.0.1:", server_->port());
    planner_ = kit::MakePlannerClient(address);
    reviewer_ = kit::MakeMetadataReviewerClient(address);
  }
  ~PlannerApiTest() override { server_->Drain(std::chrono::seconds(1)); }

  // A user may select `columns` of author.
  Value Document(const std::string& columns, const std::string& filter = "{}",
                 const std::string& more_tables = "") const {
    std::string url;
    json::AppendQuoted(url, database_->url());
    const auto document = json::Parse(
        StrCat(R"({"version":3,"sources":[{"name":"default","kind":"postgres","configuration":
            {"connection_info":{"database_url":)",
               url, R"(}},"tables":[{"table":"author",
            "select_permissions":[{"role":"user","permission":{"columns":[)",
               columns, R"(],"filter":)", filter, "}}]}", more_tables, "]}]}"));
    EXPECT_TRUE(document.ok()) << document.status();
    return *document;
  }

  std::vector<std::string> Diff(const plan::MetadataDiffRequest& request) {
    const auto changes = reviewer_->Diff(context_, request);
    EXPECT_TRUE(changes.ok()) << changes.status();
    std::vector<std::string> out;
    for (const plan::SchemaChange& change : *changes) {
      if (change.kind.starts_with("TYPE_") || change.coordinate.find("_") != std::string::npos) {
        continue;  // Types that come along.
      }
      out.push_back(StrCat(static_cast<int>(change.severity), " ", change.kind, " ",
                           change.coordinate, " for ", Join(change.roles, ",")));
    }
    return out;
  }

  static inline std::unique_ptr<TestServer> database_;
  connectors::postgres::PostgresConnector postgres_{{.loops = 1}};
  std::unique_ptr<planner::Engine> engine_;
  std::unique_ptr<v1::PlannerService::Service> service_;
  std::unique_ptr<kit::GrpcServer> server_;
  std::unique_ptr<plan::Planner> planner_;
  std::unique_ptr<plan::MetadataReviewer> reviewer_;
  const CallContext context_ = CallContext::WithTimeout(std::chrono::seconds(60));
};

TEST_F(PlannerApiTest, ValidatesAgainstTheLiveCatalogAndChangesNothing) {
  const auto fine = reviewer_->ValidateMetadata(context_, Document(R"("id")"));
  ASSERT_TRUE(fine.ok()) << fine.status();
  EXPECT_TRUE(fine->findings.empty()) << fine->findings.front().message;
  EXPECT_EQ(json::ToString(fine->inconsistent), "[]");

  const auto check = reviewer_->ValidateMetadata(
      context_, Document(R"("id","colour")", "{}", R"(,{"table":"nowhere","is_emun":true})"));
  ASSERT_TRUE(check.ok()) << check.status();
  std::vector<std::string> found;
  for (const plan::Finding& finding : check->findings) {
    found.push_back(StrCat(static_cast<int>(finding.severity), " ", finding.rule, " ",
                           finding.object, " ", finding.path));
  }
  EXPECT_EQ(found,
            (std::vector<std::string>{
                "0 inconsistent-object table nowhere in source default "
                "$.sources[0].tables[1].table",
                "0 inconsistent-object select_permission user in table author in source default "
                "$.sources[0].tables[0].select_permissions[0].permission.columns[1]",
                "1 unknown-key  $.sources[0].tables[1].is_emun"}));
  EXPECT_EQ(check->inconsistent.items().size(), 2u);
  EXPECT_TRUE(*planner_->Consistent(context_));
}

TEST_F(PlannerApiTest, ASourceThatTheCurrentMetadataDoesNotHaveIsAsked) {
  Value document = Document(R"("id")");
  Value second = document.Find("sources")->items()[0];
  second.Set("name", "second");
  second.Set("customization", *json::Parse(R"({"root_fields":{"prefix":"s_"},
                                               "type_names":{"prefix":"s_"}})"));
  document.Find("sources")->Append(second);
  const auto fine = reviewer_->ValidateMetadata(context_, document);
  ASSERT_TRUE(fine.ok()) << fine.status();
  EXPECT_TRUE(fine->findings.empty()) << fine->findings.front().message;

  Value& unreachable = document.Find("sources")->items()[1];
  unreachable.Find("configuration")
      ->Find("connection_info")
      ->Set("database_url", "postgresql://nobody@127.0.0.1:1/nothing");
  const auto check = reviewer_->ValidateMetadata(context_, document);
  ASSERT_TRUE(check.ok()) << check.status();
  ASSERT_EQ(check->findings.size(), 1u);
  EXPECT_EQ(check->findings[0].object, "source second");
}

TEST_F(PlannerApiTest, DiffAgainstTheCurrentMetadata) {
  EXPECT_EQ(Diff({}), std::vector<std::string>{});
  EXPECT_EQ(Diff({.after = Document(R"("id")", R"({"id":{"_eq":"X-Hasura-User-Id"}})")}),
            (std::vector<std::string>{"0 FIELD_REMOVED author.name for user"}));
  EXPECT_EQ(Diff({.before = Document(R"("id")"), .after = {}}),
            (std::vector<std::string>{"2 FIELD_ADDED author.name for user"}));
  EXPECT_EQ(Diff({.after = Document(R"("id")"), .roles = {"admin"}}), std::vector<std::string>{});
}

TEST_F(PlannerApiTest, DiffOfTwoDocumentsTellsOfRowsToo) {
  const auto changes = reviewer_->Diff(
      context_, {.before = Document(R"("id")"),
                 .after = Document(R"("id")", R"({"id":{"_eq":"X-Hasura-User-Id"}})")});
  ASSERT_TRUE(changes.ok()) << changes.status();
  ASSERT_EQ(changes->size(), 1u);
  const plan::SchemaChange& change = changes->front();
  EXPECT_EQ(change.severity, plan::SchemaChange::Severity::kDangerous);
  EXPECT_EQ(change.kind, "ROWS_CHANGED");
  EXPECT_EQ(change.coordinate, "select_permission user in table author in source default");
  EXPECT_EQ(change.roles, std::vector<std::string>{"user"});
}

TEST_F(PlannerApiTest, WhatIsNoDocumentIsRefused) {
  EXPECT_EQ(reviewer_->ValidateMetadata(context_, Value("text")).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(reviewer_->Diff(context_, {.after = Value::Array()}).status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace joinery
