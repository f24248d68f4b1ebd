#include "planner/engine/metadata_calls.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/codec.h"
#include "planner/engine/catalog_change.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/commands/commands.h"
#include "planner/metadata/export.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/rename.h"

namespace joinery::planner {
namespace {

using json::Value;

constexpr std::chrono::seconds kSqlPatience{60};
// For all sources that have to be asked.
constexpr std::chrono::seconds kPatience{30};

Value Success() {
  Value out = Value::Object();
  out.Set("message", "success");
  return out;
}

Issue Fault(std::string code, std::string message, std::string path) {
  return {.code = std::move(code), .message = std::move(message), .path = std::move(path)};
}

// The kind of object that a call is about: when that itself is at fault, the call is refused for
// it.
std::string OwnObject(const std::string& type) {
  static const std::map<std::string, std::string, std::less<>> kinds = {
      {"pg_track_table", "table"},
      {"pg_set_table_is_enum", "table"},
      {"pg_set_table_customization", "table"},
      {"pg_track_function", "function"},
      {"pg_create_object_relationship", "object_relation"},
      {"pg_create_array_relationship", "array_relation"},
      {"pg_add_computed_field", "computed_field"},
      {"pg_create_insert_permission", "insert_permission"},
      {"pg_create_select_permission", "select_permission"},
      {"pg_create_update_permission", "update_permission"},
      {"pg_create_delete_permission", "delete_permission"},
      {"pg_create_remote_relationship", "remote_relationship"},
      {"pg_update_remote_relationship", "remote_relationship"},
      {"create_remote_schema_remote_relationship", "remote_schema_remote_relationship"},
      {"update_remote_schema_remote_relationship", "remote_schema_remote_relationship"},
      {"pg_create_function_permission", "function_permission"},
      {"pg_create_event_trigger", "event_trigger"},
      {"pg_add_source", "source"},
      {"pg_update_source", "source"},
      {"add_remote_schema", "remote_schema"},
      {"update_remote_schema", "remote_schema"},
      {"reload_remote_schema", "remote_schema"},
      {"add_remote_schema_permissions", "remote_schema_permission"},
      {"create_action", "action"},
      {"update_action", "action"},
      {"create_action_permission", "action_permission"},
      {"set_custom_types", "custom_types"},
      {"add_inherited_role", "inherited_role"},
  };
  const auto it = kinds.find(type);
  return it == kinds.end() ? std::string() : it->second;
}

std::string IdentityOf(const InconsistentObject& object) {
  std::string out = StrCat(object.type, "|", object.name, "|", object.reason);
  for (const InconsistentObject::Member& member : object.conflicting) {
    StrAppend(out, "|", member.type, "|", member.name);
  }
  return out;
}

// The code of a remote schema that cannot be used: what its upstream did is not invalid
// configuration.
std::string CodeFor(const std::string& own, const InconsistentObject& object) {
  if (own == "remote_schema" && object.reason.find("overwritten") == std::string::npos) {
    return object.reason.find("Duplicate remote field") == std::string::npos ? "remote-schema-error"
                                                                             : "unexpected";
  }
  if (own == "remote_schema_permission") return "validation-failed";
  return "invalid-configuration";
}

std::string WithoutPrefix(std::string_view reason) {
  constexpr std::string_view kPrefix = "Inconsistent object: ";
  return std::string(reason.starts_with(kPrefix) ? reason.substr(kPrefix.size()) : reason);
}

Issue MissingKey(std::string_view key, const std::string& path) {
  return ParseFailed(StrCat("key \"", key, "\" not found"), path);
}

}  // namespace

MetadataTransaction::MetadataTransaction(Services services, std::shared_ptr<const Snapshot> current,
                                         std::string endpoint)
    : services_(std::move(services)),
      endpoint_(std::move(endpoint)),
      document_(current->document),
      graph_{current->graph, current->inconsistent} {}

void MetadataTransaction::Rebuild() {
  const std::shared_ptr<const Graph> before = graph_.graph;
  metadata::ReadResult read = metadata::Read(document_, before->world->metadata.get());
  auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
  auto world = std::make_shared<const World>(
      services_.introspector.Observe(CallContext::WithTimeout(kPatience), model, document_));
  graph_ = BuildGraph(std::move(world), services_.options, before.get());
  changed_ = true;
}

Value MetadataTransaction::InconsistentJson() const {
  Value list = Value::Array();
  for (const InconsistentObject& object : graph_.inconsistent) list.Append(object.ToJson());
  return list;
}

namespace {

// Calls that take something away which others may stand on, and that may take these along.
bool Drops(std::string_view type) {
  for (const std::string_view one :
       {"untrack_table", "untrack_function", "drop_relationship", "drop_computed_field"}) {
    if (type.ends_with(one)) return true;
  }
  return false;
}

}  // namespace

MaybeIssue MetadataTransaction::Check(const std::string& type, const Value& args,
                                      const CallPath& path) {
  std::set<std::string> before;
  for (const InconsistentObject& object : graph_.inconsistent) before.insert(IdentityOf(object));
  const std::set<std::string> duplicates_before(graph_.graph->duplicate_root_fields.begin(),
                                                graph_.graph->duplicate_root_fields.end());
  Rebuild();
  for (const std::string& text : graph_.graph->duplicate_root_fields) {
    if (!duplicates_before.contains(text)) return UnexpectedIssue(text, path.args());
  }
  const std::string own = OwnObject(type);
  std::vector<const InconsistentObject*> fresh;
  std::vector<std::string> own_reasons;
  std::string own_code;
  Value list = Value::Array();
  for (const InconsistentObject& object : graph_.inconsistent) {
    if (before.contains(IdentityOf(object)) || !object.entity.is_null()) continue;
    fresh.push_back(&object);
    list.Append(object.ToJson());
    const bool conflict_of_own =
        object.type.empty() &&
        std::ranges::any_of(object.conflicting, [&](const auto& m) { return m.type == own; });
    if (!own.empty() && (object.type == own || conflict_of_own)) {
      own_reasons.push_back(object.reason);
      own_code = CodeFor(own, object);
    }
  }
  if (fresh.empty()) return {};
  if (Drops(type)) {
    if (args.is_object() && args.FindBool("cascade", false)) {
      DropInconsistentBut(before);
      return {};
    }
    std::set<std::string> dependents;
    for (const InconsistentObject* object : fresh) {
      if (!object->type.empty()) dependents.insert(DependentName(object->type, object->name));
    }
    if (!dependents.empty()) {
      return Fault(
          "dependency-error",
          StrCat("cannot drop due to the following dependent objects : ",
                 Join(std::vector<std::string>(dependents.begin(), dependents.end()), ", ")),
          path.args());
    }
  }
  if (!own_reasons.empty()) {
    std::string message = Join(own_reasons, ", ");
    if (own_code == "remote-schema-error" || own_code == "validation-failed") {
      message = WithoutPrefix(message);
    }
    Issue issue = Fault(own_code, std::move(message), path.args());
    issue.internal = json::ToString(list);
    return issue;
  }
  Issue issue =
      Fault("unexpected", "cannot continue due to new inconsistent metadata", path.args());
  issue.internal = json::ToString(list);
  return issue;
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
  const auto given = call.FindString("type");
  if (!given) return MissingKey("type", path.call);
  static const Value kNoArgs = Value::Object();
  const Value* found = call.Find("args");
  const Value& args = found != nullptr ? *found : kNoArgs;
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
  if (type == "bulk" || type == "bulk_atomic" || type == "concurrent_bulk") {
    return Bulk(args, path, false);
  }
  if (type == "bulk_keep_going") return Bulk(args, path, true);
  if (type == "run_sql" || type == "pg_run_sql") return RunSql(args, path);
  if (type == "replace_metadata") return Replace(args, version, path);
  if (type == "export_metadata") return Export(version);
  if (type == "clear_metadata") return Clear();
  if (type == "reload_metadata") return Reload(args, path);
  if (type == "get_catalog_state") return GetCatalogState(path);
  if (type == "set_catalog_state") return SetCatalogState(args, path);
  if (type == "reload_remote_schema") return ReloadRemoteSchema(args, path);
  if (type == "introspect_remote_schema") return IntrospectRemoteSchema(args, path);
  if (type == "get_inconsistent_metadata") {
    Value out = Value::Object();
    out.Set("is_consistent", graph_.inconsistent.empty());
    out.Set("inconsistent_objects", InconsistentJson());
    return out;
  }
  if (type == "drop_inconsistent_metadata") return DropInconsistent();
  if (metadata::IsDocumentCommand(type)) return Edit(type, call, path);
  return ParseFailed(StrCat("unknown type \"", *given, "\""), path.call);
}

IssueOr<Value> MetadataTransaction::Bulk(const Value& args, const CallPath& path, bool keep_going) {
  if (!args.is_array()) {
    return ParseFailed(
        StrCat("parsing [] failed, expected Array, but encountered ", json::KindName(args.kind())),
        path.args());
  }
  Value out = Value::Array();
  for (size_t i = 0; i < args.items().size(); ++i) {
    const CallPath at{StrCat(path.args(), "[", i, "]")};
    const Value before = document_;
    IssueOr<Value> answer = Call(args.items()[i], at);
    if (!answer.ok()) {
      if (!keep_going) return std::move(answer).issue();
      document_ = before;
      Rebuild();
      Value error = Value::Object();
      error.Set("path", answer.issue().path);
      error.Set("error", answer.issue().message);
      error.Set("code", answer.issue().code);
      out.Append(std::move(error));
      continue;
    }
    out.Append(std::move(answer).value());
  }
  return out;
}

IssueOr<Value> MetadataTransaction::Edit(const std::string& type, const Value& call,
                                         const CallPath& path) {
  metadata::Call edit;
  edit.type = type;
  if (const Value* args = call.Find("args")) edit.args = *args;
  edit.version = static_cast<int>(
      call.Find("version") != nullptr ? call.Find("version")->int64().value_or(1) : 1);
  edit.endpoint = endpoint_;
  edit.path = path.args();
  ASSIGN_OR_RETURN_ISSUE(Value answer, metadata::ApplyCommand(document_, edit));
  RETURN_IF_ISSUE(Check(type, edit.args, path));
  return answer;
}

IssueOr<Value> MetadataTransaction::RunSql(const Value& args, const CallPath& path) {
  const auto sql = args.FindString("sql");
  if (!sql) return MissingKey("sql", path.args());
  const std::string source(args.FindString("source").value_or("default"));
  const auto sources = SourcesOf(document_, plan::SourceKind::kPostgres);
  const auto config = std::ranges::find_if(
      sources, [&](const plan::SourceConfig& s) { return s.name.name == source; });
  if (config == sources.end()) {
    return Fault("not-exists", StrCat("source with name \"", source, "\" does not exist"),
                 path.args());
  }
  if (services_.connectors.postgres == nullptr) {
    return UnexpectedIssue("there is no connector for Postgres", path.args());
  }
  const bool read_only = args.FindBool("read_only", false);
  const bool checked =
      args.FindBool("check_metadata_consistency", !read_only && MayChangeCatalog(*sql));
  plan::SourceConfig full = *config;
  for (const Value& entry : document_.Find("sources")->items()) {
    if (entry.FindString("name") == source) full.definition = entry;
  }
  Value command = Value::Object();
  command.Set("type", "run_sql");
  command.Set("sql", *sql);
  command.Set("read_only", read_only);
  command.Set("check", checked);
  const Value before = document_;
  ASSIGN_OR_RETURN_ISSUE(Value answer, Administer(full, command, path));
  if (!checked) return answer;
  MaybeIssue fault = Adopt(source, answer, args.FindBool("cascade", false), path);
  // Stored first: whoever comes second must not have changed the database.
  if (fault.ok()) fault = services_.writer.Put(document_, {});
  Value end = Value::Object();
  end.Set("type", fault.ok() ? "commit" : "rollback");
  end.Set("token", answer.FindString("token").value_or(""));
  const IssueOr<Value> ended = Administer(full, end, path);
  services_.introspector.ForgetSource(source);
  if (!fault.ok()) return fault.issue();
  if (!ended.ok()) {
    services_.writer.Put(before, {});  // The database is as it was.
    return ended.issue();
  }
  Rebuild();
  answer.Remove("token");
  answer.Remove("catalog");
  return answer;
}

IssueOr<Value> MetadataTransaction::Administer(const plan::SourceConfig& source,
                                               const Value& command, const CallPath& path) {
  const auto result = services_.connectors.postgres->Administer(
      CallContext::WithTimeout(kSqlPatience), source, command);
  if (!result.ok()) {
    return Fault("postgres-error", StrCat("connection error: ", MessageOf(result.status())),
                 path.args());
  }
  if (const Value* error = result->Find("error")) {
    Issue issue = Fault("postgres-error", "query execution failed", path.args());
    issue.internal = json::ToString(*error);
    return issue;
  }
  return *result;
}

// What the metadata becomes by the database that the open transaction would leave.
MaybeIssue MetadataTransaction::Adopt(const std::string& source, const Value& answer, bool cascade,
                                      const CallPath& path) {
  const std::shared_ptr<const Graph> known = graph_.graph;
  const auto state = known->world->sources.find(source);
  if (state == known->world->sources.end() || state->second.catalog == nullptr) return {};
  const plan::DatabaseCatalog& before = *state->second.catalog;
  std::string bytes;
  if (!absl::Base64Unescape(std::string(answer.FindString("catalog").value_or("")), &bytes)) {
    return UnexpectedIssue("the connector's catalog is not base64", path.args());
  }
  auto decoded = plan::Decode<plan::DatabaseCatalog>(bytes);
  if (!decoded.ok()) return UnexpectedIssue(std::string(MessageOf(decoded.status())), path.args());
  CatalogChange change = Compare(before, *decoded);
  KeepEnumTables(before, change, *decoded);
  const auto after = std::make_shared<const plan::DatabaseCatalog>(*std::move(decoded));
  if (auto message = FunctionFault(*known, source, *after)) {
    return Fault("not-supported", *std::move(message), path.args());
  }
  std::set<std::string> accepted;
  for (const InconsistentObject& object : graph_.inconsistent) accepted.insert(IdentityOf(object));

  services_.introspector.Pin(source, after);
  metadata::ApplyRenames(document_, source, change.renames, TargetsOf(*known, source));
  for (const auto& [table, columns] : change.dropped_columns) {
    metadata::ForgetColumns(document_, source, table, columns);
  }
  std::vector<LostComputedField> lost = LostComputedFields(*known, source, change);
  if (cascade) {
    for (const LostComputedField& field : lost) {
      RemoveObject(document_, "computed_field", field.definition, field.name);
    }
    lost.clear();
  }
  metadata::ForgetTables(document_, source, change.dropped_tables);
  metadata::ForgetFunctions(document_, source, change.dropped_functions);
  Rebuild();
  std::set<std::string> dependents;
  for (const LostComputedField& field : lost) dependents.insert(field.dependent);
  Value list = Value::Array();
  for (const InconsistentObject& object : graph_.inconsistent) {
    if (accepted.contains(IdentityOf(object)) || !object.entity.is_null()) continue;
    list.Append(object.ToJson());
    if (!object.type.empty()) dependents.insert(DependentName(object.type, object.name));
  }
  if (dependents.empty() && list.items().empty()) return {};
  if (cascade) {
    DropInconsistentBut(accepted);
    return {};
  }
  if (change.drops && !dependents.empty()) {
    return Fault(
        "dependency-error",
        StrCat("cannot drop due to the following dependent objects : ", Join(dependents, ", ")),
        path.args());
  }
  Issue issue =
      Fault("unexpected", "cannot continue due to newly found inconsistent metadata", path.args());
  issue.http_status = 500;
  issue.internal = json::ToString(list);
  return issue;
}

IssueOr<Value> MetadataTransaction::Replace(const Value& args, int version, const CallPath& path) {
  const Value* wrapped = args.Find("metadata");
  const bool v2 = version == 2 || wrapped != nullptr;
  const Value& given = wrapped != nullptr ? *wrapped : args;
  ASSIGN_OR_RETURN_ISSUE(Value document, metadata::NormalizeDocument(given, document_));
  metadata::ReadResult read = metadata::Read(document, graph_.graph->world->metadata.get());
  if (!read.issues.empty()) {
    Issue issue = read.issues.front();
    issue.path = StrCat(path.args(), issue.path.substr(1));
    return issue;
  }
  metadata::ShareTables(read.metadata, document);
  document_ = std::move(document);
  Rebuild();
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
      for (const auto& [name, value] : source.members()) {
        if (name != "tables" && name != "functions") empty.Set(name, value);
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
  const auto part = args.FindString("type");
  if (!part) return MissingKey("type", path.args());
  if (*part != "cli" && *part != "console") {
    return ParseFailed("expected \"cli\" or \"console\"", StrCat(path.args(), ".type"));
  }
  const Value* state = args.Find("state");
  if (state == nullptr) return MissingKey("state", path.args());
  const Status saved = services_.store.SaveCatalogState(std::string(*part), *state);
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
  const auto name = args.FindString("name");
  if (!name) return MissingKey("name", path.args());
  if (graph_.graph->world->remote_schemas.find(*name) ==
      graph_.graph->world->remote_schemas.end()) {
    return Fault("not-exists", StrCat("remote schema with name \"", *name, "\" does not exist"),
                 path.args());
  }
  services_.introspector.ForgetRemoteSchema(*name);
  RETURN_IF_ISSUE(Check("reload_remote_schema", Value::Null(), path));
  return Success();
}

IssueOr<Value> MetadataTransaction::IntrospectRemoteSchema(const Value& args,
                                                           const CallPath& path) {
  const auto name = args.FindString("name");
  if (!name) return MissingKey("name", path.args());
  const auto known = graph_.graph->world->remote_schemas.find(*name);
  if (known == graph_.graph->world->remote_schemas.end()) {
    return Fault("not-exists", StrCat("remote schema: \"", *name, "\" not found"), path.args());
  }
  if (known->second.introspection == nullptr) {
    return Fault("remote-schema-error", known->second.error, path.args());
  }
  return *known->second.introspection;
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
      if (!object.type.empty()) {
        dropped = RemoveObject(document_, object.type, object.definition, object.name) || dropped;
      }
      for (const InconsistentObject::Member& member : object.conflicting) {
        dropped = RemoveObject(document_, member.type, member.definition, member.name) || dropped;
      }
    }
    if (!dropped) break;
    Rebuild();
  }
}

}  // namespace joinery::planner
