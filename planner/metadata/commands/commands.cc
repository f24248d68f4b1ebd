#include "planner/metadata/commands/commands.h"

#include <set>

#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

const Registry& Commands() {
  static const Registry registry = [] {
    Registry out;
    AddSourceCommands(out);
    AddTableCommands(out);
    AddFunctionCommands(out);
    AddComputedFieldCommands(out);
    AddEventTriggerCommands(out);
    AddRelationshipCommands(out);
    AddRemoteRelationshipCommands(out);
    AddPermissionCommands(out);
    AddRemoteSchemaCommands(out);
    AddActionCommands(out);
    AddCollectionCommands(out);
    AddAllowListCommands(out);
    AddEndpointCommands(out);
    AddOptionCommands(out);
    return out;
  }();
  return registry;
}

}  // namespace

std::string CanonicalType(std::string_view type) {
  if (type == "add_existing_table_or_view") return "pg_track_table";
  if (type == "track_tables" || type == "untrack_tables") return StrCat("pg_", type);
  if (Commands().contains(type)) return std::string(type);
  for (const std::string_view prefix : {"postgres_", "citus_", "cockroach_"}) {
    if (type.starts_with(prefix)) return CanonicalType(StrCat("pg_", type.substr(prefix.size())));
  }
  std::string prefixed = StrCat("pg_", type);
  return Commands().contains(prefixed) ? prefixed : std::string(type);
}

std::string ShapePath(std::string_view endpoint, std::string_view path) {
  std::string out;
  constexpr std::string_view kStep = ".args";
  while (!path.empty()) {
    if (endpoint == "/v1/query" && path.starts_with(kStep)) {
      path.remove_prefix(kStep.size());
      continue;
    }
    out.push_back(path.front());
    path.remove_prefix(1);
  }
  return out;
}

std::string UnsupportedReason(std::string_view type) {
  const std::string_view name = type.starts_with("pg_") ? type.substr(3) : type;
  for (const std::string_view one :
       {"redeliver_event", "invoke_event_trigger", "get_event_logs", "get_event_invocation_logs",
        "get_event_by_id", "cleanup_event_trigger_logs", "resume_event_trigger_cleanups",
        "pause_event_trigger_cleanups"}) {
    if (name == one) {
      return "events are not delivered; event triggers are only kept in the metadata";
    }
  }
  for (const std::string_view one :
       {"create_cron_trigger", "delete_cron_trigger", "get_cron_triggers", "create_scheduled_event",
        "delete_scheduled_event", "get_scheduled_events", "get_scheduled_event_invocations"}) {
    if (name == one) {
      return "scheduled events are not delivered; cron triggers are kept where replace_metadata "
             "brings them";
    }
  }
  if (name == "test_webhook_transform") return "request and response transforms are not applied";
  for (const std::string_view one :
       {"track_native_query", "untrack_native_query", "track_logical_model",
        "untrack_logical_model", "create_logical_model_select_permission",
        "drop_logical_model_select_permission", "set_opentelemetry_config",
        "set_opentelemetry_status", "add_host_to_tls_allowlist", "drop_host_from_tls_allowlist",
        "set_metrics_config", "set_query_tags"}) {
    if (name == one)
      return "kept in the metadata where replace_metadata brings it, and not acted on";
  }
  return {};
}

bool IsDocumentCommand(std::string_view canonical_type) {
  return Commands().contains(canonical_type);
}

IssueOr<Value> ApplyCommand(Value& document, const Call& call) {
  const auto found = Commands().find(call.type);
  if (found == Commands().end()) {
    return ParseFailed(StrCat("unknown type \"", call.type, "\""), call.path);
  }
  Editing editing(document, call);
  return found->second(editing);
}

namespace {

// The oldest documents list functions by their names alone.
void WrapFunctions(Value& document) {
  for (Value& source : document.Find("sources")->items()) {
    Value* functions = source.Find("functions");
    if (functions == nullptr) continue;
    for (Value& function : functions->items()) {
      if (std::as_const(function).Find("function") != nullptr) continue;
      Value wrapped = Value::Object();
      wrapped.Set("function", function);
      function = std::move(wrapped);
    }
  }
}

}  // namespace

IssueOr<Value> NormalizeDocument(const Value& args, const Value& current_document) {
  if (!args.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(args.kind())),
                       "$");
  }
  Value out = args;
  const Value* version = args.Find("version");
  if (args.Find("sources") != nullptr || (version != nullptr && version->int64() == 3)) {
    out.Set("version", 3);
    if (out.Find("sources") == nullptr) out.Set("sources", Value::Array());
    WrapFunctions(out);
    return out;
  }
  // Versions 1 and 2 know one database: what they say of tables belongs to the source `default`.
  Value source = Value::Object();
  source.Set("name", "default");
  source.Set("kind", "postgres");
  bool found = false;
  if (const Value* sources = current_document.Find("sources")) {
    for (const Value& known : sources->items()) {
      if (known.FindString("name") != "default") continue;
      found = true;
      if (const Value* configuration = known.Find("configuration")) {
        source.Set("configuration", *configuration);
      }
    }
  }
  if (!found) {
    return Issue{
        .code = "not-supported",
        .message = "cannot import metadata without sources since no default source is defined",
        .path = "$.args"};
  }
  for (const std::string_view member : {"tables", "functions"}) {
    const Value* list = args.Find(member);
    source.Set(member, list != nullptr ? *list : Value::Array());
    out.Remove(member);
  }
  out.Set("version", 3);
  out.Set("sources", Value::Array({std::move(source)}));
  WrapFunctions(out);
  if (const Value* endpoints = current_document.Find("rest_endpoints");
      endpoints != nullptr && args.Find("rest_endpoints") == nullptr) {
    out.Set("rest_endpoints", *endpoints);
  }
  return out;
}

}  // namespace joinery::metadata
