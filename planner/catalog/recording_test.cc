#include "planner/catalog/recording.h"

#include <gtest/gtest.h>

#include "graphql/sdl.h"
#include "plan/codec.h"
#include "planner/catalog/catalog_text.h"

namespace joinery::planner {
namespace {

constexpr char kText[] = R"(
table author -- people who write
  id int4! default pk
  name text
  mood enum:mood
  email domain:email/text
  tags text[]
  unique author_name_key (name)
table other.book
  id int4! pk
  author int4 -> author(id)
view v
  id int4
function search(term text, session json, n int4 =) -> setof author stable -- finds
function fullname(row author) -> text stable
enum colors red "the color" green
)";

Recording Sample() {
  Recording out;
  auto catalog = CatalogFromText(kText);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  catalog->server_version = "15.4";
  out.databases["default"] = std::make_shared<const plan::DatabaseCatalog>(*std::move(catalog));
  graphql::SchemaResult schema = graphql::BuildSchema(
      "type Query { \"all\" people(limit: Int = 10): [Person!]! } type Person { id: ID! }");
  EXPECT_TRUE(schema.ok());
  out.remote_schemas["people"] = std::move(schema.schema);
  return out;
}

// Without what a recording leaves out; as bytes.
std::string Bytes(plan::DatabaseCatalog catalog) {
  catalog.server_version.clear();
  std::ranges::sort(catalog.tables, {}, &plan::CatalogTable::name);
  std::ranges::sort(catalog.functions, {}, &plan::CatalogFunction::name);
  for (plan::CatalogTable& table : catalog.tables) {
    table.oid = 0;
    for (plan::CatalogColumn& column : table.columns) column.position = 0;
  }
  for (plan::CatalogFunction& function : catalog.functions) function.oid = 0;
  for (plan::CatalogEnumTable& table : catalog.enum_tables) {
    std::ranges::sort(table.values, {}, &plan::CatalogEnumTable::EnumValue::value);
  }
  return plan::Encode(catalog);
}

TEST(RecordingTest, ReadsBackWhatItWrote) {
  const Recording recording = Sample();
  const std::string text = WriteRecording(recording);
  const auto back = ReadRecording(text);
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->databases.size(), 1u);
  EXPECT_EQ(Bytes(*back->databases.at("default")), Bytes(*recording.databases.at("default")));
  ASSERT_EQ(back->remote_schemas.size(), 1u);
  EXPECT_EQ(graphql::PrintSchema(*back->remote_schemas.at("people")),
            graphql::PrintSchema(*recording.remote_schemas.at("people")));
  EXPECT_EQ(WriteRecording(*back), text);
}

TEST(RecordingTest, OneLinePerColumn) {
  const std::string text = WriteRecording(Sample());
  EXPECT_NE(text.find("\n            {\"name\":\"id\",\"type\":\"int4\",\"not_null\":true,"
                      "\"default\":true},\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\n      \"  people(limit: Int = 10): [Person!]!\",\n"), std::string::npos)
      << text;
}

TEST(RecordingTest, TheOrderOfTheCatalogDoesNotCount) {
  Recording recording = Sample();
  const std::string text = WriteRecording(recording);
  plan::DatabaseCatalog catalog = *recording.databases["default"];
  std::ranges::reverse(catalog.tables);
  std::ranges::reverse(catalog.functions);
  for (plan::CatalogTable& table : catalog.tables) table.oid += 1000;
  recording.databases["default"] = std::make_shared<const plan::DatabaseCatalog>(catalog);
  EXPECT_EQ(WriteRecording(recording), text);
}

TEST(RecordingTest, OtherTextsAreRefused) {
  EXPECT_FALSE(ReadRecording("").ok());
  EXPECT_FALSE(ReadRecording("{}").ok());
  EXPECT_FALSE(ReadRecording(R"({"version":2,"sources":{}})").ok());
  EXPECT_FALSE(ReadRecording(R"({"version":1,"sources":{},"remote_schemas":{"a":["type"]}})").ok());
  EXPECT_TRUE(ReadRecording(R"({"version":1,"sources":{}})").ok());
}

TEST(RecordingTest, WhatIsNotRecordedCannotBeRead) {
  auto metadata = std::make_shared<metadata::Metadata>();
  metadata->sources.push_back({.name = "default"});
  metadata->sources.push_back({.name = "elsewhere"});
  const World world = Sample().Observe(metadata);
  EXPECT_NE(world.sources.at("default").catalog, nullptr);
  EXPECT_EQ(world.sources.at("elsewhere").catalog, nullptr);
  EXPECT_FALSE(world.sources.at("elsewhere").error.empty());
}

}  // namespace
}  // namespace joinery::planner
