#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/codec.h"
#include "planner/engine/catalog_change.h"
#include "planner/engine/metadata_calls.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/rename.h"

// SQL, and what it does to the metadata.
namespace joinery::planner {
namespace {

using json::Value;

constexpr std::chrono::seconds kSqlPatience{60};

Issue Fault(std::string code, std::string message, std::string path) {
  return {.code = std::move(code), .message = std::move(message), .path = std::move(path)};
}

MaybeIssue At(MaybeIssue fault, const std::string& path) {
  if (fault.ok()) return {};
  Issue issue = std::move(fault).issue();
  issue.path = path;
  return issue;
}

// The source with the whole of its definition: its tables say which are enums.
IssueOr<plan::SourceConfig> SourceFor(const Value& document, const std::string& name,
                                      const std::string& path) {
  if (const Value* sources = document.Find("sources")) {
    for (const Value& entry : sources->items()) {
      if (entry.FindString("name") == name) {
        return plan::SourceConfig{{plan::SourceKind::kPostgres, name}, entry};
      }
    }
  }
  return Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"), path);
}

}  // namespace

IssueOr<Value> MetadataTransaction::RunSql(const Value& args, const CallPath& path) {
  ASSIGN_OR_RETURN_ISSUE(const std::string sql, TextArg(args, "sql", path));
  const bool read_only = args.FindBool("read_only", false);
  const bool checked =
      args.FindBool("check_metadata_consistency", !read_only && MayChangeCatalog(sql));
  if (!checked) return RunPlainSql(args, path);
  const std::string source(args.FindString("source").value_or("default"));
  ASSIGN_OR_RETURN_ISSUE(const plan::SourceConfig full, SourceFor(document_, source, path.args()));
  Value command = Value::Object();
  command.Set("type", "run_sql");
  command.Set("sql", sql);
  command.Set("read_only", read_only);
  command.Set("check", true);
  const Value before = document_;
  ASSIGN_OR_RETURN_ISSUE(Value answer, Administer(full, command, path));
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

IssueOr<Value> MetadataTransaction::RunPlainSql(const Value& args, const CallPath& path) const {
  ASSIGN_OR_RETURN_ISSUE(const std::string sql, TextArg(args, "sql", path));
  const std::string source(args.FindString("source").value_or("default"));
  ASSIGN_OR_RETURN_ISSUE(const plan::SourceConfig config,
                         SourceFor(document_, source, path.args()));
  Value command = Value::Object();
  command.Set("type", "run_sql");
  command.Set("sql", sql);
  command.Set("read_only", args.FindBool("read_only", false));
  command.Set("check", false);
  return Administer(config, command, path);
}

IssueOr<Value> MetadataTransaction::Administer(const plan::SourceConfig& source,
                                               const Value& command, const CallPath& path) const {
  if (services_.connectors.postgres == nullptr) {
    return UnexpectedIssue("there is no connector for Postgres", path.args());
  }
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
  if (plan::Encode(*decoded) == plan::Encode(before)) return {};
  const auto after = std::make_shared<const plan::DatabaseCatalog>(*std::move(decoded));
  if (auto message = FunctionFault(*known, source, *after)) {
    return Fault("not-supported", *std::move(message), path.args());
  }
  RETURN_IF_ISSUE(At(RenameFault(*known, source, change), path.args()));
  RETURN_IF_ISSUE(At(RetypeFault(*known, source, change), path.args()));
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
  for (const std::string& text : graph_.graph->duplicate_root_fields) {
    const auto& old = known->duplicate_root_fields;
    if (std::ranges::find(old, text) == old.end()) return UnexpectedIssue(text, path.args());
  }
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

}  // namespace joinery::planner
