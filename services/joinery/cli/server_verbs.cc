// The verbs that do nothing but talk to a server.
#include <cstdio>
#include <utility>

#include "base/strings.h"
#include "planner/metadata/folder.h"
#include "planner/metadata/loader.h"
#include "services/joinery/cli/run.h"

namespace joinery::cli {
namespace {

using json::Value;

StatusOr<Value> NeedAnswer(StatusOr<IssueOr<Value>> answer) {
  RETURN_IF_ERROR(answer.status());
  if (answer->ok()) return std::move(*answer).value();
  return FailedPrecondition(
      StrCat("the server refused: ", answer->issue().message, " (", answer->issue().code, ")"));
}

std::string Counted(size_t count, std::string_view what) {
  return StrCat(count, " ", what, count == 1 ? "" : "s");
}

const Value& ListIn(const Value& object, std::string_view name) {
  static const Value kNone = Value::Array();
  const Value* found = object.Find(name);
  return found == nullptr ? kNone : *found;
}

int ReportConsistency(const Run& run, const Server& server, const Value& objects,
                      std::string_view done, const metadata::LoadedMetadata* loaded) {
  Report report{.subject = server.endpoint()};
  report.findings = InconsistentFindings(objects, loaded);
  report.verdict = StrCat(done, report.findings.empty()
                                    ? "all objects are consistent"
                                    : Counted(report.findings.size(), "inconsistent object"));
  return Finish(run, std::move(report));
}

// What the server says against a document, at its places in the files.
std::vector<ReportedFinding> Refusal(const Issue& issue, const metadata::LoadedMetadata& loaded) {
  const StatusOr<Value> internal = json::Parse(issue.internal, 2000);
  if (internal.ok() && internal->is_array() && !internal->items().empty()) {
    return InconsistentFindings(*internal, &loaded);
  }
  ReportedFinding one = FindingOf(issue);
  for (const std::string_view wrapper : {"$.args.metadata", "$.args"}) {
    if (!issue.path.starts_with(wrapper)) continue;
    one.finding.path = "$" + issue.path.substr(wrapper.size());
    one.place = loaded.places.Find(one.finding.path);
    break;
  }
  return {std::move(one)};
}

}  // namespace

StatusOr<int> Apply(const Run& run) {
  const std::string& path = run.words[0];
  ASSIGN_OR_RETURN(const metadata::LoadedMetadata loaded, metadata::LoadMetadataWithPlaces(path));
  Report report{.subject = path};
  report.findings = MistakeFindings(loaded);
  if (!report.findings.empty()) {
    report.verdict = "nothing was applied";
    return Finish(run, std::move(report));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, FindServer(run, path));
  ASSIGN_OR_RETURN(
      const IssueOr<Value> answer,
      server->Call("replace_metadata",
                   Value::Object({{"allow_inconsistent_metadata", Value(run.allow_inconsistent)},
                                  {"metadata", loaded.document}}),
                   2));
  if (!answer.ok()) {
    report.findings = Refusal(answer.issue(), loaded);
    report.verdict = StrCat("nothing was applied: ", answer.issue().message);
    return Finish(run, std::move(report));
  }
  report.findings = InconsistentFindings(ListIn(answer.value(), "inconsistent_objects"), &loaded);
  // They were allowed.
  for (ReportedFinding& one : report.findings) {
    one.finding.severity = plan::Finding::Severity::kWarning;
  }
  report.verdict = StrCat("applied to ", server->endpoint());
  if (!report.findings.empty()) {
    StrAppend(report.verdict, ", ", Counted(report.findings.size(), "inconsistent object"));
  }
  return Finish(run, std::move(report));
}

StatusOr<int> Export(const Run& run) {
  const std::string& folder = run.words[0];
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, FindServer(run, folder));
  ASSIGN_OR_RETURN(const Value document,
                   NeedAnswer(server->Call("export_metadata", Value::Object())));
  ASSIGN_OR_RETURN(const metadata::FolderChanges changes, metadata::SaveFolder(document, folder));
  Report report{.subject = folder};
  for (const bool removed : {false, true}) {
    for (const std::string& file : removed ? changes.removed : changes.written) {
      ReportedFinding one;
      one.finding.severity = plan::Finding::Severity::kNote;
      one.finding.rule = removed ? "file-removed" : "file-written";
      one.finding.message = StrCat(removed ? "removed " : "written ", file);
      report.findings.push_back(std::move(one));
    }
  }
  report.verdict = StrCat(folder, " holds the metadata of ", server->endpoint());
  return Finish(run, std::move(report));
}

StatusOr<int> Reload(const Run& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, FindServer(run, "."));
  ASSIGN_OR_RETURN(const Value reloaded,
                   NeedAnswer(server->Call("reload_metadata",
                                           Value::Object({{"reload_remote_schemas", Value(true)},
                                                          {"reload_sources", Value(true)}}))));
  ASSIGN_OR_RETURN(const Value answer,
                   NeedAnswer(server->Call("get_inconsistent_metadata", Value::Object())));
  return ReportConsistency(run, *server, ListIn(answer, "inconsistent_objects"), "reloaded; ",
                           nullptr);
}

StatusOr<int> Inconsistent(const Run& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, FindServer(run, "."));
  ASSIGN_OR_RETURN(const Value answer,
                   NeedAnswer(server->Call("get_inconsistent_metadata", Value::Object())));
  return ReportConsistency(run, *server, ListIn(answer, "inconsistent_objects"), "", nullptr);
}

}  // namespace joinery::cli
