#include "services/joinery/cli/run.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/strings.h"
#include "json/write.h"
#include "planner/metadata/locate.h"

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

ReportedFinding InconsistentFinding(std::string_view type, std::string_view name,
                                    std::string_view reason, const Value& definition,
                                    const metadata::LoadedMetadata* loaded) {
  ReportedFinding out;
  out.finding.rule = "inconsistent-object";
  out.finding.object = name;
  constexpr std::string_view kPrefix = "Inconsistent object: ";
  if (reason.starts_with(kPrefix)) reason.remove_prefix(kPrefix.size());
  out.finding.message = StrCat(name, ": ", reason);
  if (loaded == nullptr) return out;
  const std::string object = metadata::LocateObject(loaded->document, type, name, definition);
  out.finding.path = metadata::LocateReason(loaded->document, object, reason);
  out.place = loaded->places.Find(out.finding.path);
  return out;
}

}  // namespace

std::vector<ReportedFinding> InconsistentFindings(const Value& objects,
                                                  const metadata::LoadedMetadata* loaded) {
  static const Value kNone;
  std::vector<ReportedFinding> out;
  const auto add = [&](const Value& object, std::string_view reason) {
    const Value* definition = object.Find("definition");
    out.push_back(InconsistentFinding(object.FindString("type").value_or(""),
                                      object.FindString("name").value_or(""), reason,
                                      definition == nullptr ? kNone : *definition, loaded));
  };
  for (const Value& object : objects.items()) {
    const std::string_view reason = object.FindString("reason").value_or("");
    if (const Value* members = object.Find("objects")) {
      for (const Value& member : members->items()) add(member, reason);
    } else {
      add(object, reason);
    }
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
    return one.finding.severity <= run.fail_on;
  });
  const std::string text = FormatReport(std::move(report), run.output);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return found ? kFindings : kFine;
}

}  // namespace joinery::cli
