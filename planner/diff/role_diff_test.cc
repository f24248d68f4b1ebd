#include "planner/diff/role_diff.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"
#include "planner/consistency/build_graph.h"
#include "planner/diff/permission_diff.h"
#include "planner/schema/test_world.h"

namespace joinery::planner {
namespace {

constexpr char kCatalog[] = R"(
table author
  id int4! pk
  name text
table book
  id int4! pk
  title text
)";

std::string Document(const std::string& author, const std::string& book = "") {
  return StrCat(R"({"version":3,"sources":[{"name":"default","kind":"postgres","configuration":{},
      "tables":[{"table":{"schema":"public","name":"author"},"select_permissions":[)",
                author, R"(]},{"table":{"schema":"public","name":"book"},"select_permissions":[)",
                book, "]}]}]}");
}

std::string Select(const std::string& role, const std::string& columns,
                   const std::string& rest = R"("filter":{})") {
  return StrCat(R"({"role":")", role, R"(","permission":{"columns":[)", columns, "],", rest, "}}");
}

std::shared_ptr<const Graph> GraphOf(const std::string& document) {
  const auto parsed = json::Parse(document);
  EXPECT_TRUE(parsed.ok()) << document;
  const auto world = testing::MakeWorld({.metadata = *parsed, .catalogs = {{"default", kCatalog}}});
  EXPECT_TRUE(world.ok()) << world.status();
  GraphResult built = BuildGraph(*world, {});
  EXPECT_TRUE(built.inconsistent.empty());
  return std::move(built.graph);
}

std::vector<std::string> Diff(const std::string& before, const std::string& after,
                              const std::vector<std::string>& roles = {}) {
  const auto old_graph = GraphOf(before);
  const auto new_graph = GraphOf(after);
  std::vector<std::string> out;
  for (const auto& change :
       CompareRoles(SchemasOf(*old_graph, {}), SchemasOf(*new_graph, {}), roles)) {
    out.push_back(StrCat(change.kind, " ", change.coordinate, " for ", Join(change.roles, ",")));
  }
  return out;
}

TEST(RoleDiffTest, EqualMetadataChangesNothing) {
  const std::string document = Document(Select("user", R"("id","name")"));
  EXPECT_EQ(Diff(document, document), std::vector<std::string>{});
}

TEST(RoleDiffTest, EqualChangesOfRolesAreOne) {
  const std::string before =
      Document(Select("user", R"("id","name")") + "," + Select("clerk", R"("id","name")"));
  const std::string after = Document(Select("user", R"("id")") + "," + Select("clerk", R"("id")"));
  const auto changes = Diff(before, after);
  EXPECT_NE(std::ranges::find(changes, "FIELD_REMOVED author.name for clerk,user"), changes.end());
  for (const std::string& change : changes) {
    EXPECT_EQ(change.find("admin"), std::string::npos) << change;
  }
}

TEST(RoleDiffTest, RolesThatComeAndGoAreOneChangeEach) {
  const std::string before = Document(Select("user", R"("id")"));
  const std::string after = Document(Select("clerk", R"("id")"));
  EXPECT_EQ(Diff(before, after), (std::vector<std::string>{"ROLE_REMOVED role user for user",
                                                           "ROLE_ADDED role clerk for clerk"}));
}

TEST(RoleDiffTest, OnlyTheRolesAskedFor) {
  const std::string before = Document(Select("user", R"("id","name")"));
  const std::string after = Document(Select("user", R"("id")"));
  EXPECT_EQ(Diff(before, after, {"admin"}), std::vector<std::string>{});
  EXPECT_FALSE(Diff(before, after, {"user"}).empty());
}

TEST(PermissionDiffTest, WhatNoSchemaShows) {
  const auto diff = [](const std::string& before, const std::string& after) {
    std::vector<std::string> out;
    for (const auto& change : ComparePermissions(*json::Parse(before), *json::Parse(after))) {
      out.push_back(StrCat(change.kind, " ", change.coordinate, " for ", Join(change.roles, ",")));
    }
    return out;
  };
  const std::string open = Document(Select("user", R"("id")"), Select("user", R"("id")"));
  const std::string closed =
      Document(Select("user", R"("id")", R"("filter":{"id":{"_eq":"X-Hasura-User-Id"}},"limit":5)"),
               Select("user", R"("id")", R"("filter":{},"limit":null)"));
  EXPECT_EQ(diff(open, open), std::vector<std::string>{});
  EXPECT_EQ(
      diff(open, closed),
      (std::vector<std::string>{
          "ROWS_CHANGED select_permission user in table author in source default for user",
          "LIMIT_CHANGED select_permission user in table author in source default for user"}));
  EXPECT_EQ(diff(open, Document("")), std::vector<std::string>{});
}

}  // namespace
}  // namespace joinery::planner
