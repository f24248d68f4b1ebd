#include "planner/metadata/store/file_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "json/write.h"
#include "planner/metadata/default_source.h"
#include "planner/metadata/export.h"
#include "planner/metadata/folder.h"
#include "planner/metadata/loader.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;
using Clock = std::chrono::steady_clock;

// Between two looks at the files.
constexpr std::chrono::milliseconds kLook{250};

void Describe(const std::string& path, std::string& out) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return;
  StrAppend(out, path, "|", info.st_ino, "|", info.st_size, "|", info.st_mtim.tv_sec, ".",
            info.st_mtim.tv_nsec, "\n");
}

// Differs when a file was written, added, removed or replaced.
std::string Fingerprint(const std::string& path) {
  std::vector<std::string> files = {path};
  std::error_code ignored;
  const auto options = std::filesystem::directory_options::follow_directory_symlink |
                       std::filesystem::directory_options::skip_permission_denied;
  std::filesystem::recursive_directory_iterator it(path, options, ignored);
  for (const std::filesystem::recursive_directory_iterator end; !ignored && it != end;
       it.increment(ignored)) {
    files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  std::string out;
  for (const std::string& file : files) Describe(file, out);
  return out;
}

Status WriteJson(const std::string& path, const Value& document) {
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << json::ToPrettyString(ExportDocument(document)) << "\n";
    if (!file.flush()) return MakeStatus(StatusCode::kUnknown, StrCat("cannot write ", temporary));
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return MakeStatus(StatusCode::kUnknown, StrCat("cannot replace ", path));
  }
  return OkStatus();
}

class FileStore final : public Store {
 public:
  explicit FileStore(FileStoreOptions options)
      : options_(std::move(options)), folder_(std::filesystem::is_directory(options_.path)) {
    state_ = {RandomUuid(), Value::Object(), Value::Object()};
  }

  Status Open() {
    loaded_ = seen_ = Fingerprint(options_.path);
    ASSIGN_OR_RETURN(Value document, Read());
    Keep(std::move(document));
    return OkStatus();
  }

  StatusOr<std::optional<StoredDocument>> LoadOther(const Revision& known) override {
    std::lock_guard lock(mutex_);
    if (known == revision_) return std::optional<StoredDocument>();
    return std::optional<StoredDocument>({document_, revision_, {}});
  }

  Status Writable() const override {
    if (!folder_ && !options_.path.ends_with(".json")) {
      return FailedPrecondition(
          StrCat("the metadata is read from ", options_.path,
                 ", a file that only people change: change it, it is read anew"));
    }
    if (options_.writable) return OkStatus();
    return FailedPrecondition(
        StrCat("the metadata is read from ", options_.path,
               ", which the API may not change: change the files, they are read anew, or start "
               "with --metadata-writable"));
  }

  StatusOr<Revision> Replace(const Revision& known, const Value& document,
                             const Invalidations&) override {
    RETURN_IF_ERROR(Writable());
    std::lock_guard lock(mutex_);
    if (known != revision_ || Fingerprint(options_.path) != loaded_) {
      return MakeStatus(StatusCode::kAborted, "the metadata was changed by another writer");
    }
    if (folder_) {
      RETURN_IF_ERROR(SaveFolder(ExportDocument(document), options_.path).status());
    } else {
      RETURN_IF_ERROR(WriteJson(options_.path, document));
    }
    loaded_ = seen_ = Fingerprint(options_.path);
    Keep(document);
    return revision_;
  }

  StatusOr<CatalogState> LoadCatalogState() override {
    std::lock_guard lock(mutex_);
    return state_;
  }

  Status SaveCatalogState(const std::string& part, const Value& state) override {
    std::lock_guard lock(mutex_);
    (part == "cli" ? state_.cli : state_.console) = state;
    return OkStatus();
  }

  void AwaitChange(std::chrono::milliseconds patience) override {
    const auto until = Clock::now() + patience;
    for (;;) {
      std::this_thread::sleep_until(std::min(until, next_look_));
      if (Clock::now() >= next_look_) {
        next_look_ = Clock::now() + kLook;
        if (Look()) return;
      }
      if (Clock::now() >= until) return;
    }
  }

  bool shared() const override { return true; }

 private:
  StatusOr<Value> Read() const {
    ASSIGN_OR_RETURN(Value document, LoadMetadata(options_.path));
    const Value* version = document.Find("version");
    if (version == nullptr || version->int64() != 3) {
      return InvalidArgument(StrCat(options_.path, ": expected metadata of version 3"));
    }
    AddDefaultSource(document, options_.default_database_env);
    ShareWithin(document);
    return document;
  }

  void Keep(Value document) {
    document_ = std::move(document);
    ++revision_.resource_version;
    revision_.lineage = HexEncode(Sha256(json::ToCanonicalString(document_)));
  }

  // Reads the files when they are others than before and have come to rest since the last look.
  // True: there is another document.
  bool Look() {
    std::string now = Fingerprint(options_.path);
    std::lock_guard lock(mutex_);
    const bool at_rest = now == seen_;
    seen_ = std::move(now);
    if (!at_rest || seen_ == loaded_) return false;
    loaded_ = seen_;
    StatusOr<Value> document = Read();
    if (!document.ok()) {
      Log(LogLevel::kError, "metadata",
          {{"path", options_.path},
           {"message", MessageOf(document.status())},
           {"consequence", "the document read before stays in use"}});
      return false;
    }
    if (*document == document_) return false;
    Keep(*std::move(document));
    return true;
  }

  const FileStoreOptions options_;
  const bool folder_;
  Clock::time_point next_look_ = Clock::now() + kLook;  // Of the one thread that awaits.
  std::mutex mutex_;
  Value document_;
  Revision revision_;
  CatalogState state_;
  std::string loaded_;  // Fingerprint of what was read last, good or not.
  std::string seen_;    // Of the last look.
};

}  // namespace

StatusOr<std::unique_ptr<Store>> OpenFileStore(FileStoreOptions options) {
  auto store = std::make_unique<FileStore>(std::move(options));
  RETURN_IF_ERROR(store->Open());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace joinery::metadata
