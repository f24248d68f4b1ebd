#include "connectors/postgres/postgres_connector.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/event_loop.h"
#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "connectors/postgres/pool/pool.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::connectors::postgres {
namespace {

using namespace std::chrono_literals;  // NOLINT
using plan::ExecuteRequest;
using plan::ExecuteResult;
using plan::ParameterValue;

plan::OutputField ColumnField(std::string name, std::string type, plan::JsonForm form) {
  plan::OutputField field;
  field.name = name;
  field.scalar.emplace();
  field.scalar->column = std::move(name);
  field.scalar->type = {"", std::move(type), 0};
  field.form = form;
  return field;
}

// Rows of public.writer with the key that parameter 0 holds: id and name.
plan::RelationalRoot WriterById() {
  plan::RelationalRoot root;
  root.shape = plan::RootShape::kArray;
  root.relation.table = {"public", "writer"};
  root.relation.where.kind = plan::Predicate::Kind::kCompare;
  root.relation.where.left.emplace();
  root.relation.where.left->column = "id";
  root.relation.where.left->type = {"", "int4", 0};
  root.relation.where.parameters = {0};
  root.relation.fields.push_back(ColumnField("id", "int4", plan::JsonForm::kNumber));
  root.relation.fields.push_back(ColumnField("name", "text", plan::JsonForm::kText));
  root.primary_key = {"id"};
  return root;
}

std::shared_ptr<const plan::Fragment> Sealed(plan::RelationalRoot root) {
  plan::RelationalFragment body;
  body.roots.push_back(std::move(root));
  body.parameter_types = {{"", "int4", 0}};
  plan::Fragment fragment;
  fragment.body = std::move(body);
  fragment.parameters = 1;
  return plan::Seal(std::move(fragment));
}

class PostgresConnectorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new TestServer(); }
  static void TearDownTestSuite() { delete server_; }

  void SetUp() override {
    thread_ = std::thread([this] { context_.run(); });
    connector_ = std::make_unique<PostgresConnector>(PostgresConnector::Options{.loops = 1});
    connector_->SetSources({Source("db")}, 1);
    Sql("drop table if exists writer cascade;"
        "create table writer (id int primary key, name text);"
        "insert into writer values (1, 'Ada'), (2, null), (3, 'Cid');"
        "drop view if exists slow; create view slow as "
        "select id, pg_sleep(30)::text as name from writer");
  }

  void TearDown() override {
    connector_.reset();
    guard_.reset();
    thread_.join();
  }

  plan::SourceConfig Source(const std::string& name, std::string_view more = "") {
    return {{plan::SourceKind::kPostgres, name},
            *json::Parse(StrCat(R"({"configuration": {"connection_info": {"database_url": ")",
                                server_->url(), "\"", more, "}}}"))};
  }

  json::Value Sql(const std::string& sql) {
    json::Value command = json::Value::Object();
    command.Set("type", "run_sql");
    command.Set("sql", sql);
    const auto answer = connector_->Administer({}, Source("db"), command);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->Find("error"), nullptr) << json::ToString(*answer);
    return *answer;
  }

  ExecuteRequest Request(std::string id, plan::RelationalRoot root = WriterById()) {
    ExecuteRequest request;
    request.source = {plan::SourceKind::kPostgres, "db"};
    request.fragment = Sealed(std::move(root));
    request.parameters = {{ParameterValue::Kind::kJson, std::move(id)}};
    return request;
  }

  std::future<StatusOr<ExecuteResult>> Start(ExecuteRequest request, EventLoop* loop,
                                             const CallContext& context = {}) {
    auto promise = std::make_shared<std::promise<StatusOr<ExecuteResult>>>();
    auto future = promise->get_future();
    connector_->Execute(context, loop, std::move(request),
                        [this, loop, promise](StatusOr<ExecuteResult> result) {
                          if (loop != nullptr) {
                            EXPECT_TRUE(loop->InThisThread());
                          }
                          promise->set_value(std::move(result));
                        });
    return future;
  }

  StatusOr<ExecuteResult> Run(ExecuteRequest request, const CallContext& context = {}) {
    return Start(std::move(request), &loop_, context).get();
  }

  static std::string ValueOf(const ExecuteResult& result) {
    if (result.values.empty() || result.values[0].empty()) return "no value";
    const plan::Slice slice = result.values[0][0];
    const auto value =
        json::Parse(std::string_view(result.bytes).substr(slice.begin, slice.end - slice.begin));
    return value.ok() ? json::ToString(*value) : std::string(MessageOf(value.status()));
  }

  static TestServer* server_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_ =
      boost::asio::make_work_guard(context_);
  EventLoop loop_{context_};
  std::thread thread_;
  std::unique_ptr<PostgresConnector> connector_;
};

TestServer* PostgresConnectorTest::server_ = nullptr;

TEST_F(PostgresConnectorTest, ExecutesAFragment) {
  const auto one = Run(Request("1"));
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_TRUE(one->errors.empty()) << one->errors[0].message << one->errors[0].internal;
  EXPECT_EQ(ValueOf(*one), R"([{"id":1,"name":"Ada"}])");
  EXPECT_EQ(ValueOf(*Run(Request("2"))), R"([{"id":2,"name":null}])");
  EXPECT_EQ(ValueOf(*Run(Request("4"))), "[]");
}

TEST_F(PostgresConnectorTest, CompilesAndPreparesOnce) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Run(Request("1")).ok());
  const auto counters = connector_->Counters("db");
  EXPECT_EQ(counters->prepared, 1u);
  EXPECT_EQ(counters->executed, 1000u);
  EXPECT_EQ(counters->opened, 1u);
}

TEST_F(PostgresConnectorTest, WorksWithoutALoop) {
  const auto result = Start(Request("3"), nullptr).get();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result), R"([{"id":3,"name":"Cid"}])");
}

TEST_F(PostgresConnectorTest, KeysShareAStatement) {
  plan::RelationalRoot root = WriterById();
  root.relation.where = plan::Predicate();
  root.batch = 0;
  root.key_columns = {"id"};
  root.key_types = {{"", "int4", 0}};
  plan::RelationalFragment body;
  body.roots.push_back(std::move(root));
  plan::Fragment fragment;
  fragment.body = std::move(body);
  fragment.batches = {{1}};
  ExecuteRequest request;
  request.source = {plan::SourceKind::kPostgres, "db"};
  request.fragment = plan::Seal(std::move(fragment));
  request.batches = {{{{"3", "9", "1"}}}};
  const auto result = Run(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->errors.empty()) << result->errors[0].message << result->errors[0].internal;
  ASSERT_EQ(result->values.size(), 1u);
  ASSERT_EQ(result->values[0].size(), 3u);
  std::vector<std::string> values;
  for (const plan::Slice& slice : result->values[0]) {
    values.push_back(json::ToString(*json::Parse(
        std::string_view(result->bytes).substr(slice.begin, slice.end - slice.begin))));
  }
  EXPECT_EQ(values, (std::vector<std::string>{R"([{"id":3,"name":"Cid"}])", "[]",
                                              R"([{"id":1,"name":"Ada"}])"}));
  EXPECT_EQ(connector_->Counters("db")->executed, 1u);
}

TEST_F(PostgresConnectorTest, AListedKeyIsAnyOfItsItems) {
  plan::RelationalRoot root = WriterById();
  root.relation.where = plan::Predicate();
  root.relation.order_by.emplace_back().scalar =
      plan::Scalar{.column = "id", .type = {"", "int4", 0}};
  root.batch = 0;
  root.key_columns = {"id"};
  root.key_types = {{"", "int4", 0}};
  root.key_any_of = {true};
  plan::RelationalFragment body;
  body.roots.push_back(std::move(root));
  plan::Fragment fragment;
  fragment.body = std::move(body);
  fragment.batches = {{1}};
  ExecuteRequest request;
  request.source = {plan::SourceKind::kPostgres, "db"};
  request.fragment = plan::Seal(std::move(fragment));
  request.batches = {{{{"[3, 1]", "[]", "2", R"([null, "x", "3"])"}}}};
  const auto result = Run(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->errors.empty()) << result->errors[0].message << result->errors[0].internal;
  std::vector<std::string> values;
  for (const plan::Slice& slice : result->values[0]) {
    values.push_back(result->bytes.substr(slice.begin, slice.end - slice.begin));
  }
  EXPECT_EQ(values,
            (std::vector<std::string>{R"([{"id":1,"name":"Ada"},{"id":3,"name":"Cid"}])", "[]",
                                      R"([{"id":2,"name":null}])", R"([{"id":3,"name":"Cid"}])"}));
}

TEST_F(PostgresConnectorTest, AnswersBeyondALimitFail) {
  struct Case {
    AnswerLimits limits;
    std::string code;
  };
  const Case cases[] = {{{.most_rows = 3}, ""},
                        {{.most_rows = 2}, "row-limit-exceeded"},
                        {{.most_bytes = 1'000}, ""},
                        {{.most_bytes = 40}, "size-limit-exceeded"}};
  for (const Case& c : cases) {
    connector_ = std::make_unique<PostgresConnector>(
        PostgresConnector::Options{.loops = 1, .limits = c.limits});
    connector_->SetSources({Source("db")}, 2);
    plan::RelationalRoot all = WriterById();
    all.relation.where.op = plan::CompareOperator::kGte;
    const auto result = Run(Request("1", std::move(all)));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->errors.empty() ? "" : result->errors[0].code, c.code);
    EXPECT_EQ(result->errors.size(), c.code.empty() ? 0u : 1u);
  }
}

TEST_F(PostgresConnectorTest, DatabaseErrorsAreAnswers) {
  plan::RelationalRoot root = WriterById();
  root.relation.table.name = "nowhere";
  const auto missing = Run(Request("1", std::move(root)));
  ASSERT_TRUE(missing.ok()) << missing.status();
  ASSERT_EQ(missing->errors.size(), 1u);
  EXPECT_EQ(missing->errors[0].code, "unexpected");
  EXPECT_EQ(missing->errors[0].message, "database query error");
  EXPECT_NE(missing->errors[0].internal.find("42P01"), std::string::npos);
  const auto bad = Run(Request("99999999999"));
  ASSERT_TRUE(bad.ok()) << bad.status();
  ASSERT_EQ(bad->errors.size(), 1u);
  EXPECT_EQ(bad->errors[0].code, "data-exception");
}

TEST_F(PostgresConnectorTest, NamesWhatItLacks) {
  ExecuteRequest request = Request("1");
  request.source.name = "elsewhere";
  EXPECT_EQ(Run(request).status().code(), StatusCode::kNotFound);
  auto broken = Source("db");
  broken.definition = *json::Parse(
      R"({"configuration": {"connection_info": {"database_url": {"from_env": "JOINERY_ABSENT"}}}})");
  connector_->SetSources({broken}, 2);
  const auto refused = Run(Request("1"));
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(MessageOf(refused.status()),
            "source \"db\": environment variable 'JOINERY_ABSENT' not set");
  plan::Fragment action;
  action.body = plan::ActionFragment();
  request = Request("1");
  request.fragment = plan::Seal(std::move(action));
  connector_->SetSources({Source("db")}, 3);
  EXPECT_EQ(Run(request).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(PostgresConnectorTest, UnchangedSourcesKeepTheirConnections) {
  ASSERT_TRUE(Run(Request("1")).ok());
  auto same = Source("db");
  same.definition.Set("tables", json::Value::Array({json::Value("writer")}));
  connector_->SetSources({same, Source("other")}, 2);
  ASSERT_TRUE(Run(Request("1")).ok());
  EXPECT_EQ(connector_->Counters("db")->opened, 1u);
  connector_->SetSources({Source("db", R"(, "pool_settings": {"max_connections": 1})")}, 3);
  EXPECT_EQ(connector_->Counters("db")->opened, 0u);
  ASSERT_TRUE(Run(Request("1")).ok());
  EXPECT_EQ(connector_->Counters("other"), nullptr);
}

TEST_F(PostgresConnectorTest, ARequestFinishesOnTheSourcesThatItBeganWith) {
  ASSERT_TRUE(Run(Request("1")).ok());
  const auto counters = connector_->Counters("db");
  connector_->SetSources({}, 2);
  auto begun = Request("1");
  begun.schema_version = 1;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Run(begun).ok());
  auto fresh = Request("1");
  fresh.schema_version = 2;
  EXPECT_EQ(Run(fresh).status().code(), StatusCode::kNotFound);
  for (int i = 0; i < 300 && counters->open > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(counters->open, 0) << "its sessions end at once";
}

TEST_F(PostgresConnectorTest, CancelsAtTheServer) {
  plan::RelationalRoot root = WriterById();
  root.relation.table.name = "slow";
  const auto late = Run(Request("1", std::move(root)), CallContext::WithTimeout(200ms));
  EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
  bool gone = false;
  for (int i = 0; i < 300 && !gone; ++i) {
    gone = json::ToString(Sql("select count(*) from pg_stat_activity where query like "
                              "'%slow%' and state = 'active' and pid <> pg_backend_pid()"))
               .find("[\"0\"]") != std::string::npos;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(gone);
}

// A client that takes the first piece of an answer and lets the rest wait.
class WaitingClient final : public plan::AnswerStream {
 public:
  bool Write(std::string bytes, std::function<void()> go_on) override {
    bytes_ += bytes.size();
    if (std::exchange(waits_, true)) return true;
    begun.set_value(std::move(go_on));
    return false;
  }
  size_t bytes() const { return bytes_; }
  std::promise<std::function<void()>> begun;

 private:
  size_t bytes_ = 0;
  bool waits_ = false;
};

class DownloadTest : public PostgresConnectorTest {
 protected:
  // 50 MB, more than sockets hold.
  ExecuteRequest Download(std::chrono::milliseconds begins_within) {
    Sql("drop view if exists wide; create view wide as "
        "select i as id, repeat('x', 1000) as name from generate_series(1, 50000) i");
    plan::RelationalRoot root = WriterById();
    root.relation.table.name = "wide";
    root.relation.where.op = plan::CompareOperator::kGte;
    ExecuteRequest request = Request("1", std::move(root));
    request.stream = client_;
    request.begins_within = begins_within;
    return request;
  }

  const std::shared_ptr<WaitingClient> client_ = std::make_shared<WaitingClient>();
};

TEST_F(DownloadTest, MayTakeLongerThanItMayTakeToBegin) {
  auto result = Start(Download(1s), &loop_, CallContext::WithTimeout(30s));
  const std::function<void()> go_on = client_->begun.get_future().get();
  EXPECT_EQ(result.wait_for(1500ms), std::future_status::timeout);
  loop_.Post(go_on);
  const auto whole = result.get();
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_TRUE(whole->errors.empty());
  EXPECT_GT(client_->bytes(), 50'000'000u);
}

TEST_F(DownloadTest, HasABoundOfItsOwn) {
  auto result = Start(Download(1s), &loop_, CallContext::WithTimeout(1500ms));
  client_->begun.get_future().wait();
  EXPECT_EQ(result.get().status().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(DownloadTest, MustBeginInTime) {
  ExecuteRequest request = Download(200ms);
  plan::RelationalRoot root = WriterById();
  root.relation.table.name = "slow";
  request.fragment = Sealed(std::move(root));
  const auto late = Run(std::move(request), CallContext::WithTimeout(30s));
  EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(PostgresConnectorTest, ExplainsAFragment) {
  const auto explained = connector_->Explain({}, Request("1"));
  ASSERT_TRUE(explained.ok()) << explained.status();
  EXPECT_NE(explained->FindString("sql")->find("writer"), std::string_view::npos);
  ASSERT_NE(explained->Find("plan"), nullptr) << json::ToString(*explained);
  EXPECT_NE(json::ToString(*explained->Find("plan")).find("cost="), std::string::npos);
}

TEST_F(PostgresConnectorTest, IntrospectsASource) {
  const auto result = connector_->Introspect({}, Source("db"));
  ASSERT_TRUE(result.ok()) << result.status();
  const auto catalog = plan::Decode<plan::DatabaseCatalog>(result->catalog);
  ASSERT_TRUE(catalog.ok());
  bool found = false;
  for (const auto& table : catalog->tables) found |= table.name.name == "writer";
  EXPECT_TRUE(found);
}

TEST_F(PostgresConnectorTest, ManyAtOnceFromBothSides) {
  std::vector<std::future<StatusOr<ExecuteResult>>> running;
  for (int i = 0; i < 400; ++i) {
    running.push_back(Start(Request(std::to_string(1 + i % 3)), i % 2 == 0 ? &loop_ : nullptr));
  }
  for (auto& future : running) EXPECT_TRUE(future.get().ok());
}

TEST_F(PostgresConnectorTest, EndsWhileWorking) {
  plan::RelationalRoot root = WriterById();
  root.relation.table.name = "slow";
  auto running = Start(Request("1", std::move(root)), &loop_);
  auto waiting = Start(Request("1"), nullptr);
  EXPECT_TRUE(waiting.get().ok());
  connector_.reset();
  EXPECT_EQ(running.get().status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace joinery::connectors::postgres
