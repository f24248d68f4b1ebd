#include "connectors/kit/source_table.h"

#include <gtest/gtest.h>

namespace joinery::connectors {
namespace {

using namespace std::chrono_literals;

// Sources are what their definitions say.
class SourceTableTest : public testing::Test {
 protected:
  using Table = SourceTable<const std::string>;

  std::vector<Table::Shared> Set(uint64_t version,
                                 const std::vector<std::pair<std::string, std::string>>& sources) {
    std::vector<plan::SourceConfig> configs;
    for (const auto& [name, definition] : sources) {
      configs.push_back({{plan::SourceKind::kAction, name}, json::Value(definition)});
    }
    return table_.Set(
        plan::SourceKind::kAction, configs, version,
        [](const plan::SourceConfig& config, const Table::Shared& known) -> Table::Shared {
          const std::string& definition = config.definition.string();
          if (known != nullptr && *known == definition) return known;
          return std::make_shared<const std::string>(definition);
        },
        now_);
  }
  std::string Find(const std::string& name, uint64_t version) const {
    const auto found = table_.Find(name, version);
    return found == nullptr ? "none" : *found;
  }

  Table table_;
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

TEST_F(SourceTableTest, FindsWhatASourceWasAsOfAVersion) {
  Set(10, {{"a", "old"}});
  Set(11, {{"a", "new"}, {"b", "late"}});
  EXPECT_EQ(Find("a", 10), "old");
  EXPECT_EQ(Find("a", 11), "new");
  EXPECT_EQ(Find("a", 0), "new");
  EXPECT_EQ(Find("b", 10), "none");
}

TEST_F(SourceTableTest, FindsWhatIsGoneAsOfTheVersionsThatHadIt) {
  Set(10, {{"a", "x"}});
  Set(11, {});
  EXPECT_EQ(Find("a", 10), "x");
  EXPECT_EQ(Find("a", 11), "none");
  EXPECT_EQ(Find("a", 0), "none");
}

TEST_F(SourceTableTest, WhatStaysTheSameIsOneThingForAllVersions) {
  Set(10, {{"a", "x"}});
  EXPECT_TRUE(Set(11, {{"a", "x"}}).empty());
  EXPECT_EQ(table_.Find("a", 10), table_.Find("a", 11));
}

TEST_F(SourceTableTest, TellsWhatIsNoLongerTheNewest) {
  Set(10, {{"a", "x"}, {"b", "y"}, {"c", "z"}});
  const auto gone = Set(11, {{"a", "x"}, {"b", "changed"}});
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_EQ(*gone[0], "y");
  EXPECT_EQ(*gone[1], "z");
  EXPECT_TRUE(Set(12, {{"a", "x"}, {"b", "changed"}}).empty());
}

// Another replica's, or one that was skipped.
TEST_F(SourceTableTest, OfAVersionThatWasNeverSetItFindsTheNewestOrElseTheLast) {
  Set(10, {{"a", "old"}, {"b", "x"}});
  Set(12, {{"a", "new"}});
  EXPECT_EQ(Find("a", 11), "new");
  EXPECT_EQ(Find("b", 11), "x");
}

TEST_F(SourceTableTest, AVersionThatComesBackCountsAsItIsNow) {
  Set(10, {{"a", "x"}});
  Set(11, {});
  Set(10, {{"a", "again"}});
  EXPECT_EQ(Find("a", 10), "again");
  EXPECT_EQ(Find("a", 11), "none");
}

TEST_F(SourceTableTest, ForgetsVersionsThatNoRequestCanHave) {
  Set(10, {{"a", "old"}});
  Set(11, {{"a", "new"}});
  now_ += Table::kKept + 1s;
  Set(12, {{"a", "new"}});
  EXPECT_EQ(Find("a", 10), "new");
  EXPECT_EQ(Find("a", 11), "new");
}

}  // namespace
}  // namespace joinery::connectors
