#include "planner/engine/introspector.h"

#include <gtest/gtest.h>

#include "json/value.h"
#include "plan/codec.h"
#include "plan/testing/partial.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using namespace std::chrono_literals;

// A database with tables of these names; down when there is none.
class FakeDatabase final : public plan::testing::PartialConnector {
 public:
  StatusOr<plan::IntrospectResult> Introspect(const CallContext&,
                                              const plan::SourceConfig&) override {
    ++asked;
    if (tables.empty()) return Unavailable("down");
    plan::DatabaseCatalog catalog;
    for (const std::string& table : tables) catalog.tables.push_back({.name = {"public", table}});
    return plan::IntrospectResult{plan::Encode(catalog)};
  }

  std::vector<std::string> tables = {"a"};
  int asked = 0;
};

class IntrospectorTest : public testing::Test {
 protected:
  using Clock = Introspector::Clock;

  World Observe() {
    return introspector_.Observe(
        {}, std::make_shared<const metadata::Metadata>(metadata::Read(document_).metadata),
        document_);
  }
  std::vector<Introspector::Errand> Due(Clock::duration later) const {
    return introspector_.Due(metadata::Read(document_).metadata, document_, Clock::now() + later);
  }
  void Run(const std::vector<Introspector::Errand>& errands) {
    for (const auto& errand : errands) {
      introspector_.Keep(errand, introspector_.Read({}, errand));
    }
  }
  bool HasNews(const World& served) const { return introspector_.HasNews(served, document_); }

  const json::Value document_ = *json::Parse(
      R"({"version":3,"sources":[{"name":"s","kind":"postgres","tables":[],"configuration":{}}]})");
  FakeDatabase database_;
  Introspector introspector_{{.postgres = &database_}, 60s};
};

TEST_F(IntrospectorTest, ReadsAgainAfterTheIntervalAndNotBefore) {
  Observe();
  EXPECT_TRUE(Due(59s).empty());
  const auto errands = Due(61s);
  ASSERT_EQ(errands.size(), 1u);
  Run(errands);
  EXPECT_EQ(database_.asked, 2);
  EXPECT_TRUE(Due(59s).empty());
}

TEST_F(IntrospectorTest, WithoutAnIntervalNothingIsDue) {
  Introspector introspector({.postgres = &database_});
  const metadata::Metadata metadata = metadata::Read(document_).metadata;
  introspector.Observe({}, std::make_shared<const metadata::Metadata>(metadata), document_);
  EXPECT_TRUE(introspector.Due(metadata, document_, Clock::now() + 24h).empty());
}

TEST_F(IntrospectorTest, WhatIsTheSameStaysTheSameObject) {
  const World served = Observe();
  Run(Due(61s));
  EXPECT_FALSE(HasNews(served));
  EXPECT_EQ(Observe().sources.at("s").catalog, served.sources.at("s").catalog);
}

TEST_F(IntrospectorTest, WhatIsForgottenIsReadAgainAndStaysTheSameObjectIfItIs) {
  const World served = Observe();
  introspector_.ForgetSources();
  EXPECT_EQ(Observe().sources.at("s").catalog, served.sources.at("s").catalog);
  EXPECT_EQ(database_.asked, 2);
  Observe();
  EXPECT_EQ(database_.asked, 2);
  database_.tables.push_back("b");
  introspector_.ForgetSource("s");
  EXPECT_EQ(Observe().sources.at("s").catalog->tables.size(), 2u);
  database_.tables.clear();
  introspector_.ForgetSource("s");
  EXPECT_EQ(Observe().sources.at("s").error, "connection error");
}

TEST_F(IntrospectorTest, WhatWasKnownBeforeAPinIsKnownAfterIt) {
  const World served = Observe();
  const auto pinned = std::make_shared<const plan::DatabaseCatalog>();
  introspector_.Pin("s", pinned);
  EXPECT_EQ(Observe().sources.at("s").catalog, pinned);
  introspector_.ForgetSource("s");
  EXPECT_EQ(Observe().sources.at("s").catalog, served.sources.at("s").catalog);
}

TEST_F(IntrospectorTest, WhatChangedIsNews) {
  const World served = Observe();
  database_.tables.push_back("b");
  Run(Due(61s));
  EXPECT_TRUE(HasNews(served));
  const World next = Observe();
  EXPECT_EQ(next.sources.at("s").catalog->tables.size(), 2u);
  EXPECT_FALSE(HasNews(next));
}

TEST_F(IntrospectorTest, AReadingThatWasOvertakenIsDropped) {
  Observe();
  const auto errands = Due(61s);
  auto old = introspector_.Read({}, errands.front());
  database_.tables.push_back("b");
  introspector_.ForgetSource("s");
  const World served = Observe();
  introspector_.Keep(errands.front(), std::move(old));
  EXPECT_FALSE(HasNews(served));
}

TEST_F(IntrospectorTest, WhatIsOutdatedWhileItIsReadIsReadOnceMore) {
  Observe();
  const auto errands = Due(61s);
  auto old = introspector_.Read({}, errands.front());
  introspector_.Outdate({.all = true});
  introspector_.Keep(errands.front(), std::move(old));
  EXPECT_EQ(introspector_.Outdated(metadata::Read(document_).metadata, document_).size(), 1u);
}

TEST_F(IntrospectorTest, OneFailureIsNoReasonToLeaveASourceOut) {
  const World served = Observe();
  database_.tables.clear();
  Run(Due(61s));
  Run(Due(2s));
  EXPECT_FALSE(HasNews(served));
  Run(Due(3s));
  EXPECT_TRUE(HasNews(served));
  EXPECT_EQ(Observe().sources.at("s").error, "connection error");
}

TEST_F(IntrospectorTest, ASourceThatIsDownIsAskedLessAndLessOften) {
  database_.tables.clear();
  const World down = Observe();
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_TRUE(Due(wait - 500ms).empty()) << wait.count();
    ASSERT_EQ(Due(wait + 500ms).size(), 1u) << wait.count();
    Run(Due(wait + 500ms));
  }
  database_.tables = {"a"};
  Run(Due(31s));
  EXPECT_TRUE(HasNews(down));
}

TEST_F(IntrospectorTest, ARefreshTellsWhetherThereIsNews) {
  Observe();
  EXPECT_FALSE(introspector_.Refresh({}, "s", document_));
  database_.tables.push_back("b");
  EXPECT_TRUE(introspector_.Refresh({}, "s", document_));
  database_.tables.clear();
  EXPECT_FALSE(introspector_.Refresh({}, "s", document_));
  EXPECT_EQ(Observe().sources.at("s").catalog->tables.size(), 2u);
}

}  // namespace
}  // namespace joinery::planner
