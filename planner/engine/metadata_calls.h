#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "plan/planner.h"
#include "planner/engine/introspector.h"
#include "planner/engine/snapshot.h"
#include "planner/engine/store_writer.h"

namespace joinery::planner {

// One request to the metadata API: calls edit a document, each is checked against the graph it
// leads to, and all of it is kept or nothing. Lives for one request, under the engine's writer
// lock.
class MetadataTransaction {
 public:
  struct Services {
    Introspector& introspector;
    EngineConnectors connectors;
    SchemaOptions options;
    uint64_t resource_version = 0;
    metadata::Store& store;  // For the states that consoles keep.
    StoreWriter& writer;
  };

  MetadataTransaction(Services services, std::shared_ptr<const Snapshot> current,
                      std::string endpoint);

  // The answer of the request's body.
  IssueOr<json::Value> Run(const json::Value& body);

  // The document or the graph is another one than at the start.
  bool changed() const { return changed_; }
  const json::Value& document() const { return document_; }
  GraphResult TakeGraph() { return std::move(graph_); }

 private:
  struct CallPath {
    std::string call;  // "$" or "$.args[1]"
    std::string args() const { return call + ".args"; }
  };

  IssueOr<json::Value> Call(const json::Value& call, const CallPath& path);
  IssueOr<json::Value> Bulk(const json::Value& args, const CallPath& path, bool keep_going);
  IssueOr<json::Value> RunSql(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> Replace(const json::Value& args, int version, const CallPath& path);
  IssueOr<json::Value> Export(int version);
  IssueOr<json::Value> Reload(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> ReloadRemoteSchema(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> IntrospectRemoteSchema(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> DropInconsistent();
  IssueOr<json::Value> Edit(const std::string& type, const json::Value& call, const CallPath& path);
  IssueOr<json::Value> Clear();
  IssueOr<json::Value> GetCatalogState(const CallPath& path);
  IssueOr<json::Value> SetCatalogState(const json::Value& args, const CallPath& path);

  // Rebuilds the graph of the document.
  void Rebuild();
  // Rebuilds and refuses what became inconsistent by it, in the words for a call of `type`.
  MaybeIssue Check(const std::string& type, const json::Value& args, const CallPath& path);
  json::Value InconsistentJson() const;
  // Asks the source's connector; what the database refuses is an issue.
  IssueOr<json::Value> Administer(const plan::SourceConfig& source, const json::Value& command,
                                  const CallPath& path);
  // Brings the document in line with the catalog in `answer`, of a transaction that is still open.
  MaybeIssue Adopt(const std::string& source, const json::Value& answer, bool cascade,
                   const CallPath& path);
  // Drops what is inconsistent, but for what has one of the `accepted` identities.
  void DropInconsistentBut(const std::set<std::string>& accepted);

  Services services_;
  const std::string endpoint_;
  json::Value document_;
  GraphResult graph_;
  bool changed_ = false;
};

}  // namespace joinery::planner
