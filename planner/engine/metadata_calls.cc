#include "planner/engine/metadata_calls.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "json/write.h"
#include "planner/engine/catalog_change.h"
#include "planner/engine/console_calls.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/commands/query_text.h"
#include "planner/metadata/export.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/references.h"
#include "planner/metadata/rename.h"
#include "planner/metadata/warnings.h"

namespace joinery::planner {
namespace {

using json::Value;

Value Success() {
  Value out = Value::Object();
  out.Set("message", "success");
  return out;
}

Issue Fault(std::string code, std::string message, std::string path) {
  return {.code = std::move(code), .message = std::move(message), .path = std::move(path)};
}

const Value& ArgsOf(const Value& call) {
  static const Value kNone = Value::Object();
  const Value* args = call.Find("args");
  return args != nullptr ? *args : kNone;
}

MaybeIssue CheckStoredQueries(const Value& document, const std::string& path) {
  const Value* collections = document.Find("query_collections");
  if (collections == nullptr) return {};
  for (size_t i = 0; i < collections->items().size(); ++i) {
    RETURN_IF_ISSUE(metadata::CheckQueriesOf(collections->items()[i],
                                             StrCat(path, ".query_collections[", i, "]")));
  }
  return {};
}

}  // namespace

bool TakesAway(std::string_view type) {
  return type == "pg_untrack_table" || type == "pg_untrack_function" ||
         type == "pg_drop_relationship" || type == "pg_drop_computed_field" ||
         type == "pg_drop_source";
}

MetadataTransaction::MetadataTransaction(Services services, std::shared_ptr<const Snapshot> current,
                                         std::string endpoint)
    : services_(std::move(services)),
      endpoint_(std::move(endpoint)),
      start_(current->document),
      document_(current->document),
      graph_{current->graph, current->inconsistent} {}

std::string MetadataTransaction::ShapePath(const CallPath& path) const {
  return metadata::ShapePath(endpoint_, path.args());
}

IssueOr<std::string> MetadataTransaction::TextArg(const Value& args, std::string_view member,
                                                  const CallPath& path) const {
  const std::string at = ShapePath(path);
  if (!args.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(args.kind())),
                       at);
  }
  const Value* found = args.Find(member);
  if (found == nullptr) return ParseFailed(StrCat("key \"", member, "\" not found"), at);
  if (found->is_string()) return found->string();
  return ParseFailed(StrCat("parsing Text failed, expected String, but encountered ",
                            json::KindName(found->kind())),
                     StrCat(at, ".", member));
}

IssueOr<Value> MetadataTransaction::Run(const Value& body) {
  if (!body.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(body.kind())),
                       "$");
  }
  if (const Value* wanted = body.Find("resource_version");
      wanted != nullptr && wanted->is_number()) {
    if (wanted->int64() != static_cast<int64_t>(services_.resource_version)) {
      return VersionConflict(wanted->number_text());
    }
  }
  return Call(body, {"$"});
}

IssueOr<Value> MetadataTransaction::Call(const Value& call, const CallPath& path) {
  if (!call.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(call.kind())),
                       path.call);
  }
  const auto given = call.FindString("type");
  if (!given) return ParseFailed("key \"type\" not found", path.call);
  const Value& args = ArgsOf(call);
  const Value* version_value = call.Find("version");
  int version = 1;
  if (version_value != nullptr && !version_value->is_null()) {
    const auto number = version_value->int64();
    if (!number || *number < 1 || *number > 2) {
      return ParseFailed(StrCat("expected 1 or 2, encountered ", json::ToString(*version_value)),
                         StrCat(path.call, ".version"));
    }
    version = static_cast<int>(*number);
  }
  const std::string type = metadata::CanonicalType(*given);
  if (type.find("bulk") != type.npos) return Bulk(type, args, path);
  if (type == "run_sql" || type == "pg_run_sql") return RunSql(args, path);
  if (type == "replace_metadata") return Replace(args, version, path);
  if (type == "export_metadata") return Export(version);
  if (type == "clear_metadata") return Clear();
  if (type == "reload_metadata") return Reload(args, path);
  if (type == "get_catalog_state") return GetCatalogState(path);
  if (type == "set_catalog_state") return SetCatalogState(args, path);
  if (type == "reload_remote_schema") return ReloadRemoteSchema(args, path);
  if (type == "introspect_remote_schema") return IntrospectRemoteSchema(args, path);
  if (type == "get_inconsistent_metadata") return Inconsistent();
  if (type == "drop_inconsistent_metadata") return DropInconsistent();
  if (type == "pg_track_tables" || type == "pg_untrack_tables") return TrackMany(type, args, path);
  if (metadata::IsDocumentCommand(type)) return Edit(type, call, path);
  if (IsConsoleCall(type)) {
    return AnswerConsole(
        {.type = type, .args = args, .path = path.args(), .shape_path = ShapePath(path)},
        {.graph = *graph_.graph,
         .document = document_,
         .inconsistent = graph_.inconsistent,
         .resource_version = services_.resource_version});
  }
  if (const std::string why = metadata::UnsupportedReason(type); !why.empty()) {
    return Fault("not-supported", StrCat(*given, ": ", why), path.args());
  }
  return ParseFailed(StrCat("unknown type \"", *given, "\""), path.call);
}

IssueOr<Value> MetadataTransaction::Apply(const std::string& type, const Value& call,
                                          const CallPath& path) {
  const metadata::Facts facts = FactsNow();
  metadata::Call edit;
  edit.type = type;
  if (const Value* args = call.Find("args")) edit.args = *args;
  edit.endpoint = endpoint_;
  edit.path = path.args();
  edit.facts = &facts;
  ASSIGN_OR_RETURN_ISSUE(Value answer, metadata::ApplyCommand(document_, edit));
  if (type == "pg_rename_relationship") {
    const std::string source(edit.args.FindString("source").value_or("default"));
    std::vector<Issue> ignored;
    metadata::RenameRelationship(
        document_, source,
        {.table = metadata::ReadTableName(*edit.args.Find("table"), "$", ignored),
         .from = edit.args.Find("name")->string(),
         .to = edit.args.Find("new_name")->string()},
        TargetsOf(*graph_.graph, source));
  }
  if (type == "pg_create_event_trigger") {
    Log(LogLevel::kWarn, "metadata",
        {{"object", edit.args.Find("name")->string()},
         {"message", "the event trigger is kept, and no events are delivered"}});
  }
  return answer;
}

IssueOr<Value> MetadataTransaction::Edit(const std::string& type, const Value& call,
                                         const CallPath& path) {
  return Afresh(ArgsOf(call), [&] { return EditOnce(type, call, path); });
}

IssueOr<Value> MetadataTransaction::EditOnce(const std::string& type, const Value& call,
                                             const CallPath& path) {
  const Value& args = ArgsOf(call);
  ASSIGN_OR_RETURN_ISSUE(Value answer, Apply(type, call, path));
  RETURN_IF_ISSUE(Check({.own = {OwnObjectOf(type, args)},
                         .drops = TakesAway(type),
                         .cascade = args.is_object() && args.FindBool("cascade", false)},
                        path));
  return answer;
}

IssueOr<Value> MetadataTransaction::Replace(const Value& args, int version, const CallPath& path) {
  const Value* wrapped = args.Find("metadata");
  const bool v2 = version == 2 || wrapped != nullptr;
  const Value& given = wrapped != nullptr ? *wrapped : args;
  const std::string at = StrCat(ShapePath(path), wrapped != nullptr ? ".metadata" : "");
  IssueOr<Value> normal = metadata::NormalizeDocument(given, document_);
  if (!normal.ok()) {
    Issue issue = std::move(normal).issue();
    issue.path = issue.code == "parse-failed" ? StrCat(at, issue.path.substr(1)) : path.args();
    return issue;
  }
  Value document = std::move(normal).value();
  metadata::ReadResult read = metadata::Read(document, graph_.graph->world->metadata.get());
  if (!read.issues.empty()) {
    Issue issue = read.issues.front();
    issue.path = StrCat(at, issue.path.substr(1));
    return issue;
  }
  RETURN_IF_ISSUE(CheckStoredQueries(document, at));
  const std::vector<metadata::Warning> warnings = metadata::WarningsOf(document);
  Value told = Value::Array();
  for (const metadata::Warning& warning : warnings) {
    Log(LogLevel::kWarn, "metadata", {{"object", warning.name}, {"message", warning.message}});
    told.Append(warning.ToJson());
  }
  if (v2 && !warnings.empty() && !args.FindBool("allow_warnings", true)) {
    Issue issue = Fault("metadata-warnings", "failed due to metadata warnings", path.args());
    issue.internal = json::ToString(told);
    return issue;
  }
  document_ = std::move(document);
  Rebuild();
  if (!graph_.inconsistent.empty() && RefreshSources(document_)) Rebuild();
  const bool consistent =
      graph_.inconsistent.empty() && graph_.graph->duplicate_root_fields.empty();
  const bool allowed = v2 && args.FindBool("allow_inconsistent_metadata", false);
  if (!consistent && !allowed) {
    Issue issue = Fault("unexpected", "cannot continue due to inconsistent metadata", path.args());
    issue.internal = json::ToString(InconsistentJson());
    return issue;
  }
  if (!v2) return Success();
  Value out = Value::Object();
  out.Set("is_consistent", consistent);
  out.Set("inconsistent_objects", InconsistentJson());
  if (!warnings.empty()) out.Set("warnings", std::move(told));
  return out;
}

IssueOr<Value> MetadataTransaction::Export(int version) {
  Value exported = metadata::ExportDocument(document_);
  if (version == 1) return exported;
  Value out = Value::Object();
  out.Set("resource_version", static_cast<int64_t>(services_.resource_version));
  out.Set("metadata", std::move(exported));
  return out;
}

IssueOr<Value> MetadataTransaction::Clear() {
  Value kept = Value::Array();
  if (const Value* sources = document_.Find("sources")) {
    for (const Value& source : sources->items()) {
      if (source.FindString("name") != "default") continue;
      Value empty = Value::Object();
      for (const std::string_view member : {"name", "kind", "configuration"}) {
        if (const Value* value = source.Find(member)) empty.Set(member, *value);
      }
      empty.Set("tables", Value::Array());
      kept.Append(std::move(empty));
    }
  }
  document_ = Value::Object();
  document_.Set("version", 3);
  document_.Set("sources", std::move(kept));
  Rebuild();
  return Success();
}

IssueOr<Value> MetadataTransaction::GetCatalogState(const CallPath& path) {
  StatusOr<metadata::CatalogState> state = services_.store.LoadCatalogState();
  if (!state.ok()) {
    Issue issue = StoreIssue(state.status(), services_.resource_version);
    issue.path = path.args();
    return issue;
  }
  Value out = Value::Object();
  out.Set("id", std::move(state->database_id));
  out.Set("cli_state", std::move(state->cli));
  out.Set("console_state", std::move(state->console));
  return out;
}

IssueOr<Value> MetadataTransaction::SetCatalogState(const Value& args, const CallPath& path) {
  ASSIGN_OR_RETURN_ISSUE(const std::string part, TextArg(args, "type", path));
  if (part != "cli" && part != "console") {
    return ParseFailed("expected \"cli\" or \"console\"", StrCat(path.args(), ".type"));
  }
  const Value* state = args.Find("state");
  if (state == nullptr) return ParseFailed("key \"state\" not found", ShapePath(path));
  const Status saved = services_.store.SaveCatalogState(part, *state);
  if (!saved.ok()) {
    Issue issue = StoreIssue(saved, services_.resource_version);
    issue.path = path.args();
    return issue;
  }
  return Success();
}

IssueOr<Value> MetadataTransaction::Reload(const Value& args, const CallPath&) {
  const auto wanted = [&](std::string_view key, bool otherwise, const auto& all, const auto& one) {
    const Value* value = args.Find(key);
    if (value != nullptr && value->is_array()) {
      for (const Value& name : value->items()) {
        if (name.is_string()) one(name.string());
      }
    } else if (value != nullptr && value->is_bool() ? value->bool_value() : otherwise) {
      all();
    }
  };
  Introspector& introspector = services_.introspector;
  wanted(
      "reload_sources", true, [&] { introspector.ForgetSources(); },
      [&](const std::string& name) { introspector.ForgetSource(name); });
  wanted(
      "reload_remote_schemas", true, [&] { introspector.ForgetRemoteSchemas(); },
      [&](const std::string& name) { introspector.ForgetRemoteSchema(name); });
  introspector.ForgetFailures();
  Rebuild();
  Value out = Success();
  out.Set("is_consistent", graph_.inconsistent.empty());
  if (!graph_.inconsistent.empty()) out.Set("inconsistent_objects", InconsistentJson());
  return out;
}

IssueOr<Value> MetadataTransaction::ReloadRemoteSchema(const Value& args, const CallPath& path) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, TextArg(args, "name", path));
  const auto& known = graph_.graph->world->remote_schemas;
  if (known.find(name) == known.end()) {
    return Fault("not-exists", StrCat("remote schema with name \"", name, "\" does not exist"),
                 path.args());
  }
  services_.introspector.ForgetRemoteSchema(name);
  RETURN_IF_ISSUE(Check({.own = {OwnObjectOf("reload_remote_schema", args)}}, path));
  return Success();
}

IssueOr<Value> MetadataTransaction::IntrospectRemoteSchema(const Value& args,
                                                           const CallPath& path) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, TextArg(args, "name", path));
  const auto known = graph_.graph->world->remote_schemas.find(name);
  if (known == graph_.graph->world->remote_schemas.end()) {
    return Fault("not-exists", StrCat("remote schema: \"", name, "\" not found"), path.args());
  }
  if (known->second.introspection == nullptr) {
    return Fault("remote-schema-error", known->second.error, path.args());
  }
  return *known->second.introspection;
}

IssueOr<Value> MetadataTransaction::Inconsistent() const {
  Value out = Value::Object();
  out.Set("is_consistent", graph_.inconsistent.empty());
  out.Set("inconsistent_objects", InconsistentJson());
  return out;
}

IssueOr<Value> MetadataTransaction::DropInconsistent() {
  DropInconsistentBut({});
  return Success();
}

void MetadataTransaction::DropInconsistentBut(const std::set<std::string>& accepted) {
  // Dependents may show only once what they stand on has gone.
  for (int round = 0; round < 20; ++round) {
    bool dropped = false;
    for (const InconsistentObject& object : graph_.inconsistent) {
      if (!object.entity.is_null() || accepted.contains(IdentityOf(object))) continue;
      const bool duplicate = object.form == InconsistentObject::Form::kDuplicate;
      if (!object.type.empty()) {
        dropped = RemoveObject(document_, object.type, object.definition, object.name,
                               duplicate ? 1 : 0) ||
                  dropped;
      }
      if (duplicate) continue;
      for (const InconsistentObject::Member& member : object.conflicting) {
        dropped = RemoveObject(document_, member.type, member.definition, member.name) || dropped;
      }
    }
    if (!dropped) break;
    Rebuild();
  }
}

}  // namespace joinery::planner
