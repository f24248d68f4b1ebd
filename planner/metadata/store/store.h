#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Which document a store holds: equal revisions, equal documents.
struct Revision {
  uint64_t resource_version = 0;  // Grows by one with each change.
  // What tells apart documents of one number: the database that holds them, or their content.
  std::string lineage;
  friend bool operator==(const Revision&, const Revision&) = default;
};

// Sources to be read anew, for they changed without the document.
struct Invalidations {
  bool all = false;  // Every source and remote schema.
  std::set<std::string> sources;
  std::set<std::string> remote_schemas;
  bool empty() const { return !all && sources.empty() && remote_schemas.empty(); }
};

struct StoredDocument {
  json::Value document;
  Revision revision;
  // By other writers, since the revision that the reader knew.
  Invalidations invalidations;
};

// What consoles and the CLI keep beside the metadata.
struct CatalogState {
  std::string database_id;  // A UUID.
  json::Value cli;
  json::Value console;
};

// Where the metadata document lives. All calls block, each with a deadline of its own.
// Thread-safe.
//
// Status codes: Unavailable: the store is down for everybody, so nobody can have changed it.
// DeadlineExceeded, Unknown: it cannot be reached from here. FailedPrecondition: it refuses, and
// the message says why and what to do. Aborted: it holds another revision than the writer knew.
class Store {
 public:
  virtual ~Store() = default;

  // The document, unless it still is the one of `known`; then nullopt.
  virtual StatusOr<std::optional<StoredDocument>> LoadOther(const Revision& known) = 0;

  // Replaces the document of `known`, for all readers at once or not at all. Returns the new
  // revision.
  virtual StatusOr<Revision> Replace(const Revision& known, const json::Value& document,
                                     const Invalidations& invalidations) = 0;

  // Why the document cannot be changed, and what to do; OK: it can.
  virtual Status Writable() const { return OkStatus(); }

  virtual StatusOr<CatalogState> LoadCatalogState() = 0;
  // `part` is "cli" or "console".
  virtual Status SaveCatalogState(const std::string& part, const json::Value& state) = 0;

  // Blocks until somebody else may have changed the document, `patience` at most. One thread.
  virtual void AwaitChange(std::chrono::milliseconds patience) = 0;

  // Whether others may change the document.
  virtual bool shared() const = 0;
};

}  // namespace joinery::metadata
