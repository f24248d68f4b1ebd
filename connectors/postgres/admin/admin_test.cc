#include "connectors/postgres/admin/admin.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>
#include <thread>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::connectors::postgres {
namespace {

using namespace std::chrono_literals;  // NOLINT

class AdminTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new TestServer(); }
  static void TearDownTestSuite() { delete server_; }

  void SetUp() override {
    source_.name = {plan::SourceKind::kPostgres, "db"};
    source_.definition = *json::Parse(StrCat(
        R"({"configuration": {"connection_info": {"database_url": ")", server_->url(), R"("}}})"));
    Sql("drop table if exists t; create table t (id int, name text); insert into t values (1, "
        "'a'), (2, null)");
  }

  StatusOr<json::Value> Run(const std::string& command) {
    return admin_.Run({}, source_, *json::Parse(command));
  }
  std::string Sql(const std::string& sql, std::string_view more = "") {
    const auto answer = Run(StrCat(R"({"type": "run_sql", "sql": ")", sql, "\"", more, "}"));
    return answer.ok() ? json::ToString(*answer) : std::string(MessageOf(answer.status()));
  }

  static TestServer* server_;
  plan::SourceConfig source_;
  Admin admin_{500ms};
};

TestServer* AdminTest::server_ = nullptr;

TEST_F(AdminTest, AnswersRunSql) {
  struct Case {
    const char* sql;
    const char* answer;
  };
  const Case cases[] = {
      {"select * from t order by id",
       R"({"result_type":"TuplesOk","result":[["id","name"],["1","a"],["2","NULL"]]})"},
      {"select 1 as a where false", R"({"result_type":"TuplesOk","result":[["a"]]})"},
      {"create table t2 (id int); drop table t2", R"({"result_type":"CommandOk","result":null})"},
      {"select 1 as a; select 2 as b", R"({"result_type":"TuplesOk","result":[["b"],["2"]]})"},
      {"", R"({"result_type":"CommandOk","result":null})"},
      {"begin; insert into t values (3, 'c'); commit",
       R"({"result_type":"CommandOk","result":null})"},
  };
  for (const Case& c : cases) EXPECT_EQ(Sql(c.sql), c.answer) << c.sql;
  EXPECT_EQ(Sql("select count(*) from t"),
            R"({"result_type":"TuplesOk","result":[["count"],["3"]]})");
}

TEST_F(AdminTest, TellsErrorsInFull) {
  EXPECT_EQ(Sql("select * from nowhere"),
            R"({"error":{"statement":"select * from nowhere","prepared":false,"error":)"
            R"({"exec_status":"FatalError","hint":null,"message":"relation \"nowhere\" does not )"
            R"(exist","status_code":"42P01","description":null},"arguments":[]}})");
  // All or nothing.
  Sql("insert into t values (9, 'x'); select 1/0");
  EXPECT_EQ(Sql("select count(*) from t where id = 9"),
            R"({"result_type":"TuplesOk","result":[["count"],["0"]]})");
  EXPECT_NE(Sql("insert into t values (9, 'x')", R"(, "read_only": true)").find("25006"),
            std::string::npos);
  EXPECT_NE(Sql("copy t from stdin").find("COPY FROM STDIN is not possible here"),
            std::string::npos);
  EXPECT_NE(
      Sql("alter table t add unique (id) deferrable initially deferred; insert into t values (1)")
          .find("23505"),
      std::string::npos);
}

TEST_F(AdminTest, ChecksInsideTheTransaction) {
  const auto held =
      Run(R"({"type": "run_sql", "sql": "alter table t rename to renamed_t", "check": true})");
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(held->FindString("result_type"), "CommandOk");
  std::string encoded(*held->FindString("catalog"));
  std::string bytes(encoded.size(), '\0');
  bytes.resize(static_cast<size_t>(EVP_DecodeBlock(
      reinterpret_cast<unsigned char*>(bytes.data()),
      reinterpret_cast<const unsigned char*>(encoded.data()), static_cast<int>(encoded.size()))));
  while (encoded.ends_with('=')) {
    encoded.pop_back();
    bytes.pop_back();
  }
  const auto catalog = plan::Decode<plan::DatabaseCatalog>(bytes);
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  bool renamed = false;
  for (const auto& table : catalog->tables) {
    renamed |= table.name == plan::TableName{"public", "renamed_t"};
  }
  EXPECT_TRUE(renamed);
  const std::string token(*held->FindString("token"));
  ASSERT_TRUE(Run(StrCat(R"({"type": "rollback", "token": ")", token, "\"}")).ok());
  EXPECT_EQ(Sql("select id from t where id = 1"),
            R"({"result_type":"TuplesOk","result":[["id"],["1"]]})");
  EXPECT_EQ(Run(StrCat(R"({"type": "commit", "token": ")", token, "\"}")).status().code(),
            StatusCode::kNotFound);
}

TEST_F(AdminTest, CommitsWhatWasChecked) {
  const auto held =
      Run(R"j({"type": "run_sql", "sql": "insert into t values (7, 'kept')", "check": true})j");
  ASSERT_TRUE(held.ok());
  const auto committed =
      Run(StrCat(R"({"type": "commit", "token": ")", *held->FindString("token"), "\"}"));
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(json::ToString(*committed), "{}");
  EXPECT_EQ(Sql("select name from t where id = 7"),
            R"({"result_type":"TuplesOk","result":[["name"],["kept"]]})");
}

TEST_F(AdminTest, RollsBackWhatWasForgotten) {
  const auto held =
      Run(R"({"type": "run_sql", "sql": "lock table t in access exclusive mode", "check": true})");
  ASSERT_TRUE(held.ok());
  // Blocks until the lock is gone.
  EXPECT_EQ(Sql("select count(*) from t where id = 1"),
            R"({"result_type":"TuplesOk","result":[["count"],["1"]]})");
  EXPECT_EQ(Run(StrCat(R"({"type": "commit", "token": ")", *held->FindString("token"), "\"}"))
                .status()
                .code(),
            StatusCode::kNotFound);
}

TEST_F(AdminTest, DeadlineStopsAStatement) {
  const auto begin = CallContext::Clock::now();
  const auto answer =
      admin_.Run(CallContext::WithTimeout(200ms), source_,
                 *json::Parse(R"j({"type": "run_sql", "sql": "select pg_sleep(30)"})j"));
  EXPECT_EQ(answer.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(CallContext::Clock::now() - begin, 2s);
}

TEST_F(AdminTest, PingsAndRefusesTheUnknown) {
  const auto pong = Run(R"({"type": "ping"})");
  ASSERT_TRUE(pong.ok()) << pong.status();
  EXPECT_TRUE(pong->FindString("server_version").has_value());
  EXPECT_EQ(MessageOf(Run(R"({"type": "dance"})").status()),
            "a Postgres source knows no command \"dance\"");
  source_.definition = *json::Parse(
      R"({"configuration": {"connection_info": {"database_url": {"from_env": "JOINERY_NOWHERE"}}}})");
  EXPECT_EQ(MessageOf(Run(R"({"type": "ping"})").status()),
            "source \"db\": environment variable 'JOINERY_NOWHERE' not set");
}

}  // namespace
}  // namespace joinery::connectors::postgres
