#include "connectors/postgres/statement_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "connectors/postgres/fragment_execution.h"

namespace joinery::connectors::postgres {
namespace {

std::shared_ptr<const CompiledFragment> Compiled() { return std::make_shared<CompiledFragment>(); }

TEST(StatementCacheTest, FindsWhatWasAdded) {
  StatementCache cache(10, 1000);
  EXPECT_EQ(cache.Find("a"), nullptr);
  const auto a = Compiled();
  cache.Add("a", a, 10);
  cache.Add("a", Compiled(), 10);
  EXPECT_EQ(cache.Find("a"), a);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(StatementCacheTest, DropsWhatIsNotAskedFor) {
  StatementCache cache(3, 1000);
  for (const char* id : {"a", "b", "c"}) cache.Add(id, Compiled(), 1);
  cache.Add("d", Compiled(), 1);  // Ends the first round of all.
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_NE(cache.Find("b"), nullptr);
  cache.Add("e", Compiled(), 1);
  EXPECT_NE(cache.Find("b"), nullptr);
  EXPECT_EQ(cache.Find("c"), nullptr);
  EXPECT_EQ(cache.size(), 3u);
}

TEST(StatementCacheTest, KeepsToItsBytes) {
  StatementCache cache(100, 1000);
  for (int i = 0; i < 50; ++i) cache.Add(std::to_string(i), Compiled(), 100);
  EXPECT_EQ(cache.size(), 10u);
  cache.Add("large", Compiled(), 100'000);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(StatementCacheTest, ServesManyThreads) {
  StatementCache cache(20, 1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2000; ++i) {
        const std::string id = std::to_string((i * (t + 1)) % 50);
        if (cache.Find(id) == nullptr) cache.Add(id, Compiled(), 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.size(), 20u);
}

}  // namespace
}  // namespace joinery::connectors::postgres
