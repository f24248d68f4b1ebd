#include <algorithm>
#include <future>

#include "base/strings.h"
#include "json/write.h"
#include "planner/engine/metadata_calls.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/warnings.h"

// Several metadata calls in one request.
namespace joinery::planner {
namespace {

using json::Value;

// SQL statements that one concurrent_bulk runs at a time.
constexpr size_t kAtOnce = 8;

bool IsRunSql(const Value& call) {
  const auto type = call.FindString("type");
  return type == "run_sql" || type == "pg_run_sql";
}

bool IsReadOnly(const Value& call) {
  const Value* args = call.Find("args");
  return args != nullptr && args->FindBool("read_only", false);
}

// SQL of one bulk either only reads, or not.
MaybeIssue CheckAccessModes(const std::vector<Value>& calls, const std::string& path) {
  const Value* first = nullptr;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (!IsRunSql(calls[i])) continue;
    if (first == nullptr) first = &calls[i];
    if (IsReadOnly(*first) == IsReadOnly(calls[i])) continue;
    const std::string_view modes[] = {"READ WRITE", "READ ONLY"};
    return Issue{.code = "bad-request",
                 .message = StrCat("incompatible access mode requirements in bulk query, expected "
                                   "access mode: ",
                                   modes[IsReadOnly(*first)], " but $.args[", i, "] forces ",
                                   modes[IsReadOnly(calls[i])]),
                 .path = path};
  }
  return {};
}

Value ErrorOf(const Issue& issue) {
  Value out = Value::Object();
  out.Set("path", issue.path);
  out.Set("error", issue.message);
  out.Set("code", issue.code);
  if (!issue.internal.empty()) {
    const auto internal = json::Parse(issue.internal, 2000);
    if (internal.ok()) out.Set("internal", *internal);
  }
  return out;
}

Value SuccessWith(const std::vector<metadata::Warning>& warnings) {
  Value out = Value::Object();
  out.Set("message", "success");
  if (warnings.empty()) return out;
  Value list = Value::Array();
  for (const metadata::Warning& warning : warnings) list.Append(warning.ToJson());
  out.Set("warnings", std::move(list));
  return out;
}

}  // namespace

IssueOr<Value> MetadataTransaction::Bulk(const std::string& type, const Value& args,
                                         const CallPath& path) {
  if (!args.is_array()) {
    return ParseFailed(
        StrCat("parsing [] failed, expected Array, but encountered ", json::KindName(args.kind())),
        ShapePath(path));
  }
  if (type == "bulk") return BulkInOrder(args, path);
  if (type == "bulk_keep_going") return BulkKeepGoing(args, path);
  if (type == "bulk_atomic") return Afresh(args, [&] { return BulkAtomic(args, path); });
  if (type == "concurrent_bulk") return ConcurrentBulk(args, path);
  return ParseFailed(StrCat("unknown type \"", type, "\""), path.call);
}

IssueOr<Value> MetadataTransaction::BulkInOrder(const Value& args, const CallPath& path) {
  RETURN_IF_ISSUE(CheckAccessModes(args.items(), path.args()));
  Value out = Value::Array();
  for (size_t i = 0; i < args.items().size(); ++i) {
    ASSIGN_OR_RETURN_ISSUE(Value answer, Call(args.items()[i], path.Item(i)));
    out.Append(std::move(answer));
  }
  return out;
}

IssueOr<Value> MetadataTransaction::BulkKeepGoing(const Value& args, const CallPath& path) {
  Value out = Value::Array();
  for (size_t i = 0; i < args.items().size(); ++i) {
    const Value document = document_;
    const GraphResult graph = graph_;
    IssueOr<Value> answer = Call(args.items()[i], path.Item(i));
    if (answer.ok()) {
      out.Append(std::move(answer).value());
      continue;
    }
    document_ = document;
    graph_ = graph;
    out.Append(ErrorOf(answer.issue()));
  }
  return out;
}

IssueOr<Value> MetadataTransaction::BulkAtomic(const Value& args, const CallPath& path) {
  Change change;
  for (size_t i = 0; i < args.items().size(); ++i) {
    const Value& call = args.items()[i];
    const CallPath at = path.Item(i);
    const std::string type = metadata::CanonicalType(call.FindString("type").value_or(""));
    if (!metadata::IsDocumentCommand(type)) {
      return Issue{.code = "not-supported",
                   .message = StrCat("bulk_atomic takes calls that edit the metadata, and no \"",
                                     call.FindString("type").value_or(""), "\""),
                   .path = at.call};
    }
    RETURN_IF_ISSUE(Apply(type, call, at));
    const Value* own = call.Find("args");
    if (own == nullptr) continue;
    change.own.push_back(OwnObjectOf(type, *own));
    change.drops = change.drops || TakesAway(type);
    change.cascade = change.cascade || own->FindBool("cascade", false);
  }
  RETURN_IF_ISSUE(Check(change, path));
  return SuccessWith({});
}

IssueOr<Value> MetadataTransaction::ConcurrentBulk(const Value& args, const CallPath& path) {
  for (const Value& call : args.items()) {
    if (IsRunSql(call) && IsReadOnly(call)) continue;
    return UnexpectedIssue("Only read-only queries are allowed in a concurrent_bulk", path.call);
  }
  Value out = Value::Array();
  for (size_t begin = 0; begin < args.items().size(); begin += kAtOnce) {
    std::vector<std::future<IssueOr<Value>>> running;
    const size_t end = std::min(args.items().size(), begin + kAtOnce);
    for (size_t i = begin; i < end; ++i) {
      running.push_back(std::async(std::launch::async, [this, &args, &path, i] {
        static const Value kNoArgs = Value::Object();
        const Value* own = args.items()[i].Find("args");
        return RunPlainSql(own != nullptr ? *own : kNoArgs, path.Item(i));
      }));
    }
    std::vector<IssueOr<Value>> answers;
    for (auto& one : running) answers.push_back(one.get());
    for (IssueOr<Value>& answer : answers) {
      if (!answer.ok()) return std::move(answer).issue();
      out.Append(std::move(answer).value());
    }
  }
  return out;
}

IssueOr<Value> MetadataTransaction::TrackMany(const std::string& type, const Value& args,
                                              const CallPath& path) {
  const bool track = type == "pg_track_tables";
  const Value* tables = args.Find("tables");
  if (tables == nullptr || !tables->is_array()) {
    return ParseFailed("key \"tables\" not found", ShapePath(path));
  }
  std::vector<metadata::Warning> warnings;
  const auto warn = [&](const Value& item, std::string message) {
    const OwnObject own = OwnObjectOf("pg_track_table", item);
    warnings.push_back({.code = track ? "track-table-failed" : "untrack-table-failed",
                        .type = own.type,
                        .name = own.name,
                        .message = std::move(message)});
  };
  const auto call_of = [](const Value& item) { return Value::Object({{"args", item}}); };
  const Value document = document_;
  const GraphResult graph = graph_;
  if (track) {
    std::vector<OwnObject> added;
    for (const Value& item : tables->items()) {
      const IssueOr<Value> answer = Apply("pg_track_table", call_of(item), path);
      if (answer.ok()) {
        added.push_back(OwnObjectOf("pg_track_table", item));
      } else if (answer.issue().code == "parse-failed") {
        return answer.issue();
      } else {
        warn(item, answer.issue().message);
      }
    }
    const auto is_added = [&](const InconsistentObject& object) {
      return std::ranges::any_of(added, [&](const auto& own) { return own.Is(object); });
    };
    Rebuild();
    if (std::ranges::any_of(graph_.inconsistent, is_added) && RefreshSources(args)) Rebuild();
    for (const InconsistentObject& object : graph_.inconsistent) {
      if (!is_added(object)) continue;
      RemoveObject(document_, object.type, object.definition, object.name);
      warnings.push_back({.code = "track-table-failed",
                          .type = object.type,
                          .name = object.name,
                          .message = object.reason});
    }
    graph_ = graph;
    RETURN_IF_ISSUE(Check({}, path));
  } else {
    for (const Value& item : tables->items()) {
      const Value before = document_;
      const GraphResult graph_before = graph_;
      IssueOr<Value> answer = Apply("pg_untrack_table", call_of(item), path);
      MaybeIssue fault;
      if (answer.ok()) {
        fault = Check({.own = {}, .drops = true, .cascade = item.FindBool("cascade", false)}, path);
      }
      if (answer.ok() && fault.ok()) continue;
      document_ = before;
      graph_ = graph_before;
      warn(item, answer.ok() ? fault.issue().message : answer.issue().message);
    }
  }
  Value list = Value::Array();
  for (const metadata::Warning& warning : warnings) list.Append(warning.ToJson());
  Issue issue{.code = "invalid-configuration",
              .message = StrCat("all tables failed to ", track ? "track" : "untrack"),
              .path = path.args(),
              .internal = json::ToString(list)};
  if (!warnings.empty() && warnings.size() == tables->items().size()) return issue;
  if (!warnings.empty() && !args.FindBool("allow_warnings", true)) {
    issue.code = "metadata-warnings";
    issue.message = "failed due to metadata warnings";
    return issue;
  }
  return SuccessWith(warnings);
}

}  // namespace joinery::planner
