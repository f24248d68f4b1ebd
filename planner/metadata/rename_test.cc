#include "planner/metadata/rename.h"

#include <gtest/gtest.h>

#include "json/value.h"

namespace joinery::metadata {
namespace {

using json::Value;

const TableName kArticle{"public", "article"};
const TableName kAuthor{"public", "author"};

Value Json(std::string_view text) {
  auto parsed = json::Parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return *std::move(parsed);
}

// One table of the source "default" under `members`, after `rename`.
Value Table(std::string_view members, const TableRename& rename,
            const RelationshipTargets& targets = {}) {
  Value document = Json(std::string(R"({"sources":[{"name":"default","tables":[)") +
                        std::string(members) + "]}]}");
  ApplyRenames(document, "default", {rename}, targets);
  return document.Find("sources")->items()[0].Find("tables")->items()[0];
}

TEST(RenameTest, TableKeepsTheFormOfItsNameWhereItCan) {
  const TableRename rename{.from = kArticle, .to = {"public", "post"}, .columns = {}};
  EXPECT_EQ(Table(R"({"table":"article"})", rename), Json(R"({"table":"post"})"));
  EXPECT_EQ(Table(R"({"table":{"schema":"public","name":"article"}})", rename),
            Json(R"({"table":{"schema":"public","name":"post"}})"));
}

TEST(RenameTest, TableThatMovesToAnotherSchemaNamesIt) {
  const TableRename rename{.from = kArticle, .to = {"blog", "article"}, .columns = {}};
  EXPECT_EQ(Table(R"({"table":"article"})", rename),
            Json(R"({"table":{"schema":"blog","name":"article"}})"));
}

TEST(RenameTest, RelationshipsFollowTheOtherSide) {
  const TableRename rename{
      .from = kArticle, .to = {"public", "post"}, .columns = {{"author_id", "writer"}}};
  const Value table = Table(R"({"table":"author","array_relationships":[
      {"name":"a","using":{"foreign_key_constraint_on":{"table":"article","column":"author_id"}}},
      {"name":"b","using":{"manual_configuration":{"remote_table":"article",
        "column_mapping":{"author_id":"author_id"}}}}]})",
                            rename);
  EXPECT_EQ(table, Json(R"({"table":"author","array_relationships":[
      {"name":"a","using":{"foreign_key_constraint_on":{"table":"post","column":"writer"}}},
      {"name":"b","using":{"manual_configuration":{"remote_table":"post",
        "column_mapping":{"author_id":"writer"}}}}]})"));
}

TEST(RenameTest, FiltersFollowThroughRelationshipsAndExists) {
  const TableRename rename{.from = kAuthor, .to = {"public", "writer"}, .columns = {{"id", "key"}}};
  const Value table = Table(R"({"table":"article","select_permissions":[{"role":"r","permission":{
      "columns":["id"],"filter":{"_and":[{"id":{"_eq":1}},{"author":{"id":{"_eq":"id"}}},
      {"_not":{"_exists":{"_table":"author","_where":{"id":{"_ceq":"id"}}}}}]}}}]})",
                            rename, {{{kArticle, "author"}, kAuthor}});
  EXPECT_EQ(table, Json(R"({"table":"article","select_permissions":[{"role":"r","permission":{
      "columns":["id"],"filter":{"_and":[{"id":{"_eq":1}},{"author":{"key":{"_eq":"id"}}},
      {"_not":{"_exists":{"_table":"writer","_where":{"key":{"_ceq":"key"}}}}}]}}}]})"));
}

TEST(RenameTest, ColumnsSwapNames) {
  const TableRename rename{.from = kArticle, .to = kArticle, .columns = {{"a", "b"}, {"b", "a"}}};
  const Value table =
      Table(R"({"table":"article","configuration":{"custom_column_names":{"a":"x","b":"y"}},
      "insert_permissions":[{"role":"r","permission":{"columns":["a"],"check":{},"set":{"b":"a"}}}]})",
            rename);
  EXPECT_EQ(table,
            Json(R"({"table":"article","configuration":{"custom_column_names":{"b":"x","a":"y"}},
      "insert_permissions":[{"role":"r","permission":{"columns":["b"],"check":{},"set":{"a":"a"}}}]})"));
}

TEST(RenameTest, RemoteRelationshipsFollowOnBothSides) {
  Value document = Json(R"({"sources":[
    {"name":"other","tables":[{"table":"x","remote_relationships":[{"name":"r","definition":{
      "to_source":{"source":"default","table":"article","field_mapping":{"id":"id"}}}}]}]},
    {"name":"default","tables":[{"table":"article","remote_relationships":[
      {"name":"old","definition":{"hasura_fields":["id"],"remote_schema":"s",
        "remote_field":{"f":{"arguments":{"where":{"id":"$id","text":"id"}}}}}},
      {"name":"new","definition":{"to_remote_schema":{"lhs_fields":["id"],"remote_schema":"s",
        "remote_field":{"f":{"arguments":{"id":"$id"}}}}}}]}]}],
    "custom_types":{"objects":[{"name":"o","relationships":[{"name":"r","source":"default",
      "remote_table":"article","field_mapping":{"id":"id"}}]}]}})");
  ApplyRenames(document, "default",
               {{.from = kArticle, .to = {"public", "post"}, .columns = {{"id", "key"}}}}, {});
  EXPECT_EQ(document, Json(R"({"sources":[
    {"name":"other","tables":[{"table":"x","remote_relationships":[{"name":"r","definition":{
      "to_source":{"source":"default","table":"post","field_mapping":{"id":"key"}}}}]}]},
    {"name":"default","tables":[{"table":"post","remote_relationships":[
      {"name":"old","definition":{"hasura_fields":["key"],"remote_schema":"s",
        "remote_field":{"f":{"arguments":{"where":{"id":"$key","text":"id"}}}}}},
      {"name":"new","definition":{"to_remote_schema":{"lhs_fields":["key"],"remote_schema":"s",
        "remote_field":{"f":{"arguments":{"id":"$key"}}}}}}]}]}],
    "custom_types":{"objects":[{"name":"o","relationships":[{"name":"r","source":"default",
      "remote_table":"post","field_mapping":{"id":"key"}}]}]}})"));
}

}  // namespace
}  // namespace joinery::metadata
