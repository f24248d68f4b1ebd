#include "services/joinery/cli/run.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/strings.h"
#include "json/write.h"
#include "planner/check/check_metadata.h"

namespace joinery::cli {
namespace {

using json::Value;
namespace fs = std::filesystem;

// The Hasura CLI's project file: beside the metadata folder, or in the folder that holds it.
Value ReadConfig(const std::string& folder) {
  for (const fs::path& place : {fs::path(folder), fs::path(folder) / ".."}) {
    const fs::path file = place / "config.yaml";
    if (!fs::is_regular_file(file)) continue;
    StatusOr<Value> config = metadata::LoadMetadata(file.string());
    if (config.ok()) return *std::move(config);
  }
  return {};
}

}  // namespace

std::vector<ReportedFinding> InconsistentFindings(const Value& objects,
                                                  const metadata::LoadedMetadata* loaded) {
  std::vector<ReportedFinding> out;
  for (plan::Finding& finding :
       planner::FindingsOf(objects, loaded == nullptr ? nullptr : &loaded->document)) {
    ReportedFinding one;
    if (loaded != nullptr) one.place = loaded->places.Find(finding.path);
    one.finding = std::move(finding);
    out.push_back(std::move(one));
  }
  return out;
}

ReportedFinding FindingOf(const Issue& issue) {
  ReportedFinding out;
  out.finding.rule = issue.code;
  out.finding.message = issue.message;
  out.finding.path = issue.path;
  return out;
}

std::vector<ReportedFinding> MistakeFindings(const metadata::LoadedMetadata& loaded) {
  std::vector<ReportedFinding> out;
  for (const metadata::FileMistake& mistake : loaded.mistakes) {
    ReportedFinding one{.place = mistake.place};
    one.finding.rule = "unreadable-file";
    one.finding.message = mistake.message;
    out.push_back(std::move(one));
  }
  return out;
}

StatusOr<std::unique_ptr<Server>> FindServer(const Run& run, const std::string& folder) {
  std::string endpoint = run.endpoint;
  std::string secret = run.admin_secret;
  if (endpoint.empty()) {
    const Value config = ReadConfig(folder);
    endpoint = config.FindString("endpoint").value_or("");
    if (secret.empty()) secret = config.FindString("admin_secret").value_or("");
  }
  if (endpoint.empty()) {
    return InvalidArgument(
        "which server? name it by --endpoint, HASURA_GRAPHQL_ENDPOINT or `endpoint` in "
        "config.yaml");
  }
  return std::make_unique<Server>(std::move(endpoint), std::move(secret));
}

int Finish(const Run& run, Report report) {
  report.verb = run.verb;
  const bool found = std::ranges::any_of(report.findings, [&](const ReportedFinding& one) {
    return run.fail_on && one.finding.severity <= *run.fail_on;
  });
  const std::string text = FormatReport(std::move(report), run.output);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return found ? kFindings : kFine;
}

}  // namespace joinery::cli
