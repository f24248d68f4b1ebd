#include "planner/metadata/store/postgres_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "planner/metadata/default_source.h"
#include "planner/metadata/store/notification.h"
#include "planner/metadata/store/postgres_session.h"

namespace joinery::metadata {
namespace {

using json::Value;
using namespace std::chrono_literals;

Value Document(std::string_view mark) {
  Value out = EmptyDocument("");
  out.Set("mark", mark);
  return out;
}

class PostgresStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new TestServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override { Sql("drop schema if exists hdb_catalog cascade"); }

  static std::string Sql(const std::string& sql) {
    PostgresSession session(server_->url());
    const auto rows = session.Read(5s, sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && !rows->empty() ? rows->front()[0].value_or("NULL") : std::string();
  }

  static std::unique_ptr<Store> Open(const Value& first = Document("first")) {
    auto store = OpenPostgresStore(server_->url(), first);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static StoredDocument Load(Store& store, const Revision& known = {}) {
    auto loaded = store.LoadOther(known);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_TRUE(loaded->has_value());
    return **loaded;
  }

  static TestServer* server_;
};

TestServer* PostgresStoreTest::server_ = nullptr;

// The catalog as a Hasura v2 of catalog version 43 left it, with a document in it.
constexpr char kOldHasura[] = R"sql(
create schema hdb_catalog;
create table hdb_catalog.hdb_version (
  hasura_uuid uuid primary key default gen_random_uuid(), version text not null,
  upgraded_on timestamptz not null, cli_state jsonb not null default '{}',
  console_state jsonb not null default '{}');
create unique index hdb_version_one_row on hdb_catalog.hdb_version ((version is not null));
create table hdb_catalog.hdb_cron_events (id text primary key, trigger_name text not null,
  scheduled_time timestamptz not null, status text not null default 'scheduled');
create table hdb_catalog.hdb_cron_event_invocation_logs (id text primary key, event_id text);
create table hdb_catalog.hdb_metadata (id integer primary key, metadata json not null);
insert into hdb_catalog.hdb_version (version, upgraded_on, console_state)
  values ('43', now(), '{"onboardingShown": true}');
insert into hdb_catalog.hdb_metadata values
  (1, '{"version": 3, "sources": [], "mark": "hasura", "cron_triggers": [{"name": "c"}]}');
)sql";

TEST_F(PostgresStoreTest, CreatesTheCatalogAndBeginsWithTheFirstDocument) {
  const auto store = Open();
  const StoredDocument stored = Load(*store);
  EXPECT_EQ(stored.document, Document("first"));
  EXPECT_EQ(stored.revision.resource_version, 1u);
  EXPECT_TRUE(stored.invalidations.empty());
  EXPECT_EQ(Sql("select version from hdb_catalog.hdb_version"), "48");
  EXPECT_EQ(Sql("select count(*) from pg_tables where schemaname = 'hdb_catalog'"), "8");
  EXPECT_EQ(stored.revision.lineage, Sql("select hasura_uuid from hdb_catalog.hdb_version"));
}

TEST_F(PostgresStoreTest, GoesOnFromWhatIsStored) {
  const Revision first = Load(*Open()).revision;
  const auto again = Open(Document("ignored"));
  EXPECT_EQ(Load(*again).document, Document("first"));
  const auto same = again->LoadOther(first);
  ASSERT_TRUE(same.ok());
  EXPECT_FALSE(same->has_value());
}

TEST_F(PostgresStoreTest, StartsOnAnOldHasuraCatalog) {
  Sql(kOldHasura);
  const auto store = Open();
  const StoredDocument stored = Load(*store);
  EXPECT_EQ(stored.document.FindString("mark"), "hasura");
  EXPECT_NE(stored.document.Find("cron_triggers"), nullptr);
  EXPECT_EQ(stored.revision.resource_version, 1u);
  const auto replaced = store->Replace(stored.revision, Document("ours"), {});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(Sql("select version from hdb_catalog.hdb_version"), "48");
  EXPECT_EQ(Sql("select metadata->>'mark' from hdb_catalog.hdb_metadata"), "ours");
  const auto state = store->LoadCatalogState();
  ASSERT_TRUE(state.ok());
  EXPECT_TRUE(state->console.FindBool("onboardingShown", false));
}

TEST_F(PostgresStoreTest, RefusesCatalogsOfOtherAges) {
  for (const auto& [version, words] : std::vector<std::pair<std::string, std::string>>{
           {"49", "a newer release made"}, {"42", "older than 43"}, {"0.8", "older than 43"}}) {
    SetUp();
    Open();
    Sql(StrCat("update hdb_catalog.hdb_version set version = '", version, "'"));
    const auto refused = OpenPostgresStore(server_->url(), Document("x"));
    EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition) << version;
    EXPECT_NE(MessageOf(refused.status()).find(words), std::string_view::npos) << refused.status();
  }
}

TEST_F(PostgresStoreTest, OneOfTwoWritersOfOneVersionWins) {
  const auto a = Open();
  const auto b = Open();
  const Revision known = Load(*a).revision;
  const auto won = a->Replace(known, Document("a"), {});
  ASSERT_TRUE(won.ok()) << won.status();
  EXPECT_EQ(won->resource_version, 2u);
  EXPECT_EQ(b->Replace(known, Document("b"), {}).status().code(), StatusCode::kAborted);
  EXPECT_EQ(Load(*b, known).document, Document("a"));
}

TEST_F(PostgresStoreTest, NoUpdateOfManyWritersIsLost) {
  constexpr int kWriters = 4;
  constexpr int kEach = 25;
  const auto first = Open(EmptyDocument(""));
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([w] {
      const auto store = Open();
      for (int i = 0; i < kEach; ++i) {
        for (;;) {
          StoredDocument now = Load(*store);
          now.document.Set(StrCat("w", w, "_", i), true);
          const auto replaced = store->Replace(now.revision, now.document, {});
          if (replaced.ok()) break;
          ASSERT_EQ(replaced.status().code(), StatusCode::kAborted) << replaced.status();
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const StoredDocument stored = Load(*first);
  EXPECT_EQ(stored.revision.resource_version, 1u + kWriters * kEach);
  for (int w = 0; w < kWriters; ++w) {
    for (int i = 0; i < kEach; ++i) {
      EXPECT_NE(stored.document.Find(StrCat("w", w, "_", i)), nullptr) << w << " " << i;
    }
  }
}

TEST_F(PostgresStoreTest, WaitersWakeByNotification) {
  const auto reader = Open();
  const auto writer = Open();
  reader->AwaitChange(10ms);  // Listens from here on.
  const Revision known = Load(*writer).revision;
  std::thread change([&] { EXPECT_TRUE(writer->Replace(known, Document("new"), {}).ok()); });
  const auto begin = std::chrono::steady_clock::now();
  reader->AwaitChange(60s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50s);
  change.join();
  EXPECT_EQ(Load(*reader, known).document, Document("new"));
}

TEST_F(PostgresStoreTest, MissedVersionsLoseNoInvalidation) {
  const auto writer = Open();
  const Revision start = Load(*writer).revision;
  Revision at = start;
  for (const Invalidations& one : {Invalidations{.sources = {"music"}},
                                   Invalidations{.remote_schemas = {"crm"}}, Invalidations{}}) {
    const auto next = writer->Replace(at, Document("same"), one);
    ASSERT_TRUE(next.ok());
    at = *next;
  }
  const Invalidations missed = Load(*Open(), start).invalidations;
  EXPECT_FALSE(missed.all);
  EXPECT_EQ(missed.sources, std::set<std::string>{"music"});
  EXPECT_EQ(missed.remote_schemas, std::set<std::string>{"crm"});
}

TEST_F(PostgresStoreTest, ChangesByHasuraAreSeen) {
  const auto store = Open();
  const Revision known = Load(*store).revision;
  // As Hasura writes: no NOTIFY, a notification of its own.
  Sql("update hdb_catalog.hdb_metadata set metadata = '{\"version\":3,\"sources\":[],\"mark\":"
      "\"hasura\"}', resource_version = resource_version + 1");
  Sql("insert into hdb_catalog.hdb_schema_notifications (id, notification, resource_version, "
      "instance_id) values (1, '{\"metadata\":false,\"remote_schemas\":[],\"sources\":[\"s\"],"
      "\"data_connectors\":[]}', 2, gen_random_uuid())");
  const StoredDocument stored = Load(*store, known);
  EXPECT_EQ(stored.document, Document("hasura"));
  EXPECT_FALSE(stored.invalidations.all);
  EXPECT_EQ(stored.invalidations.sources, std::set<std::string>{"s"});
}

TEST_F(PostgresStoreTest, HasuraReadsWhatChanged) {
  const auto store = Open();
  ASSERT_TRUE(store->Replace(Load(*store).revision, Document("x"), {.sources = {"s"}}).ok());
  EXPECT_EQ(Sql("select notification->>'sources' from hdb_catalog.hdb_schema_notifications where "
                "id = 1 and resource_version = 2"),
            "[\"s\"]");
}

TEST_F(PostgresStoreTest, GoesOnWhenTheCatalogIsDropped) {
  const auto store = Open();
  const Revision known = Load(*store).revision;
  Sql("drop schema hdb_catalog cascade");
  const auto loaded = store->LoadOther(known);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_FALSE(loaded->has_value());
  const auto replaced = store->Replace(known, Document("anew"), {});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(replaced->resource_version, known.resource_version + 1);
  EXPECT_NE(replaced->lineage, known.lineage);
  EXPECT_EQ(Load(*Open(), known).document, Document("anew"));
}

TEST_F(PostgresStoreTest, KeepsTheStatesOfConsoleAndCli) {
  const auto store = Open();
  Value state = Value::Object();
  state.Set("isTestMode", true);
  ASSERT_TRUE(store->SaveCatalogState("cli", state).ok());
  const auto kept = Open()->LoadCatalogState();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->cli, state);
  EXPECT_EQ(kept->console, Value::Object());
  EXPECT_EQ(kept->database_id.size(), 36u);
}

TEST_F(PostgresStoreTest, ADatabaseThatIsDownIsToldAndComesBack) {
  const auto store = Open();
  const Revision known = Load(*store).revision;
  store->AwaitChange(10ms);
  server_->Stop();
  EXPECT_EQ(store->LoadOther(known).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(store->Replace(known, Document("x"), {}).status().code(), StatusCode::kUnavailable);
  store->AwaitChange(1ms);
  EXPECT_EQ(OpenPostgresStore(server_->url(), Document("x")).status().code(),
            StatusCode::kUnavailable);
  server_->Start();
  const auto back = store->LoadOther(known);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_FALSE(back->has_value());
  EXPECT_TRUE(store->Replace(known, Document("x"), {}).ok());
}

TEST_F(PostgresStoreTest, AServerThatDoesNotAnswerEndsAtTheDeadline) {
  PostgresSession session(server_->url());
  EXPECT_EQ(session.Read(100ms, "select pg_sleep(30)").status().code(),
            StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(session.Read(5s, "select 1").ok());
}

TEST(NotificationTest, OtherProgramsMayHaveOverwrittenWhatWasMissed) {
  constexpr char kHasura[] = R"({"metadata":false,"remote_schemas":[],"sources":["s"]})";
  EXPECT_TRUE(ReadNotification(kHasura, 4, 2, 4).all);
  EXPECT_FALSE(ReadNotification(kHasura, 3, 2, 3).all);
  EXPECT_TRUE(ReadNotification("", 3, 2, 3).all);
}

TEST(NotificationTest, AllReachesWhoMissedIt) {
  const std::string all = WriteNotification("", 3, {.all = true});
  const std::string later = WriteNotification(all, 4, {});
  EXPECT_TRUE(ReadNotification(later, 4, 2, 4).all);
  EXPECT_FALSE(ReadNotification(later, 4, 3, 4).all);
}

}  // namespace
}  // namespace joinery::metadata
