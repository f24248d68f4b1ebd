#include "planner/engine/engine.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/schema_version.h"
#include "planner/metadata/default_source.h"
#include "planner/metadata/store/file_store.h"
#include "planner/metadata/store/memory_store.h"
#include "planner/metadata/store/postgres_store.h"

namespace joinery::planner {
namespace {

using json::Value;
using namespace std::chrono_literals;

std::unique_ptr<plan::Planner> PlannerOn(std::shared_ptr<metadata::Store> store,
                                         bool trust_when_down = true) {
  EngineOptions options;
  options.start = **store->LoadOther({});
  options.store = std::move(store);
  options.trust_when_down = trust_when_down;
  return MakeEngine(std::move(options), {});
}

struct Answer {
  int status = 0;
  Value body;
  uint64_t version = 0;
  std::string text(std::string_view member) const {
    return std::string(body.FindString(member).value_or(""));
  }
};

Answer Call(plan::Planner& planner, const std::string& body) {
  plan::MetadataRequest request{.endpoint = "/v1/metadata", .body = *json::Parse(body)};
  const auto response = planner.Metadata({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return {response->http_status, *json::Parse(response->body), response->schema_version};
}

std::string Collection(const std::string& name) {
  return StrCat(R"({"type":"create_query_collection","args":{"name":")", name,
                R"(","definition":{"queries":[]}}})");
}

// Names of the query collections, and the resource version.
std::pair<std::set<std::string>, int64_t> Collections(plan::Planner& planner) {
  const Answer answer = Call(planner, R"({"type":"export_metadata","version":2,"args":{}})");
  EXPECT_EQ(answer.status, 200);
  std::set<std::string> names;
  if (const Value* all = answer.body.Find("metadata")->Find("query_collections")) {
    for (const Value& one : all->items()) names.emplace(*one.FindString("name"));
  }
  return {names, answer.body.Find("resource_version")->int64().value_or(0)};
}

// Waits for what a planner tells its watchers.
class Watcher {
 public:
  explicit Watcher(plan::Planner& planner)
      : handle_(planner.Watch([this](const plan::NewVersion& version) {
          std::lock_guard lock(mutex_);
          version_ = version.schema_version;
          changed_.notify_all();
        })) {}

  bool Await(uint64_t version) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return version_ == version; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t version_ = 0;
  std::shared_ptr<void> handle_;  // Last: calls back.
};

class ReplicasTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new TestServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  // On one database, which each test shares with those before it.
  static std::unique_ptr<plan::Planner> Start(bool trust_when_down = true) {
    auto store = metadata::OpenPostgresStore(server_->url(), metadata::EmptyDocument(""));
    EXPECT_TRUE(store.ok()) << store.status();
    return PlannerOn(*std::move(store), trust_when_down);
  }

  static TestServer* server_;
};

TestServer* ReplicasTest::server_ = nullptr;

TEST_F(ReplicasTest, AChangeReachesTheOtherPlannersWatchers) {
  const auto a = Start();
  const auto b = Start();
  Watcher watcher(*b);
  const Answer changed = Call(*a, Collection("reaches"));
  ASSERT_EQ(changed.status, 200) << json::ToString(changed.body);
  EXPECT_TRUE(watcher.Await(changed.version));
  EXPECT_EQ(Collections(*a), Collections(*b));
}

TEST_F(ReplicasTest, APlannerThatIsBehindCatchesUpBeforeItPlans) {
  const auto a = Start();
  const auto b = Start();
  const Answer changed = Call(*a, Collection("behind"));
  const auto planned =
      b->Plan({}, {.query = "{ __typename }", .role = "admin", .at_least = changed.version});
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(planned->value().schema_version, changed.version);
}

TEST_F(ReplicasTest, APlannerCatchesUpBeforeItApplies) {
  const auto a = Start();
  const auto b = Start();
  ASSERT_EQ(Call(*a, Collection("first")).status, 200);
  const Answer again = Call(*b, Collection("first"));
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.text("code"), "already-exists");
}

TEST_F(ReplicasTest, NoUpdateOfManyWritersIsLost) {
  constexpr int kPlanners = 3;
  constexpr int kEach = 8;
  std::vector<std::unique_ptr<plan::Planner>> planners;
  for (int i = 0; i < kPlanners; ++i) planners.push_back(Start());
  const int64_t before = Collections(*planners[0]).second;
  std::vector<std::thread> writers;
  for (int p = 0; p < kPlanners; ++p) {
    writers.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        Answer answer;
        do {
          answer = Call(*planners[p], Collection(StrCat("w", p, "_", i)));
        } while (answer.status == 409);
        ASSERT_EQ(answer.status, 200) << json::ToString(answer.body);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const auto& planner : planners) {
    const auto [names, version] = Collections(*planner);
    EXPECT_EQ(version, before + kPlanners * kEach);
    for (int p = 0; p < kPlanners; ++p) {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(names.contains(StrCat("w", p, "_", i)));
    }
  }
}

TEST_F(ReplicasTest, AnOldResourceVersionIsAConflict) {
  const auto planner = Start();
  const int64_t version = Collections(*planner).second;
  const Answer answer =
      Call(*planner,
           StrCat(R"({"type":"clear_metadata","args":{},"resource_version":)", version - 1, "}"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.text("code"), "conflict");
  EXPECT_EQ(answer.text("path"), "$");
  EXPECT_EQ(answer.text("error"), StrCat("metadata resource version referenced (", version - 1,
                                         ") did not match current version"));
  EXPECT_EQ(Collections(*planner).second, version);
}

TEST_F(ReplicasTest, AReloadIsToldToTheOthers) {
  const auto a = Start();
  const auto b = Start();
  Watcher watcher(*b);
  const int64_t before = Collections(*a).second;
  const Answer reloaded =
      Call(*a, R"({"type":"reload_metadata","args":{"reload_sources":["default"]}})");
  ASSERT_EQ(reloaded.status, 200);
  EXPECT_TRUE(watcher.Await(reloaded.version));
  EXPECT_EQ(Collections(*b).second, before + 1);
}

TEST_F(ReplicasTest, StatesOfConsolesAreShared) {
  const auto a = Start();
  const auto b = Start();
  ASSERT_EQ(
      Call(*a, R"({"type":"set_catalog_state","args":{"type":"console","state":{"x":1}}})").status,
      200);
  const Answer state = Call(*b, R"({"type":"get_catalog_state","args":{}})");
  EXPECT_EQ(json::ToString(*state.body.Find("console_state")), R"({"x":1})");
  EXPECT_EQ(json::ToString(*state.body.Find("cli_state")), "{}");
  EXPECT_EQ(state.text("id").size(), 36u);
}

TEST_F(ReplicasTest, WhenTheDatabaseIsDownChangesWaitAndReadersDoNot) {
  const auto planner = Start();
  const auto wary = Start(false);
  ASSERT_EQ(Call(*planner, Collection("kept")).status, 200);
  server_->Stop();
  const auto known = Collections(*planner);
  EXPECT_TRUE(known.first.contains("kept"));
  const Answer refused = Call(*planner, Collection("lost"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(
      refused.text("error").starts_with("the metadata cannot be changed now, try again later: "))
      << refused.text("error");
  EXPECT_TRUE(planner->Plan({}, {.query = "{ __typename }", .role = "admin"}).ok());
  // The one takes a database that nobody can write to for unchanged, the other does not.
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (wary->GetFreshness({})->age < 2s && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_LT(planner->GetFreshness({})->age, wary->GetFreshness({})->age);
  server_->Start();
  EXPECT_EQ(Call(*planner, Collection("later")).status, 200);
  EXPECT_EQ(Collections(*wary), Collections(*planner));
}

TEST(FileMetadataTest, IsNotChangedByTheApi) {
  std::string pattern = (std::filesystem::temp_directory_path() / "joinery-engine-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  std::ofstream(folder / "m.json") << R"({"version":3,"sources":[]})";
  {
    const auto planner =
        PlannerOn(*metadata::OpenFileStore({.path = (folder / "m.json").string()}));
    const Answer refused = Call(*planner, Collection("c"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.text("code"), "not-supported");
    EXPECT_TRUE(Collections(*planner).first.empty());
    EXPECT_EQ(Call(*planner, R"({"type":"reload_metadata","args":{}})").status, 200);
  }
  std::filesystem::remove_all(folder);
}

TEST(MemoryMetadataTest, IsAlwaysFresh) {
  const auto planner = PlannerOn(metadata::MakeMemoryStore(metadata::EmptyDocument("")));
  const Answer changed = Call(*planner, Collection("c"));
  EXPECT_EQ(planner->GetFreshness({})->schema_version, changed.version);
  EXPECT_EQ(planner->GetFreshness({})->age, 0ms);
}

// What the last change made of plans that were there.
plan::NewVersion AfterAChangeOfTheAllowList(bool enforced) {
  EngineOptions options;
  options.enforce_allow_list = enforced;
  const auto planner = MakeEngine(std::move(options), {});
  plan::NewVersion told;
  const auto watch = planner->Watch([&](const plan::NewVersion& version) { told = version; });
  EXPECT_EQ(Call(*planner, Collection("c")).status, 200);
  EXPECT_EQ(
      Call(*planner, R"({"type":"add_collection_to_allowlist","args":{"collection":"c"}})").status,
      200);
  return told;
}

TEST(NewVersionsTest, TakeOverNoPlansWhenTheAllowListDecidesAndChanges) {
  EXPECT_EQ(AfterAChangeOfTheAllowList(true).previous, 0u);
  EXPECT_NE(AfterAChangeOfTheAllowList(false).previous, 0u);
}

TEST(SchemaVersionTest, OrdersDocumentsOfOneLineage) {
  const uint64_t first = plan::MakeSchemaVersion(7, 0xabc, 0x123456);
  const uint64_t again = plan::MakeSchemaVersion(7, 0xabc, 0x654321);
  const uint64_t next = plan::MakeSchemaVersion(8, 0xabc, 0x123456);
  const uint64_t other = plan::MakeSchemaVersion(8, 0xdef, 0x123456);
  EXPECT_EQ(plan::ResourceVersionOf(first), 7u);
  EXPECT_TRUE(plan::SameDocument(first, again));
  EXPECT_NE(first, again);
  EXPECT_TRUE(plan::IsOlder(first, next));
  EXPECT_FALSE(plan::IsOlder(next, first));
  EXPECT_FALSE(plan::IsOlder(first, again));
  EXPECT_FALSE(plan::IsOlder(first, other));
  EXPECT_FALSE(plan::SameDocument(next, other));
}

}  // namespace
}  // namespace joinery::planner
