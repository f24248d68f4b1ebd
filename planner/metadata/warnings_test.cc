#include "planner/metadata/warnings.h"

#include <gtest/gtest.h>

namespace joinery::metadata {
namespace {

// "code|name|message" per warning.
std::vector<std::string> Told(std::string_view document) {
  const auto parsed = json::Parse(document);
  EXPECT_TRUE(parsed.ok()) << document;
  std::vector<std::string> out;
  for (const Warning& one : WarningsOf(*parsed)) {
    out.push_back(one.code + "|" + one.name + "|" + one.message);
  }
  return out;
}

TEST(WarningsTest, SaysWhichPartHasNoEffect) {
  EXPECT_EQ(Told(R"({"version":3,"sources":[{"name":"default","kind":"postgres","configuration":{},
      "tables":[{"table":"author","event_triggers":[{"name":"t"}]}]}],
      "cron_triggers":[{"name":"c"}],"opentelemetry":{}})"),
            (std::vector<std::string>{
                "not-acted-on|table author in source default|\"event_triggers\" at "
                "$.sources[0].tables[0] is kept and exported, but Joinery does not act on it",
                "not-acted-on|metadata|\"cron_triggers\" at $ is kept and exported, but Joinery "
                "does not act on it"}));
}

TEST(WarningsTest, NamesUnknownKeysAndTheObjectAround) {
  EXPECT_EQ(
      Told(R"({"version":3,"sources":[{"name":"s","tables":[{"table":{"schema":"x","name":"t"},
        "select_permissions":[{"role":"user","permission":{"columns":[],"filter":{"any":1},
        "allow_aggregation":true}}]}]}]})"),
      (std::vector<std::string>{
          "unknown-key|select_permission user in table x.t in source s|unknown key "
          "\"allow_aggregation\" at $.sources[0].tables[0].select_permissions[0].permission: it is "
          "kept and exported, and has no effect"}));
}

TEST(WarningsTest, WhatIsActedOnNeedsNone) {
  EXPECT_EQ(Told(R"({"version":3,"sources":[{"name":"s","kind":"postgres","tables":[{"table":"t",
      "object_relationships":[{"name":"o","using":{"foreign_key_constraint_on":"a"}}]}],
      "functions":[{"function":"f","permissions":[{"role":"r"}]}],
      "configuration":{"connection_info":{"database_url":{"from_env":"X"},
      "pool_settings":{"max_connections":1}},"read_replicas":[]}}],
      "actions":[{"name":"a","definition":{"handler":"h","output_type":"T",
      "arguments":[{"name":"x","type":"Int"}]}}]})"),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace joinery::metadata
