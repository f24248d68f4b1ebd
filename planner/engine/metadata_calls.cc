#include "planner/engine/metadata_calls.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/commands/commands.h"
#include "planner/metadata/export.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/rename.h"

namespace joinery::planner {
namespace {

using json::Value;

constexpr std::chrono::seconds kSqlPatience{60};

Value Success() {
  Value out = Value::Object();
  out.Set("message", "success");
  return out;
}

Issue Fault(std::string code, std::string message, std::string path) {
  return {.code = std::move(code), .message = std::move(message), .path = std::move(path)};
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether SQL may change what tables and functions there are: a word of it says so. One that stands in a
// string or a comment costs an introspection and no more.
bool MayChangeCatalog(std::string_view sql) {
  static const std::set<std::string, std::less<>> words = {"alter",   "drop",   "create",  "replace",
                                                           "comment", "rename", "truncate"};
  for (size_t i = 0; i < sql.size();) {
    const size_t start = i;
    while (i < sql.size() && IsWordByte(sql[i])) ++i;
    if (i > start && words.contains(ToLower(sql.substr(start, i - start)))) return true;
    if (i == start) ++i;
  }
  return false;
}

// The kind of object that a call is about: when that itself is at fault, the call is refused for it.
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

// The code of a remote schema that cannot be used: what its upstream did is not invalid configuration.
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

metadata::TableRename RenameBetween(const plan::CatalogTable& before, const plan::CatalogTable& after) {
  metadata::TableRename out{.from = before.name, .to = after.name, .columns = {}};
  std::map<int32_t, const std::string*> names;
  for (const plan::CatalogColumn& column : after.columns) names.emplace(column.position, &column.name);
  for (const plan::CatalogColumn& column : before.columns) {
    const auto it = names.find(column.position);
    if (it != names.end() && *it->second != column.name) out.columns.emplace(column.name, *it->second);
  }
  return out;
}

metadata::RelationshipTargets TargetsOf(const Graph& graph, std::string_view source) {
  metadata::RelationshipTargets out;
  for (const auto& candidate : graph.sources) {
    if (candidate->metadata->name != source) continue;
    for (const auto& table : candidate->tables) {
      for (const auto& relationship : table->relationships) {
        if (relationship->target != nullptr) {
          out.emplace(std::pair{table->name, relationship->name}, relationship->target->name);
        }
      }
    }
  }
  return out;
}

Issue MissingKey(std::string_view key, const std::string& path) {
  return ParseFailed(StrCat("key \"", key, "\" not found"), path);
}

}  // namespace

MetadataTransaction::MetadataTransaction(Services services,
                                         std::shared_ptr<const Snapshot> current,
                                         std::string endpoint)
    : services_(std::move(services)),
      endpoint_(std::move(endpoint)),
      document_(current->document),
      graph_{current->graph, current->inconsistent} {}

void MetadataTransaction::Rebuild() {
  metadata::ReadResult read = metadata::Read(document_);
  auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
  auto world = std::make_shared<const World>(services_.introspector.Observe(model, document_));
  graph_ = BuildGraph(std::move(world), services_.options);
  changed_ = true;
}

Value MetadataTransaction::InconsistentJson() const {
  Value list = Value::Array();
  for (const InconsistentObject& object : graph_.inconsistent) list.Append(object.ToJson());
  return list;
}

MaybeIssue MetadataTransaction::Check(const std::string& type, const CallPath& path) {
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
  if (!own_reasons.empty()) {
    std::string message = Join(own_reasons, ", ");
    if (own_code == "remote-schema-error" || own_code == "validation-failed") {
      message = WithoutPrefix(message);
    }
    Issue issue = Fault(own_code, std::move(message), path.args());
    issue.internal = json::ToString(list);
    return issue;
  }
  Issue issue = Fault("unexpected", "cannot continue due to new inconsistent metadata", path.args());
  issue.internal = json::ToString(list);
  return issue;
}

IssueOr<Value> MetadataTransaction::Run(const Value& body) {
  if (!body.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(body.kind())),
                       "$");
  }
  if (const Value* wanted = body.Find("resource_version"); wanted != nullptr && wanted->is_number()) {
    if (wanted->int64() != static_cast<int64_t>(services_.resource_version)) {
      Issue conflict = Fault("conflict",
                             StrCat("metadata resource version referenced (", wanted->number_text(),
                                    ") did not match current version"),
                             "$");
      conflict.http_status = 409;
      return conflict;
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
    return ParseFailed(StrCat("parsing [] failed, expected Array, but encountered ",
                              json::KindName(args.kind())),
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
  edit.version = static_cast<int>(call.Find("version") != nullptr ? call.Find("version")->int64().value_or(1) : 1);
  edit.endpoint = endpoint_;
  edit.path = path.args();
  ASSIGN_OR_RETURN_ISSUE(Value answer, metadata::ApplyCommand(document_, edit));
  RETURN_IF_ISSUE(Check(type, path));
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
    return Fault("not-exists", StrCat("source with name \"", source, "\" does not exist"), path.args());
  }
  if (services_.connectors.postgres == nullptr) {
    return UnexpectedIssue("there is no connector for Postgres", path.args());
  }
  Value command = Value::Object();
  command.Set("type", "run_sql");
  command.Set("sql", *sql);
  command.Set("read_only", args.FindBool("read_only", false));
  const auto result = services_.connectors.postgres->Administer(
      CallContext::WithTimeout(kSqlPatience), *config, command);
  if (!result.ok()) {
    return Fault("postgres-error", StrCat("connection error: ", MessageOf(result.status())), path.args());
  }
  if (const Value* error = result->Find("error")) {
    Issue issue = Fault("postgres-error", "query execution failed", path.args());
    issue.internal = json::ToString(*error);
    return issue;
  }
  if (!args.FindBool("read_only", false) && MayChangeCatalog(*sql)) {
    const auto before = graph_.graph->world->sources.find(source);
    const auto catalog = before == graph_.graph->world->sources.end() ? nullptr : before->second.catalog;
    services_.introspector.ForgetSource(source);
    const std::shared_ptr<const Graph> known = graph_.graph;
    Rebuild();
    if (catalog != nullptr) {
      FollowRenames(source, *catalog, *known);
      DropVanishedTables(source, *catalog);
    }
    if (args.FindBool("cascade", false)) RETURN_IF_ISSUE(DropInconsistent());
  }
  return *result;
}

// Tables and columns are the same ones by their numbers in the database, whatever their names.
void MetadataTransaction::FollowRenames(const std::string& source, const plan::DatabaseCatalog& before,
                                        const Graph& known) {
  const auto now = graph_.graph->world->sources.find(source);
  if (now == graph_.graph->world->sources.end() || now->second.catalog == nullptr) return;
  std::map<uint32_t, const plan::CatalogTable*> after;
  for (const plan::CatalogTable& table : now->second.catalog->tables) after.emplace(table.oid, &table);
  std::vector<metadata::TableRename> renames;
  for (const plan::CatalogTable& table : before.tables) {
    const auto found = after.find(table.oid);
    if (found == after.end()) continue;
    metadata::TableRename rename = RenameBetween(table, *found->second);
    if (rename.from != rename.to || !rename.columns.empty()) renames.push_back(std::move(rename));
  }
  if (renames.empty()) return;
  metadata::ApplyRenames(document_, source, renames, TargetsOf(known, source));
  Rebuild();
}

// A tracked table that SQL dropped leaves the document with all that is its own.
void MetadataTransaction::DropVanishedTables(const std::string& source,
                                             const plan::DatabaseCatalog& before) {
  const auto now = graph_.graph->world->sources.find(source);
  if (now == graph_.graph->world->sources.end() || now->second.catalog == nullptr) return;
  const auto has = [](const plan::DatabaseCatalog& catalog, const plan::TableName& table) {
    return std::ranges::any_of(catalog.tables, [&](const auto& t) { return t.name == table; });
  };
  bool dropped = false;
  Value* sources = document_.Find("sources");
  for (Value& entry : sources->items()) {
    if (entry.FindString("name") != source) continue;
    Value* tables = entry.Find("tables");
    if (tables == nullptr) continue;
    const size_t removed = std::erase_if(tables->items(), [&](const Value& table) {
      std::vector<Issue> issues;
      const Value* name = table.Find("table");
      if (name == nullptr) return false;
      const plan::TableName parsed = metadata::ReadTableName(*name, "$", issues);
      return has(before, parsed) && !has(*now->second.catalog, parsed);
    });
    dropped = dropped || removed > 0;
  }
  if (dropped) Rebuild();
}

IssueOr<Value> MetadataTransaction::Replace(const Value& args, int version, const CallPath& path) {
  const Value* wrapped = args.Find("metadata");
  const bool v2 = version == 2 || wrapped != nullptr;
  const Value& given = wrapped != nullptr ? *wrapped : args;
  ASSIGN_OR_RETURN_ISSUE(Value document, metadata::NormalizeDocument(given, document_));
  metadata::ReadResult read = metadata::Read(document);
  if (!read.issues.empty()) {
    Issue issue = read.issues.front();
    issue.path = StrCat(path.args(), issue.path.substr(1));
    return issue;
  }
  document_ = std::move(document);
  Rebuild();
  const bool consistent = graph_.inconsistent.empty() && graph_.graph->duplicate_root_fields.empty();
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
  wanted("reload_sources", true, [&] { introspector.ForgetSources(); },
         [&](const std::string& name) { introspector.ForgetSource(name); });
  wanted("reload_remote_schemas", true, [&] { introspector.ForgetRemoteSchemas(); },
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
  if (graph_.graph->world->remote_schemas.find(*name) == graph_.graph->world->remote_schemas.end()) {
    return Fault("not-exists", StrCat("remote schema with name \"", *name, "\" does not exist"),
                 path.args());
  }
  services_.introspector.ForgetRemoteSchema(*name);
  RETURN_IF_ISSUE(Check("reload_remote_schema", path));
  return Success();
}

IssueOr<Value> MetadataTransaction::IntrospectRemoteSchema(const Value& args, const CallPath& path) {
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
  // Dependents may show only once what they stand on has gone.
  for (int round = 0; round < 20; ++round) {
    bool dropped = false;
    for (const InconsistentObject& object : graph_.inconsistent) {
      if (!object.entity.is_null()) continue;
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
  return Success();
}

}  // namespace joinery::planner
