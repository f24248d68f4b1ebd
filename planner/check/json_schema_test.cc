#include "planner/check/json_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/strings.h"
#include "planner/metadata/loader.h"

namespace joinery::planner {
namespace {

std::vector<std::string> Mismatches(const std::string& document) {
  const auto parsed = json::Parse(document);
  EXPECT_TRUE(parsed.ok()) << document;
  std::vector<std::string> out;
  for (const SchemaMismatch& one : MatchSchema(MetadataSchema(), *parsed)) {
    out.push_back(StrCat(one.path, ": ", one.message));
  }
  return out;
}

TEST(JsonSchemaTest, RealDocumentsFit) {
  std::vector<std::string> paths = {"planner/metadata/testdata/folder",
                                    "examples/demo/metadata.json"};
  for (const auto& entry : std::filesystem::directory_iterator("planner/schema/testdata")) {
    if (entry.is_directory()) paths.push_back((entry.path() / "metadata.json").string());
  }
  EXPECT_GE(paths.size(), 8u);
  for (const std::string& path : paths) {
    const auto document = metadata::LoadMetadata(path);
    ASSERT_TRUE(document.ok()) << path << document.status();
    for (const SchemaMismatch& one : MatchSchema(MetadataSchema(), *document)) {
      ADD_FAILURE() << path << ": " << one.path << ": " << one.message;
    }
  }
}

TEST(JsonSchemaTest, UnknownKeysAndWrongKinds) {
  EXPECT_EQ(Mismatches(R"({"version":3,"sources":[]})"), std::vector<std::string>{});
  EXPECT_EQ(
      Mismatches(R"({"version":3,"colour":1,"sources":[{"name":"s","tables":[
        {"table":"t","is_emun":true,"select_permissions":[
          {"role":"r","permission":{"columns":"*","filter":{},"limit":"5"}}],
         "remote_relationships":[{"name":"x","definition":{"to_source":{"source":"s","table":"t",
           "relationship_type":"objekt","field_mapping":{}}}}]}]}],
        "inherited_roles":[{"role_name":"a"}]})"),
      (std::vector<std::string>{
          "$.colour: unknown key \"colour\"",
          "$.sources[0].tables[0].is_emun: unknown key \"is_emun\"; did you mean \"is_enum\"?",
          "$.sources[0].tables[0].select_permissions[0].permission.limit: expected integer or "
          "null, "
          "but found string",
          "$.sources[0].tables[0].remote_relationships[0].definition.to_source.relationship_type: "
          "expected one of \"object\", \"array\"",
          "$.inherited_roles[0]: there is no \"role_set\""}));
}

}  // namespace
}  // namespace joinery::planner
