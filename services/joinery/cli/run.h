#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"
#include "base/status.h"
#include "json/value.h"
#include "planner/catalog/options.h"
#include "planner/metadata/loader.h"
#include "services/joinery/cli/cli.h"
#include "services/joinery/cli/report.h"
#include "services/joinery/cli/server.h"

namespace joinery::cli {

// The command line of one run.
struct Run {
  std::string verb;
  std::vector<std::string> words;  // After the verb.
  OutputForm output = OutputForm::kHuman;
  std::string endpoint;      // Empty: none was named.
  std::string admin_secret;  // Never printed.
  std::string snapshot;      // File; empty: the one in the metadata folder.
  bool live = false;
  bool allow_inconsistent = false;
  std::vector<std::string> roles;  // Empty: all.
  // The mildest finding that makes the run end with kFindings; none: never.
  std::optional<plan::Finding::Severity> fail_on = plan::Finding::Severity::kError;
  planner::SchemaOptions schema;
};

// Verbs. Each returns its ExitCode; a Status is what kept it from its work.
StatusOr<int> Apply(const Run& run);
StatusOr<int> Export(const Run& run);
StatusOr<int> Reload(const Run& run);
StatusOr<int> Inconsistent(const Run& run);
StatusOr<int> Validate(const Run& run);
StatusOr<int> Snapshot(const Run& run);
StatusOr<int> Diff(const Run& run);

// The server that the run names, by flag, variable or a `config.yaml` beside the metadata in
// `folder`. InvalidArgument: none of them does.
StatusOr<std::unique_ptr<Server>> FindServer(const Run& run, const std::string& folder);

// What a server's metadata API calls inconsistent, as findings; `loaded` may be null.
std::vector<ReportedFinding> InconsistentFindings(const json::Value& objects,
                                                  const metadata::LoadedMetadata* loaded);
ReportedFinding FindingOf(const Issue& issue);
// Mistakes of files.
std::vector<ReportedFinding> MistakeFindings(const metadata::LoadedMetadata& loaded);

// Prints the report; kFindings when one is at least as severe as the run's `fail_on`.
int Finish(const Run& run, Report report);

}  // namespace joinery::cli
