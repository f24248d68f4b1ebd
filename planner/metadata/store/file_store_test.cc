#include "planner/metadata/store/file_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "planner/metadata/store/memory_store.h"

namespace joinery::metadata {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FileStoreTest : public testing::Test {
 protected:
  FileStoreTest() {
    std::string pattern = (fs::temp_directory_path() / "joinery-store-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~FileStoreTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  std::unique_ptr<Store> Open(const std::string& name, bool writable = false) const {
    auto store = OpenFileStore({.path = (folder_ / name).string(), .writable = writable});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static StoredDocument Load(Store& store) {
    auto loaded = store.LoadOther({});
    EXPECT_TRUE(loaded.ok() && loaded->has_value());
    return **loaded;
  }

  static size_t Actions(const StoredDocument& stored) {
    const json::Value* actions = stored.document.Find("actions");
    return actions == nullptr ? 0 : actions->items().size();
  }

  fs::path folder_;
};

constexpr char kTwoActions[] = R"({"version": 3, "sources": [], "actions": [
  {"name": "a", "definition": {"handler": "http://h"}},
  {"name": "b", "definition": {"handler": "http://h"}}]})";
constexpr char kNoAction[] = R"({"version": 3, "sources": []})";

TEST_F(FileStoreTest, AChangedFileIsReadAnew) {
  Write("m.json", kNoAction);
  const auto store = Open("m.json");
  const StoredDocument before = Load(*store);
  EXPECT_EQ(Actions(before), 0u);
  Write("m.json", kTwoActions);
  store->AwaitChange(60s);
  const StoredDocument after = Load(*store);
  EXPECT_EQ(Actions(after), 2u);
  EXPECT_GT(after.revision.resource_version, before.revision.resource_version);
}

TEST_F(FileStoreTest, WhatDoesNotParseLeavesTheLastGoodDocument) {
  Write("m.json", kTwoActions);
  const auto store = Open("m.json");
  const Revision before = Load(*store).revision;
  Write("m.json", "{\"version\": 3, \"sources\": [");
  testing::internal::CaptureStderr();
  store->AwaitChange(1500ms);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(Load(*store).revision, before);
  EXPECT_NE(log.find("m.json"), std::string::npos) << log;
  EXPECT_NE(log.find("the document read before stays in use"), std::string::npos) << log;
  Write("m.json", kNoAction);
  store->AwaitChange(60s);
  EXPECT_EQ(Actions(Load(*store)), 0u);
}

TEST_F(FileStoreTest, AFolderIsReadAnewWhenAFileComesOrGoes) {
  Write("f/version.yaml", "version: 3\n");
  Write("f/databases/databases.yaml", "[]\n");
  const auto store = Open("f");
  const Revision before = Load(*store).revision;
  Write("f/remote_schemas.yaml", "- name: crm\n  definition: {url: \"http://h\"}\n");
  store->AwaitChange(60s);
  EXPECT_NE(Load(*store).revision, before);
  EXPECT_EQ(Load(*store).document.Find("remote_schemas")->items().size(), 1u);
  fs::remove(folder_ / "f/remote_schemas.yaml");
  store->AwaitChange(60s);
  EXPECT_EQ(Load(*store).revision.lineage, before.lineage);
}

TEST_F(FileStoreTest, WritesAreRefusedWithReasonAndWayOut) {
  Write("m.json", kNoAction);
  const auto store = Open("m.json");
  const Status refused = store->Writable();
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(MessageOf(refused),
            "the metadata is read from " + (folder_ / "m.json").string() +
                ", which the API may not change: change the files, they are read anew, or start "
                "with --metadata-writable");
  const StoredDocument stored = Load(*store);
  EXPECT_EQ(store->Replace(stored.revision, stored.document, {}).status(), refused);
}

TEST_F(FileStoreTest, AWritableFileIsKeptUpToDate) {
  Write("m.json", kNoAction);
  const auto store = Open("m.json", true);
  StoredDocument stored = Load(*store);
  stored.document.Set("actions", *json::Parse(kTwoActions)->Find("actions"));
  const auto replaced = store->Replace(stored.revision, stored.document, {});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(replaced->resource_version, stored.revision.resource_version + 1);
  EXPECT_EQ(Actions(Load(*Open("m.json"))), 2u);
  EXPECT_EQ(store->Replace(stored.revision, stored.document, {}).status().code(),
            StatusCode::kAborted);
}

TEST_F(FileStoreTest, AWritableFolderIsKeptUpToDate) {
  Write("f/version.yaml", "version: 3\n");
  Write("f/databases/databases.yaml", "[]\n");
  Write("f/remote_schemas.yaml", "# The customers.\n- name: crm\n  definition: {url: http://h}\n");
  const auto store = Open("f", true);
  StoredDocument stored = Load(*store);
  json::Value collections = *json::Parse(R"([{"name": "c", "definition": {"queries": []}}])");
  stored.document.Set("query_collections", std::move(collections));
  const auto replaced = store->Replace(stored.revision, stored.document, {});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  std::ifstream kept(folder_ / "f/remote_schemas.yaml");
  std::string comment;
  std::getline(kept, comment);
  EXPECT_EQ(comment, "# The customers.");
  EXPECT_EQ(Load(*Open("f")).document.Find("query_collections")->items().size(), 1u);
  // What it wrote itself is no change by others.
  store->AwaitChange(600ms);
  EXPECT_EQ(Load(*store).revision, *replaced);
}

TEST_F(FileStoreTest, AYamlFileIsNotWritten) {
  Write("m.yaml", "version: 3\nsources: []\n");
  EXPECT_EQ(Open("m.yaml", true)->Writable().code(), StatusCode::kFailedPrecondition);
}

TEST_F(FileStoreTest, OtherVersionsOfMetadataAreRefused) {
  Write("m.json", R"({"version": 2, "tables": []})");
  const auto refused = OpenFileStore({.path = (folder_ / "m.json").string()});
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
}

TEST_F(FileStoreTest, AnEditedFileIsNotOverwritten) {
  Write("m.json", kNoAction);
  const auto store = Open("m.json", true);
  const StoredDocument stored = Load(*store);
  Write("m.json", kTwoActions);
  EXPECT_EQ(store->Replace(stored.revision, stored.document, {}).status().code(),
            StatusCode::kAborted);
}

TEST(MemoryStoreTest, TakesTheFirstOfTwoChanges) {
  const auto store = MakeMemoryStore(*json::Parse(kNoAction));
  const Revision first = (*store->LoadOther({}))->revision;
  const auto second = store->Replace(first, *json::Parse(kTwoActions), {});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(store->Replace(first, json::Value(), {}).status().code(), StatusCode::kAborted);
  EXPECT_FALSE((*store->LoadOther(*second)).has_value());
}

}  // namespace
}  // namespace joinery::metadata
