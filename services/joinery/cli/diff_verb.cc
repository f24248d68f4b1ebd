#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "planner/check/check_metadata.h"
#include "planner/diff/permission_diff.h"
#include "planner/diff/role_diff.h"
#include "services/joinery/cli/run.h"
#include "services/joinery/cli/side.h"

namespace joinery::cli {
namespace {

using json::Value;
using plan::SchemaChange;
using Severity = plan::Finding::Severity;

// One side, checked.
struct CheckedSide {
  std::unique_ptr<Side> side;
  std::shared_ptr<const planner::Graph> graph;  // Null for a server.
};

StatusOr<CheckedSide> Check(const Run& run, std::unique_ptr<Side> side, const std::string& fallback,
                            Report& report) {
  CheckedSide out{.side = std::move(side)};
  const metadata::LoadedMetadata& loaded = out.side->loaded();
  if (!loaded.mistakes.empty()) {
    const metadata::FileMistake& first = loaded.mistakes.front();
    return FailedPrecondition(StrCat(out.side->Named(first.place).file, ": ", first.message,
                                     " (`joinery metadata validate` tells all mistakes)"));
  }
  if (out.side->server() != nullptr) return out;
  ASSIGN_OR_RETURN(const planner::Observer observe, FindObserver(run, *out.side, fallback));
  planner::CheckedMetadata checked = planner::CheckMetadata(loaded.document, observe, run.schema);
  out.graph = std::move(checked.graph);
  // What is left out of a schema is no change of it.
  for (plan::Finding& finding : checked.findings) {
    if (finding.severity != Severity::kError) continue;
    finding.severity = Severity::kWarning;
    finding.message = StrCat("not compared, in ", out.side->name(), ": ", finding.message);
    const metadata::Place place = out.side->PlaceOf(finding.path);
    report.findings.push_back({std::move(finding), place, {}});
  }
  return out;
}

plan::Finding FindingOf(const SchemaChange& change) {
  return {.severity = change.severity == SchemaChange::Severity::kBreaking    ? Severity::kError
                      : change.severity == SchemaChange::Severity::kDangerous ? Severity::kWarning
                                                                              : Severity::kNote,
          .rule = change.kind,
          .message = change.message,
          .object = change.coordinate};
}

// The table whose types a coordinate most likely belongs to: the longest name that it begins with.
metadata::Place PlaceOf(const Side& side, std::string_view coordinate) {
  const std::string_view type = coordinate.substr(0, coordinate.find_first_of(".("));
  std::string best = "$.sources";
  size_t length = 0;
  const Value* sources = side.loaded().document.Find("sources");
  if (sources == nullptr) return {};
  for (size_t i = 0; i < sources->items().size(); ++i) {
    const Value* tables = sources->items()[i].Find("tables");
    if (tables == nullptr) continue;
    for (size_t j = 0; j < tables->items().size(); ++j) {
      const Value* table = tables->items()[j].Find("table");
      if (table == nullptr) continue;
      const std::string_view name = table->is_string() ? std::string_view(table->string())
                                                       : table->FindString("name").value_or("");
      if (name.size() > length && type.starts_with(name)) {
        length = name.size();
        best = StrCat("$.sources[", i, "].tables[", j, "].table");
      }
    }
  }
  return side.PlaceOf(best);
}

std::string Verdict(const std::vector<SchemaChange>& changes) {
  if (changes.empty()) return "nothing changes for clients";
  const auto count = [&](SchemaChange::Severity severity) {
    return std::ranges::count(changes, severity, &SchemaChange::severity);
  };
  return StrCat(count(SchemaChange::Severity::kBreaking), " breaking, ",
                count(SchemaChange::Severity::kDangerous), " dangerous, ",
                count(SchemaChange::Severity::kSafe), " safe");
}

}  // namespace

StatusOr<int> Diff(const Run& run) {
  ASSIGN_OR_RETURN(std::unique_ptr<Side> first, Side::Read(run, run.words[0]));
  ASSIGN_OR_RETURN(std::unique_ptr<Side> second, Side::Read(run, run.words[1]));
  Report report{.subject = StrCat(run.words[0], " and ", run.words[1])};
  const std::string first_snapshot = first->SnapshotFile();
  const std::string second_snapshot = second->SnapshotFile();
  ASSIGN_OR_RETURN(const CheckedSide before, Check(run, std::move(first), second_snapshot, report));
  ASSIGN_OR_RETURN(const CheckedSide after, Check(run, std::move(second), first_snapshot, report));
  std::vector<SchemaChange> changes =
      planner::CompareRoles(before.side->Schemas(before.graph.get(), run),
                            after.side->Schemas(after.graph.get(), run), run.roles);
  for (SchemaChange& change :
       planner::ComparePermissions(before.side->loaded().document, after.side->loaded().document)) {
    const auto asked = [&](const std::string& role) {
      return run.roles.empty() || std::ranges::find(run.roles, role) != run.roles.end();
    };
    if (asked(change.roles.front())) changes.push_back(std::move(change));
  }
  for (const SchemaChange& change : changes) {
    report.findings.push_back(
        {FindingOf(change), PlaceOf(*after.side, change.coordinate), change.roles});
  }
  report.verdict = Verdict(changes);
  return Finish(run, std::move(report));
}

}  // namespace joinery::cli
