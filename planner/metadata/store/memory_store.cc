#include "planner/metadata/store/memory_store.h"

#include <mutex>
#include <thread>
#include <utility>

#include "base/uuid.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(json::Value first) : document_(std::move(first)) {
    ShareWithin(document_);
    revision_ = {1, RandomUuid()};
    state_ = {revision_.lineage, json::Value::Object(), json::Value::Object()};
  }

  StatusOr<std::optional<StoredDocument>> LoadOther(const Revision& known) override {
    std::lock_guard lock(mutex_);
    if (known == revision_) return std::optional<StoredDocument>();
    return std::optional<StoredDocument>({document_, revision_, {}});
  }

  StatusOr<Revision> Replace(const Revision& known, const json::Value& document,
                             const Invalidations&) override {
    std::lock_guard lock(mutex_);
    if (known != revision_) {
      return MakeStatus(StatusCode::kAborted, "the metadata was changed by another writer");
    }
    document_ = document;
    ++revision_.resource_version;
    return revision_;
  }

  StatusOr<CatalogState> LoadCatalogState() override {
    std::lock_guard lock(mutex_);
    return state_;
  }

  Status SaveCatalogState(const std::string& part, const json::Value& state) override {
    std::lock_guard lock(mutex_);
    (part == "cli" ? state_.cli : state_.console) = state;
    return OkStatus();
  }

  void AwaitChange(std::chrono::milliseconds patience) override {
    std::this_thread::sleep_for(patience);
  }

  bool shared() const override { return false; }

 private:
  std::mutex mutex_;
  json::Value document_;
  Revision revision_;
  CatalogState state_;
};

}  // namespace

std::unique_ptr<Store> MakeMemoryStore(json::Value first) {
  return std::make_unique<MemoryStore>(std::move(first));
}

}  // namespace joinery::metadata
