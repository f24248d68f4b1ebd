#include "planner/check/check_metadata.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "planner/catalog/catalog_text.h"

namespace joinery::planner {
namespace {

constexpr char kCatalog[] = R"(
table author
  id int4! pk
  name text
)";

std::vector<std::string> Check(const std::string& document) {
  const auto parsed = json::Parse(document);
  EXPECT_TRUE(parsed.ok()) << document;
  const Observer observe = [](std::shared_ptr<const metadata::Metadata> metadata,
                              const json::Value&) {
    World world;
    for (const metadata::Source& source : metadata->sources) {
      world.sources[source.name].catalog =
          std::make_shared<const plan::DatabaseCatalog>(*CatalogFromText(kCatalog));
    }
    world.metadata = std::move(metadata);
    return world;
  };
  std::vector<std::string> out;
  for (const plan::Finding& finding : CheckMetadata(*parsed, observe, {}).findings) {
    out.push_back(
        StrCat(finding.severity == plan::Finding::Severity::kError ? "error " : "warning ",
               finding.rule, " ", finding.path));
  }
  return out;
}

std::string Tables(const std::string& tables) {
  return StrCat(R"({"version":3,"sources":[{"name":"default","kind":"postgres","tables":[)", tables,
                R"(],"configuration":{}}]})");
}

TEST(CheckMetadataTest, NothingWrong) {
  EXPECT_EQ(Check(Tables(R"({"table":{"schema":"public","name":"author"}})")),
            std::vector<std::string>{});
}

TEST(CheckMetadataTest, AllAtOnceWithTheirPaths) {
  EXPECT_EQ(Check(Tables(
                R"({"table":{"schema":"public","name":"author"},
              "configuration":{"comment":7},
              "object_relationships":[{"name":"r","using":{"foreign_key_constraint_on":"x"}}],
              "select_permissions":[
                {"role":"user","permission":{"columns":["id","colour"],"filter":{}}},
                {"role":"clerk","permission":{"columns":["id"],"filter":{"nmae":{"_eq":"x"}}}}],
              "event_triggers":[{"name":"e"}]},
             {"table":"nowhere"})")),
            (std::vector<std::string>{
                "error parse-failed $.sources[0].tables[0].configuration.comment",
                "error inconsistent-object $.sources[0].tables[1].table",
                "error inconsistent-object $.sources[0].tables[0].object_relationships[0].name",
                "error inconsistent-object "
                "$.sources[0].tables[0].select_permissions[0].permission.columns[1]",
                "error inconsistent-object "
                "$.sources[0].tables[0].select_permissions[1].permission.filter.nmae",
                "warning not-acted-on $.sources[0].tables[0].event_triggers"}));
}

}  // namespace
}  // namespace joinery::planner
