#include "planner/engine/introspector.h"

#include <utility>

#include "base/strings.h"
#include "graphql/interface_check.h"
#include "graphql/introspection_reader.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::planner {
namespace {

constexpr std::chrono::seconds kPatience{30};

const json::Value* FindNamed(const json::Value& document, std::string_view list,
                             std::string_view name) {
  const json::Value* items = document.Find(list);
  if (items == nullptr) return nullptr;
  for (const json::Value& item : items->items()) {
    if (item.FindString("name") == name) return &item;
  }
  return nullptr;
}

// What of a source's definition its catalog depends on: where it is, and which tables are enums.
std::string SourceKey(const json::Value& definition) {
  std::string key;
  if (const json::Value* configuration = definition.Find("configuration")) {
    json::Write(*configuration, key);
  }
  if (const json::Value* tables = definition.Find("tables")) {
    for (const json::Value& table : tables->items()) {
      if (!table.FindBool("is_enum", false)) continue;
      if (const json::Value* name = table.Find("table")) json::Write(*name, key);
    }
  }
  return key;
}

}  // namespace

std::vector<plan::SourceConfig> SourcesOf(const json::Value& document, plan::SourceKind kind) {
  const std::string_view list = kind == plan::SourceKind::kPostgres       ? "sources"
                                : kind == plan::SourceKind::kRemoteSchema ? "remote_schemas"
                                                                          : "actions";
  std::vector<plan::SourceConfig> out;
  const json::Value* items = document.Find(list);
  if (items == nullptr) return out;
  for (const json::Value& item : items->items()) {
    const auto name = item.FindString("name");
    if (!name) continue;
    plan::SourceConfig config{.name = {kind, std::string(*name)}};
    if (kind == plan::SourceKind::kPostgres) {
      config.definition.Set("name", *name);
      if (const json::Value* configuration = item.Find("configuration")) {
        config.definition.Set("configuration", *configuration);
      }
    } else if (const json::Value* definition = item.Find("definition")) {
      config.definition = *definition;
    }
    out.push_back(std::move(config));
  }
  return out;
}

SourceState Introspector::ReadSource(const std::string& name, const json::Value& definition) {
  SourceState out;
  if (connectors_.postgres == nullptr) {
    out.error = "there is no connector for Postgres";
    return out;
  }
  const auto result = connectors_.postgres->Introspect(
      CallContext::WithTimeout(kPatience), {{plan::SourceKind::kPostgres, name}, definition});
  if (!result.ok()) {
    // The definition is at fault, or what it leads to.
    const bool definition_at_fault = absl::IsInvalidArgument(result.status());
    out.error = definition_at_fault ? std::string(MessageOf(result.status())) : "connection error";
    if (!definition_at_fault) out.detail = MessageOf(result.status());
    return out;
  }
  auto catalog = plan::Decode<plan::DatabaseCatalog>(result->catalog);
  if (!catalog.ok()) {
    out.error = MessageOf(catalog.status());
    return out;
  }
  out.catalog = std::make_shared<const plan::DatabaseCatalog>(*std::move(catalog));
  return out;
}

RemoteSchemaState Introspector::ReadRemoteSchema(const std::string& name,
                                                 const json::Value& definition) {
  RemoteSchemaState out;
  if (connectors_.remote_schema == nullptr) {
    out.error = "there is no connector for remote schemas";
    return out;
  }
  const auto result = connectors_.remote_schema->Introspect(
      CallContext::WithTimeout(kPatience), {{plan::SourceKind::kRemoteSchema, name}, definition});
  if (!result.ok()) {
    out.error = MessageOf(result.status());
    return out;
  }
  auto parsed = json::Parse(result->catalog, 2000);
  if (!parsed.ok()) {
    out.error = MessageOf(parsed.status());
    return out;
  }
  out.introspection = std::make_shared<const json::Value>(*std::move(parsed));
  graphql::SchemaResult schema = graphql::ReadIntrospection(*out.introspection);
  std::vector<graphql::SchemaError> errors = std::move(schema.errors);
  if (schema.schema != nullptr && errors.empty()) errors = graphql::CheckInterfaces(*schema.schema);
  if (!errors.empty()) {
    out.error = errors.front().message;
    return out;
  }
  out.schema = std::move(schema.schema);
  return out;
}

World Introspector::Observe(std::shared_ptr<const metadata::Metadata> metadata,
                            const json::Value& document) {
  World world;
  for (const metadata::Source& source : metadata->sources) {
    const json::Value* definition = FindNamed(document, "sources", source.name);
    if (definition == nullptr) continue;
    std::string key = SourceKey(*definition);
    auto& known = sources_[source.name];
    if (!known.pinned && known.key != key) {
      known.state = ReadSource(source.name, *definition);
      known.key = std::move(key);
    }
    world.sources.emplace(source.name, known.state);
  }
  for (const metadata::RemoteSchema& remote : metadata->remote_schemas) {
    std::string key = StrCat("d", json::ToString(remote.definition));
    auto& known = remote_schemas_[remote.name];
    if (known.key != key) {
      known.state = ReadRemoteSchema(remote.name, remote.definition);
      known.key = std::move(key);
    }
    world.remote_schemas.emplace(remote.name, known.state);
  }
  for (const metadata::Action& action : metadata->actions) {
    if (connectors_.action == nullptr) continue;
    const auto result = connectors_.action->Introspect(
        CallContext::WithTimeout(kPatience),
        {{plan::SourceKind::kAction, action.name}, action.definition});
    if (!result.ok()) world.action_errors.emplace(action.name, MessageOf(result.status()));
  }
  world.metadata = std::move(metadata);
  return world;
}

void Introspector::Pin(const std::string& source,
                       std::shared_ptr<const plan::DatabaseCatalog> catalog) {
  auto& known = sources_[source];
  known.state = {.catalog = std::move(catalog), .error = {}};
  known.pinned = true;
}

void Introspector::ForgetSource(std::string_view name) {
  if (const auto it = sources_.find(name); it != sources_.end()) sources_.erase(it);
}

void Introspector::ForgetRemoteSchema(std::string_view name) {
  if (const auto it = remote_schemas_.find(name); it != remote_schemas_.end()) {
    remote_schemas_.erase(it);
  }
}

void Introspector::ForgetSources() { sources_.clear(); }
void Introspector::ForgetRemoteSchemas() { remote_schemas_.clear(); }

void Introspector::ForgetFailures() {
  std::erase_if(sources_, [](const auto& entry) { return entry.second.state.catalog == nullptr; });
  std::erase_if(remote_schemas_,
                [](const auto& entry) { return entry.second.state.schema == nullptr; });
}

}  // namespace joinery::planner
