#include "planner/check/check_metadata.h"

#include <utility>

#include "base/strings.h"
#include "planner/check/json_schema.h"
#include "planner/consistency/build_graph.h"
#include "planner/metadata/locate.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using json::Value;

plan::Finding FindingOf(const Value& object, std::string_view reason, const Value* document) {
  static const Value kNone;
  constexpr std::string_view kPrefix = "Inconsistent object: ";
  if (reason.starts_with(kPrefix)) reason.remove_prefix(kPrefix.size());
  const std::string_view type = object.FindString("type").value_or("");
  const std::string_view name = object.FindString("name").value_or("");
  plan::Finding out{.rule = "inconsistent-object"};
  out.object = name;
  out.message = StrCat(name, ": ", reason);
  // Says only that an inherited role has less than one might think.
  if (type == "inherited role permission inconsistency") {
    out.severity = plan::Finding::Severity::kWarning;
  }
  if (document != nullptr) {
    const Value* definition = object.Find("definition");
    const std::string path =
        metadata::LocateObject(*document, type, name, definition == nullptr ? kNone : *definition);
    out.path = metadata::LocateReason(*document, path, reason);
  }
  return out;
}

plan::Finding FindingOf(const Issue& issue) {
  return {.rule = issue.code, .message = issue.message, .path = issue.path};
}

// Keys that nothing reads. What else the schema objects to is the reader's to tell.
void WarnOfUnknown(const Value& document, std::vector<plan::Finding>& findings) {
  for (const SchemaMismatch& one : MatchSchema(MetadataSchema(), document)) {
    if (!one.unknown_key) continue;
    findings.push_back({.severity = plan::Finding::Severity::kWarning,
                        .rule = "unknown-key",
                        .message = one.message,
                        .path = one.path});
  }
}

void WarnOfUnused(const Value& document, std::vector<plan::Finding>& findings) {
  const auto warn = [&](const std::string& path, std::string_view what) {
    findings.push_back(
        {.severity = plan::Finding::Severity::kWarning,
         .rule = "not-acted-on",
         .message = StrCat(what, " are kept in the metadata, but nothing is delivered"),
         .path = path});
  };
  const auto has = [](const Value& object, std::string_view list) {
    const Value* found = object.Find(list);
    return found != nullptr && !found->items().empty();
  };
  if (has(document, "cron_triggers")) warn("$.cron_triggers", "cron triggers");
  const Value* sources = document.Find("sources");
  if (sources == nullptr) return;
  for (size_t i = 0; i < sources->items().size(); ++i) {
    const Value* tables = sources->items()[i].Find("tables");
    if (tables == nullptr) continue;
    for (size_t j = 0; j < tables->items().size(); ++j) {
      if (!has(tables->items()[j], "event_triggers")) continue;
      warn(StrCat("$.sources[", i, "].tables[", j, "].event_triggers"), "event triggers");
    }
  }
}

}  // namespace

std::vector<plan::Finding> FindingsOf(const Value& inconsistent, const Value* document) {
  std::vector<plan::Finding> out;
  for (const Value& object : inconsistent.items()) {
    const std::string_view reason = object.FindString("reason").value_or("");
    if (const Value* members = object.Find("objects")) {
      for (const Value& member : members->items())
        out.push_back(FindingOf(member, reason, document));
    } else {
      out.push_back(FindingOf(object, reason, document));
    }
  }
  return out;
}

CheckedMetadata CheckMetadata(const Value& document, const Observer& observe,
                              const SchemaOptions& options) {
  metadata::ReadResult read = metadata::Read(document);
  const auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
  GraphResult built = BuildGraph(std::make_shared<const World>(observe(model, document)), options);
  CheckedMetadata out{.graph = std::move(built.graph), .issues = std::move(read.issues)};
  out.inconsistent = Value::Array();
  for (const InconsistentObject& object : built.inconsistent) {
    out.inconsistent.Append(object.ToJson());
  }
  for (const Issue& issue : out.issues) out.findings.push_back(FindingOf(issue));
  for (plan::Finding& finding : FindingsOf(out.inconsistent, &document)) {
    out.findings.push_back(std::move(finding));
  }
  for (const std::string& text : out.graph->duplicate_root_fields) {
    out.findings.push_back({.rule = "duplicate-root-field", .message = text, .path = "$"});
  }
  WarnOfUnknown(document, out.findings);
  WarnOfUnused(document, out.findings);
  return out;
}

}  // namespace joinery::planner
