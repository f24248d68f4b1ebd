#pragma once

#include "base/issue.h"
#include "base/status.h"
#include "json/value.h"
#include "planner/metadata/store/store.h"

namespace joinery::planner {

// What one call to the metadata API puts into the store, each change on top of the one before.
// Lives for one request, under the engine's writer lock.
class StoreWriter {
 public:
  StoreWriter(metadata::Store& store, metadata::Revision known, json::Value document)
      : store_(store), revision_(std::move(known)), document_(std::move(document)) {}

  // Stores `document`; nothing to do when it is what is stored and nothing is invalidated.
  // conflict (409): another writer came first. not-supported: the store is not to be written.
  // unexpected (503): it cannot be reached.
  MaybeIssue Put(const json::Value& document, const metadata::Invalidations& invalidations);

  // Of what is stored now.
  const metadata::Revision& revision() const { return revision_; }
  bool wrote() const { return wrote_; }

 private:
  metadata::Store& store_;
  metadata::Revision revision_;
  json::Value document_;
  bool wrote_ = false;
};

// Why a change cannot be stored, in the words of the metadata API.
Issue StoreIssue(const Status& status, uint64_t resource_version);
Issue VersionConflict(std::string_view referenced);

// Whether a call to the metadata API only reads, so that it needs no store.
bool OnlyReads(const json::Value& call);

}  // namespace joinery::planner
