// The verbs that check metadata, and that record what it is checked against.
#include <fstream>
#include <utility>

#include "base/strings.h"
#include "planner/catalog/recording.h"
#include "planner/check/check_metadata.h"
#include "planner/metadata/reader.h"
#include "services/joinery/cli/live_sources.h"
#include "services/joinery/cli/run.h"
#include "services/joinery/cli/side.h"

namespace joinery::cli {
namespace {

using Severity = plan::Finding::Severity;

std::string Verdict(const Report& report) {
  size_t counts[3] = {};
  for (const ReportedFinding& one : report.findings) {
    ++counts[static_cast<size_t>(one.finding.severity)];
  }
  if (report.findings.empty()) return "the metadata is fine";
  const auto counted = [](size_t count, std::string_view what) {
    return StrCat(count, " ", what, count == 1 ? "" : "s");
  };
  return StrCat(counted(counts[0], "error"), ", ", counted(counts[1], "warning"));
}

}  // namespace

StatusOr<int> Validate(const Run& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Side> side, Side::Read(run, run.words[0]));
  ASSIGN_OR_RETURN(const planner::Observer observe, FindObserver(run, *side, ""));
  Report report{.subject = side->name()};
  for (ReportedFinding& one : MistakeFindings(side->loaded())) {
    one.place = side->Named(one.place);
    report.findings.push_back(std::move(one));
  }
  const planner::CheckedMetadata checked =
      planner::CheckMetadata(side->loaded().document, observe, run.schema);
  for (const plan::Finding& finding : checked.findings) {
    report.findings.push_back({finding, side->PlaceOf(finding.path), {}});
  }
  report.verdict = Verdict(report);
  return Finish(run, std::move(report));
}

StatusOr<int> Snapshot(const Run& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Side> side, Side::Read(run, run.words[0]));
  const std::string file = run.snapshot.empty() ? side->SnapshotFile() : run.snapshot;
  if (file.empty()) return InvalidArgument("name the file to write by --snapshot");
  Report report{.subject = side->name(), .findings = MistakeFindings(side->loaded())};
  LiveSources sources;
  const auto model =
      std::make_shared<const metadata::Metadata>(metadata::Read(side->loaded().document).metadata);
  const planner::World world = sources.Observe(model, side->loaded().document);
  planner::Recording recording;
  const auto unreachable = [&](std::string_view list, const std::string& name,
                               const std::string& error) {
    ReportedFinding one;
    one.finding.rule = "unreachable-source";
    one.finding.object = name;
    one.finding.message = StrCat(list, " ", name, " cannot be read: ", error);
    report.findings.push_back(std::move(one));
  };
  for (const auto& [name, state] : world.sources) {
    if (state.catalog == nullptr) {
      unreachable("source", name, state.error);
    } else {
      recording.databases[name] = state.catalog;
    }
  }
  for (const auto& [name, state] : world.remote_schemas) {
    if (state.schema == nullptr) {
      unreachable("remote schema", name, state.error);
    } else {
      recording.remote_schemas[name] = state.schema;
    }
  }
  if (!report.findings.empty()) {
    report.verdict = "nothing was written";
    return Finish(run, std::move(report));
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << planner::WriteRecording(recording);
  if (!out.flush()) return Unavailable(StrCat("cannot write ", file));
  report.verdict = StrCat(file, " holds ", recording.databases.size(), " source(s) and ",
                          recording.remote_schemas.size(), " remote schema(s)");
  return Finish(run, std::move(report));
}

}  // namespace joinery::cli
