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
#include "planner/engine/own_object.h"
#include "planner/engine/snapshot.h"
#include "planner/engine/store_writer.h"
#include "planner/metadata/commands/commands.h"

namespace joinery::planner {

// One request to the metadata API: calls edit a document, each is checked against the graph it
// leads to, and all of it is kept or nothing. Lives for one request, under the engine's writer
// lock.
//
// metadata_calls.cc: the calls. check_change.cc: the check of a change. bulk.cc: several calls at
// once. run_sql.cc: SQL, and what it does to the metadata. refresh.cc: what a change may need to be
// read anew.
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
    CallPath Item(size_t i) const { return {args() + "[" + std::to_string(i) + "]"}; }
  };
  struct Change {
    std::vector<OwnObject> own;  // What it is about.
    bool drops = false;
    bool cascade = false;
  };
  // Where a fault in the shape of the arguments is shown: the oldest endpoint leaves the step out.
  std::string ShapePath(const CallPath& path) const;
  IssueOr<std::string> TextArg(const json::Value& args, std::string_view member,
                               const CallPath& path) const;

  IssueOr<json::Value> Call(const json::Value& call, const CallPath& path);
  IssueOr<json::Value> Bulk(const std::string& type, const json::Value& args, const CallPath& path);
  IssueOr<json::Value> BulkInOrder(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> BulkKeepGoing(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> BulkAtomic(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> ConcurrentBulk(const json::Value& args, const CallPath& path);
  // pg_track_tables and pg_untrack_tables: those that cannot be are told as warnings.
  IssueOr<json::Value> TrackMany(const std::string& type, const json::Value& args,
                                 const CallPath& path);
  IssueOr<json::Value> RunSql(const json::Value& args, const CallPath& path);
  // The same for SQL that changes no tables: touches nothing of the transaction, so that several
  // may run at once.
  IssueOr<json::Value> RunPlainSql(const json::Value& args, const CallPath& path) const;
  IssueOr<json::Value> Replace(const json::Value& args, int version, const CallPath& path);
  IssueOr<json::Value> Export(int version);
  IssueOr<json::Value> Reload(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> ReloadRemoteSchema(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> IntrospectRemoteSchema(const json::Value& args, const CallPath& path);
  IssueOr<json::Value> Inconsistent() const;
  IssueOr<json::Value> DropInconsistent();
  IssueOr<json::Value> Edit(const std::string& type, const json::Value& call, const CallPath& path);
  IssueOr<json::Value> Clear();
  IssueOr<json::Value> GetCatalogState(const CallPath& path);
  IssueOr<json::Value> SetCatalogState(const json::Value& args, const CallPath& path);

  IssueOr<json::Value> EditOnce(const std::string& type, const json::Value& call,
                                const CallPath& path);
  // Runs `edit`, and once more when what it was refused for may be there by now: objects that were
  // made in the database behind Joinery's back.
  using EditCall = std::function<IssueOr<json::Value>()>;
  IssueOr<json::Value> Afresh(const json::Value& args, const EditCall& edit);
  // Reads the sources anew that `args` speak of, each once per request. True: there is news.
  bool RefreshSources(const json::Value& args);
  // The edit alone, unchecked.
  IssueOr<json::Value> Apply(const std::string& type, const json::Value& call,
                             const CallPath& path);
  metadata::Facts FactsNow() const;
  // Rebuilds the graph of the document.
  void Rebuild();
  // Rebuilds and refuses what became inconsistent by the change; where it takes something away,
  // what stood on that is told as dependents, or goes along.
  MaybeIssue Check(const Change& change, const CallPath& path);
  // Rebuilds; what of the inconsistent objects was not there before.
  MaybeIssue RebuildAndCompare(const CallPath& path, std::set<std::string>& before,
                               std::vector<const InconsistentObject*>& fresh);
  // What the document's reader says of the change: parse-failed, at the call's arguments.
  MaybeIssue CheckShape(const CallPath& path) const;
  json::Value InconsistentJson() const;
  // Relationships of action types to tables that were tracked in `before` and are no more: taken
  // out, and told.
  std::vector<std::string> DropLostReferences(const Graph& before, json::Value& document) const;
  // Asks the source's connector; what the database refuses is an issue.
  IssueOr<json::Value> Administer(const plan::SourceConfig& source, const json::Value& command,
                                  const CallPath& path) const;
  // Brings the document in line with the catalog in `answer`, of a transaction that is still open.
  MaybeIssue Adopt(const std::string& source, const json::Value& answer, bool cascade,
                   const CallPath& path);
  // Drops what is inconsistent, but for what has one of the `accepted` identities.
  void DropInconsistentBut(const std::set<std::string>& accepted);

  Services services_;
  const std::string endpoint_;
  const json::Value start_;
  json::Value document_;
  std::vector<Issue> unreadable_;  // What is wrong with the shape of the document.
  GraphResult graph_;
  bool changed_ = false;
  std::set<std::string> refreshed_;  // Sources that were read anew.
};

// Whether calls of that canonical type take something away which others may stand on, and may take
// these along.
bool TakesAway(std::string_view type);

// An inconsistent object by all that tells it from others.
std::string IdentityOf(const InconsistentObject& object);

}  // namespace joinery::planner
