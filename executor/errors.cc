#include "executor/errors.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/strings.h"
#include "json/scan.h"
#include "json/write.h"

namespace joinery::executor {
namespace {

// Rows beyond it do not get an error of their own.
constexpr size_t kMaxErrorsPerFetch = 10;

void AppendMember(std::string& out, std::string_view name, std::string_view text) {
  json::AppendQuoted(out, name);
  out.push_back(':');
  json::AppendQuoted(out, text);
}

void AppendExtensions(std::string& out, const plan::SourceError& error, std::string_view source,
                      bool show_internal) {
  out.append("\"extensions\":{");
  AppendMember(out, "path", error.hasura_path);
  out.push_back(',');
  AppendMember(out, "code", error.code);
  if (!source.empty()) {
    out.push_back(',');
    AppendMember(out, "source", source);
  }
  // The source's own extensions go along; ours win.
  const StatusOr<json::Value> own = error.extensions.empty() ? StatusOr<json::Value>(json::Value())
                                                             : json::Parse(error.extensions);
  if (own.ok() && own->is_object()) {
    for (const auto& [name, value] : own->members()) {
      if (name == "code" || name == "path" || name == "source" || name == "internal") continue;
      out.push_back(',');
      json::AppendQuoted(out, name);
      out.push_back(':');
      json::Write(value, out);
    }
  }
  if (show_internal && !error.internal.empty()) StrAppend(out, ",\"internal\":", error.internal);
  out.push_back('}');
}

// The error of an upstream as it came, its path in the client's terms.
bool AppendForwarded(std::string& out, const plan::SourceError& error,
                     const std::vector<json::PathStep>& path) {
  if (error.original.empty()) return false;
  StatusOr<json::Value> original = json::Parse(error.original);
  if (!original.ok() || !original->is_object()) return false;
  json::Value forwarded = *std::move(original);
  if (forwarded.Find("path") != nullptr) {
    std::string text;
    json::AppendPath(text, path);
    if (StatusOr<json::Value> parsed = json::Parse(text); parsed.ok()) {
      forwarded.Set("path", *std::move(parsed));
    }
  }
  json::Write(forwarded, out);
  return true;
}

void AppendSourceError(std::string& out, const plan::SourceError& error, std::string_view source,
                       std::vector<json::PathStep> path, bool joined, bool show_internal) {
  path.insert(path.end(), error.path.begin(), error.path.end());
  if (!joined && AppendForwarded(out, error, path)) return;
  out.push_back('{');
  AppendMember(out, "message", error.message);
  out.append(",\"path\":");
  json::AppendPath(out, path);
  out.push_back(',');
  AppendExtensions(out, error, source, show_internal);
  out.push_back('}');
}

bool Concerns(const plan::SourceError& error, const Trouble& trouble) {
  return (!error.root || *error.root == trouble.root) &&
         (!error.slot || *error.slot == trouble.slot);
}

}  // namespace

void AppendIssue(std::string& out, const Issue& issue, bool show_internal) {
  out.append("{\"extensions\":{");
  AppendMember(out, "path", issue.path);
  out.push_back(',');
  AppendMember(out, "code", issue.code);
  if (show_internal && !issue.internal.empty()) StrAppend(out, ",\"internal\":", issue.internal);
  out.append("},");
  AppendMember(out, "message", issue.message);
  out.push_back('}');
}

std::string IssueBody(const Issue& issue, bool show_internal) {
  std::string out = "{\"errors\":[";
  AppendIssue(out, issue, show_internal);
  out.append("]}");
  return out;
}

plan::SourceError FromStatus(const Status& status, const plan::SourceName& source) {
  plan::SourceError error;
  switch (status.code()) {
    case StatusCode::kDeadlineExceeded:
      error.message = StrCat("the request's time ended while waiting for ",
                             plan::SourceKindName(source.kind), " \"", source.name, "\"");
      break;
    case StatusCode::kCancelled:
      error.message = "the request was cancelled";
      break;
    case StatusCode::kResourceExhausted:
      error.message = MessageOf(status);
      break;
    case StatusCode::kUnavailable:
      error.message = source.kind == plan::SourceKind::kPostgres ? "connection error"
                                                                 : std::string(MessageOf(status));
      if (source.kind == plan::SourceKind::kPostgres) error.code = "postgres-error";
      if (source.kind == plan::SourceKind::kRemoteSchema) error.code = "remote-schema-error";
      break;
    default:
      error.message = MessageOf(status);
  }
  json::AppendQuoted(error.internal, MessageOf(status));
  return error;
}

std::string StrictBody(const std::vector<plan::SourceError>& errors, bool joined,
                       bool show_internal) {
  std::string originals;
  for (const plan::SourceError& error : errors) {
    if (error.original.empty()) continue;
    StrAppend(originals, originals.empty() ? "" : ",", error.original);
  }
  if (joined && !originals.empty()) {
    return IssueBody({.code = "unexpected",
                      .message = "Errors from remote server",
                      .path = "$",
                      .internal = StrCat("{\"errors\":[", originals, "]}")},
                     show_internal);
  }
  std::string out = "{\"errors\":[";
  for (size_t i = 0; i < errors.size(); ++i) {
    if (i > 0) out.push_back(',');
    out.push_back('{');
    AppendExtensions(out, errors[i], "", show_internal);
    out.push_back(',');
    AppendMember(out, "message", errors[i].message);
    out.push_back('}');
  }
  out.append("]}");
  return out;
}

bool ApplyTroubles(const plan::Plan& plan, const std::vector<FetchOutcome>& outcomes,
                   const std::vector<Trouble>& troubles, bool show_internal, std::string& text,
                   std::string& errors) {
  std::map<uint32_t, size_t> written;
  std::map<std::pair<uint32_t, const plan::SourceError*>, bool> seen;
  for (const Trouble& trouble : troubles) {
    const bool joined = plan.fetches[trouble.fetch].joined();
    for (const plan::SourceError& error : outcomes[trouble.fetch].errors) {
      if (!Concerns(error, trouble)) continue;
      // An error of all slots is told once, at its first place.
      if (!error.slot && seen[{trouble.fetch, &error}]) continue;
      seen[{trouble.fetch, &error}] = true;
      if (written[trouble.fetch]++ >= kMaxErrorsPerFetch) break;
      if (!errors.empty()) errors.push_back(',');
      AppendSourceError(errors, error, plan.fetches[trouble.fetch].source.name,
                        json::PathAt(text, trouble.offset), joined, show_internal);
    }
  }
  // From the end, so that offsets before stay true.
  size_t cut_from = text.size();
  for (auto it = troubles.rbegin(); it != troubles.rend(); ++it) {
    if (!it->is_null || it->bubble == 0 || it->offset >= cut_from) continue;
    const auto& all = outcomes[it->fetch].errors;
    if (std::none_of(all.begin(), all.end(), [&](const auto& e) { return Concerns(e, *it); }))
      continue;
    if (it->bubble == plan::JoinTarget::kWholeAnswer) return true;
    const json::Extent extent = json::Enclosing(text, it->offset, it->bubble);
    if (extent.begin == 0) return true;
    text.replace(extent.begin, extent.end - extent.begin, "null");
    cut_from = extent.begin;
  }
  return false;
}

}  // namespace joinery::executor
