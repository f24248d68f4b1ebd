#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "planner/catalog/recording.h"
#include "planner/check/check_metadata.h"
#include "planner/diff/role_diff.h"
#include "planner/metadata/loader.h"
#include "services/joinery/cli/live_sources.h"
#include "services/joinery/cli/run.h"
#include "services/joinery/cli/server.h"

namespace joinery::cli {

// Metadata that the command line names: a folder, a file, a git revision of either ("REV:path"), or
// a running server ("http://…"). Files of a revision live as long as this.
class Side {
 public:
  // NotFound: there is no such thing. Unavailable: the server does not answer.
  static StatusOr<std::unique_ptr<Side>> Read(const Run& run, const std::string& name);
  ~Side();

  const std::string& name() const { return name_; }
  const metadata::LoadedMetadata& loaded() const { return loaded_; }
  const Server* server() const { return server_.get(); }
  // Where a snapshot of its sources is looked for; empty for a server.
  std::string SnapshotFile() const;
  // The place of a part of its document; files of a revision are called as git does.
  metadata::Place PlaceOf(std::string_view path) const;
  metadata::Place Named(metadata::Place place) const;

  // The schemas of its roles: a server is asked, others are built from the checked graph, which
  // must outlive them.
  planner::RoleSchemas Schemas(const planner::Graph* graph, const Run& run);

 private:
  Side() = default;

  std::string name_;
  std::string path_;  // Where its files are; empty for a server.
  std::string temporary_;
  metadata::LoadedMetadata loaded_;
  std::unique_ptr<Server> server_;
};

// What the sources of metadata have: live ones, or those of a snapshot file. `fallback`: a file to
// take when the side's own is not there; may be empty. NotFound: there is no snapshot.
StatusOr<planner::Observer> FindObserver(const Run& run, const Side& side,
                                         const std::string& fallback);

}  // namespace joinery::cli
