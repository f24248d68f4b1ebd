#include "planner/metadata/folder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "json/write.h"
#include "planner/metadata/loader.h"
#include "planner/metadata/yaml.h"
#include "planner/metadata/yaml_writer.h"

namespace joinery::metadata {
namespace {

using json::Value;
namespace fs = std::filesystem;

constexpr char kShop[] = "planner/metadata/testdata/folder";

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

FolderFiles FilesOf(const fs::path& folder) {
  FolderFiles out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      out[entry.path().lexically_relative(folder).generic_string()] = ReadText(entry.path());
    }
  }
  return out;
}

fs::path TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "joinery-folder.XXXXXX").string();
  return mkdtemp(pattern.data());
}

void CopyShop(const fs::path& to) {
  for (const auto& [name, text] : FilesOf(kShop)) {
    fs::create_directories((to / name).parent_path());
    std::ofstream(to / name, std::ios::binary) << text;
  }
}

TEST(FolderTest, AFolderOfTheHasuraCliIsWrittenBackByteForByte) {
  const FolderFiles before = FilesOf(kShop);
  ASSERT_EQ(before.size(), 24u);
  const auto document = LoadMetadata(kShop);
  ASSERT_TRUE(document.ok()) << document.status();
  const FolderFiles after = WriteFolder(*document);
  for (const auto& [name, text] : before) {
    const auto found = after.find(name);
    ASSERT_NE(found, after.end()) << name;
    EXPECT_EQ(found->second, text) << name;
  }
  EXPECT_EQ(after.size(), before.size());
}

TEST(FolderTest, ReadsWhatTypesAndActionsSay) {
  const auto document = LoadMetadata(kShop);
  ASSERT_TRUE(document.ok()) << document.status();
  const Value& ship = document->Find("actions")->items()[0];
  EXPECT_EQ(json::ToString(*ship.Find("definition")->Find("arguments")),
            R"([{"name":"orderId","type":"Int!","description":"the order to send"},)"
            R"({"name":"parcels","type":"[Parcel!]!"}])");
  const Value& quote = *document->Find("actions")->items()[1].Find("definition");
  EXPECT_EQ(quote.FindString("type"), "query");
  EXPECT_EQ(quote.Find("kind"), nullptr);
  const Value& shipment = document->Find("custom_types")->Find("objects")->items()[0];
  EXPECT_EQ(shipment.Find("fields")->items()[1].FindString("description"),
            "says \"now\" if it left\nalready");
}

TEST(FolderTest, NothingIsWrittenWhereTheFolderSaysTheSame) {
  const fs::path folder = TemporaryFolder();
  CopyShop(folder);
  std::ofstream(folder / "inherited_roles.yaml")
      << "# who manages\n- {role_name: manager, role_set: [clerk, customer]}\n";
  const auto document = LoadMetadata(folder.string());
  ASSERT_TRUE(document.ok()) << document.status();
  const auto changes = SaveFolder(*document, folder.string());
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_TRUE(changes->written.empty()) << changes->written.front();
  EXPECT_TRUE(changes->removed.empty());
  EXPECT_TRUE(ReadText(folder / "inherited_roles.yaml").starts_with("# who manages"));
  fs::remove_all(folder);
}

TEST(FolderTest, AProjectOfTheCliHasItsMetadataInAFolderOfItsOwn) {
  const fs::path project = TemporaryFolder();
  std::ofstream(project / "config.yaml") << "version: 3\n";
  const auto document = LoadMetadata(kShop);
  ASSERT_TRUE(document.ok()) << document.status();
  ASSERT_TRUE(SaveFolder(*document, project.string()).ok());
  EXPECT_TRUE(fs::exists(project / "metadata" / "version.yaml"));
  EXPECT_FALSE(fs::exists(project / "version.yaml"));
  const auto back = LoadMetadata(project.string());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, *document);
  fs::remove_all(project);
}

TEST(FolderTest, FilesOfDroppedTablesGo) {
  const fs::path folder = TemporaryFolder();
  CopyShop(folder);
  auto document = LoadMetadata(folder.string());
  ASSERT_TRUE(document.ok()) << document.status();
  auto& tables = document->Find("sources")->items()[0].Find("tables")->items();
  tables.erase(tables.begin() + 1);
  const auto changes = SaveFolder(*document, folder.string());
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(changes->removed,
            std::vector<std::string>{"databases/default/tables/public_order.yaml"});
  EXPECT_EQ(changes->written, std::vector<std::string>{"databases/default/tables/tables.yaml"});
  const auto again = LoadMetadata(folder.string());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *document);
  fs::remove_all(folder);
}

TEST(FolderTest, NamesThatMeetOrLeaveTheFolderGetFilesOfTheirOwn) {
  const auto document = json::Parse(R"({"version":3,"sources":[{"name":"../x","kind":"postgres",
    "tables":[{"table":{"schema":"a_b","name":"c"}},{"table":{"schema":"a","name":"b_c"}},
              {"table":{"schema":"..","name":"/../y"}},{"table":"plain"}],"configuration":{}}],
    "later_feature":{"x":1}})");
  ASSERT_TRUE(document.ok());
  const fs::path folder = TemporaryFolder();
  const auto changes = SaveFolder(*document, (folder / "in").string());
  ASSERT_TRUE(changes.ok()) << changes.status();
  const auto again = LoadMetadata((folder / "in").string());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *document);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  fs::remove_all(folder);
}

TEST(FolderTest, EveryMistakeIsToldWithItsPlace) {
  const fs::path folder = TemporaryFolder();
  CopyShop(folder);
  std::ofstream(folder / "inherited_roles.yaml") << "- role_name: a\n  role_set: [b\n";
  std::ofstream(folder / "databases/default/tables/public_order.yaml") << "table: {name: x\n";
  std::ofstream(folder / "actions.graphql") << "type Query {\n  quote(: Int\n}\n";
  fs::remove(folder / "databases/reports/tables/daily_sales.yaml");
  const auto loaded = LoadMetadataWithPlaces(folder.string());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::vector<std::string> files;
  for (const FileMistake& mistake : loaded->mistakes) {
    files.push_back(fs::path(mistake.place.file).filename().string() + ":" +
                    std::to_string(mistake.place.line));
  }
  EXPECT_EQ(files, (std::vector<std::string>{"public_order.yaml:2", "daily_sales.yaml:0",
                                             "inherited_roles.yaml:3", "actions.graphql:2"}));
  fs::remove_all(folder);
}

TEST(FolderTest, PlacesOfParts) {
  const auto loaded = LoadMetadataWithPlaces(kShop);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_TRUE(loaded->mistakes.empty());
  const auto at = [&](std::string_view path) {
    const Place place = loaded->places.Find(path);
    return fs::path(place.file).filename().string() + ":" + std::to_string(place.line) + ":" +
           std::to_string(place.column);
  };
  EXPECT_EQ(at("$.sources[0].tables[0].select_permissions[1].permission.columns[2]"),
            "public_customer.yaml:40:11");
  EXPECT_EQ(at("$.sources[0].tables[0].select_permissions[1].permission.nothing"),
            "public_customer.yaml:36:5");
  EXPECT_EQ(at("$.sources[1].name"), "databases.yaml:16:3");
  EXPECT_EQ(at("$.actions[0].definition.arguments[1]"), "actions.graphql:4:5");
  EXPECT_EQ(at("$.custom_types.objects[0].fields[0]"), "actions.graphql:23:3");
}

TEST(FolderTest, PlacesInJson) {
  const fs::path folder = TemporaryFolder();
  const fs::path file = folder / "metadata.json";
  std::ofstream(file) << "{\n  \"resource_version\": 3,\n  \"metadata\": {\n"
                         "    \"version\": 3, \"sources\": [\n      {\"name\": \"a\"},\n"
                         "      {\"name\": \"b\"}]}}\n";
  const auto loaded = LoadMetadataWithPlaces(file.string());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Place place = loaded->places.Find("$.sources[1].name");
  EXPECT_EQ(place.line, 6);
  EXPECT_EQ(place.column, 8);
  EXPECT_EQ(loaded->document.Find("sources")->items().size(), 2u);
  fs::remove_all(folder);
}

// --- YAML

std::string RandomText() {
  static const std::vector<std::string> pieces = {"a",
                                                  "Z",
                                                  " ",
                                                  "  ",
                                                  "\n",
                                                  ":",
                                                  "#",
                                                  "-",
                                                  "'",
                                                  "\"",
                                                  "\\",
                                                  "{",
                                                  "]",
                                                  ",",
                                                  "&",
                                                  "*",
                                                  "!",
                                                  "|",
                                                  ">",
                                                  "%",
                                                  "@",
                                                  "`",
                                                  "?",
                                                  "0",
                                                  "1",
                                                  ".",
                                                  "e",
                                                  "x",
                                                  "_",
                                                  "+",
                                                  "\t",
                                                  "\xC3\xA9",
                                                  "\xF0\x9F\x98\x80",
                                                  "\x01",
                                                  "\x7F",
                                                  "\xC2\x85",
                                                  "\xE2\x80\xA8",
                                                  "\xEF\xBB\xBF",
                                                  "true",
                                                  "null",
                                                  "~",
                                                  "on",
                                                  "2024-01-02",
                                                  ": ",
                                                  " #",
                                                  "- ",
                                                  "---",
                                                  "\r"};
  std::string out;
  const int count = *rc::gen::inRange(0, 7);
  for (int i = 0; i < count; ++i) out += *rc::gen::elementOf(pieces);
  return out;
}

Value RandomValue(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return Value();
    case 1:
      return Value(*rc::gen::arbitrary<bool>());
    case 2:
      return Value(static_cast<int64_t>(*rc::gen::inRange(-1000, 1000)));
    case 3:
      return Value::Number("1.50");
    case 6: {
      Value list = Value::Array();
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) list.Append(RandomValue(depth - 1));
      return list;
    }
    case 7: {
      Value object = Value::Object();
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) object.Set(RandomText(), RandomValue(depth - 1));
      return object;
    }
    default:
      return Value(RandomText());
  }
}

// Something that a description may be: blanks around it are layout.
std::string RandomDescription() {
  const std::string text = RandomText();
  return std::string(Trim(text));
}

Value RandomField(const std::string& name) {
  Value out = Value::Object({{"name", Value(name)}, {"type", Value("[Int!]")}});
  const std::string description = RandomDescription();
  if (!description.empty()) out.Set("description", description);
  return out;
}

// A document that says all that a folder can, and nothing that it leaves out.
Value RandomDocument() {
  Value tables = Value::Array();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    Value name = Value::Object({{"name", Value(RandomText())}, {"schema", Value(RandomText())}});
    Value table = Value::Object({{"table", std::move(name)}});
    table.Set("configuration", RandomValue(3));
    tables.Append(std::move(table));
  }
  const Value source = Value::Object({{"name", Value(RandomText())},
                                      {"kind", Value("postgres")},
                                      {"tables", std::move(tables)},
                                      {"configuration", RandomValue(2)}});
  Value out = Value::Object({{"version", Value(3)}, {"sources", Value::Array({source})}});
  Value definition = Value::Object({{"kind", Value("synchronous")},
                                    {"handler", Value(RandomText())},
                                    {"type", Value("mutation")},
                                    {"output_type", Value("Thing")},
                                    {"arguments", Value::Array({RandomField("a")})}});
  out.Set("actions", Value::Array({Value::Object(
                         {{"name", Value("act")}, {"definition", std::move(definition)}})}));
  Value thing = Value::Object({{"name", Value("Thing")}, {"description", Value("d")}});
  thing.Set("fields", Value::Array({RandomField("x"), RandomField("y")}));
  out.Set("custom_types", Value::Object({{"objects", Value::Array({std::move(thing)})}}));
  out.Set("cron_triggers", Value::Array({RandomValue(2), Value("t")}));
  out.Set("opentelemetry", Value::Object({{"on", Value(true)}, {"more", RandomValue(2)}}));
  out.Set("of_a_later_version", Value::Object({{"x", RandomValue(3)}}));
  return out;
}

TEST(FolderTest, DocumentsComeBackAndFoldersAreStable) {
  const fs::path folder = TemporaryFolder();
  EXPECT_TRUE(rc::check([&] {
    const Value document = RandomDocument();
    fs::remove_all(folder);
    const auto saved = SaveFolder(document, folder.string());
    RC_ASSERT(saved.ok());
    const auto back = LoadMetadata(folder.string());
    if (!back.ok()) RC_FAIL(std::string(MessageOf(back.status())));
    if (!(*back == document)) {
      RC_FAIL(json::ToString(document) + "\n" + json::ToString(*back));
    }
    RC_ASSERT(WriteFolder(*back) == WriteFolder(document));
  }));
  fs::remove_all(folder);
}

TEST(YamlWriterTest, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([] {
    const Value value = RandomValue(4);
    const std::string text = WriteYaml(value);
    const auto back = ParseYaml(text, {});
    if (!back.ok()) RC_FAIL(text + "\n" + std::string(MessageOf(back.status())));
    if (!(*back == value)) RC_FAIL(text + "\n" + json::ToString(value));
  }));
}

TEST(YamlWriterTest, Style) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("plain text")", "plain text\n"},
      {R"("")", "\"\"\n"},
      {R"("yes")", "\"yes\"\n"},
      {R"("12")", "\"12\"\n"},
      {R"("1e3")", "\"1e3\"\n"},
      {R"("0x1F")", "\"0x1F\"\n"},
      {R"("12:30")", "\"12:30\"\n"},
      {R"("10.0.0.1")", "10.0.0.1\n"},
      {R"("*")", "'*'\n"},
      {R"("it's: so")", "'it''s: so'\n"},
      {R"("a\tb")", "\"a\\tb\"\n"},
      {R"("a\nb")", "|-\n  a\n  b\n"},
      {R"("a\n\nb\n")", "|\n  a\n\n  b\n"},
      {R"("a \nb")", "\"a \\nb\"\n"},
      {R"("😀")", "\"\\U0001F600\"\n"},
      {R"({"a":[],"b":{},"c":[[1,2],{"d":null,"e":"x\ny"}]})",
       "a: []\nb: {}\nc:\n  - - 1\n    - 2\n  - d: null\n    e: |-\n      x\n      y\n"},
  };
  for (const auto& [json, yaml] : cases) {
    const auto value = json::Parse(json);
    ASSERT_TRUE(value.ok()) << json;
    EXPECT_EQ(WriteYaml(*value), yaml) << json;
  }
}

}  // namespace
}  // namespace joinery::metadata
