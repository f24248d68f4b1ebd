#include "planner/engine/introspector.h"

#include <utility>

#include "base/strings.h"
#include "graphql/interface_check.h"
#include "graphql/introspection_reader.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::planner {
namespace {

constexpr std::hash<std::string_view> kHash;

uint64_t Mix(uint64_t seed, uint64_t value) {
  return (seed ^ value) * uint64_t{0x9e3779b97f4a7c15} + (seed >> 29);
}

// What of a remote schema's definition its schema depends on: all of it.
std::string RemoteSchemaKey(const json::Value& definition) {
  return StrCat("d", json::ToString(definition));
}

bool Readable(const SourceState& state) { return state.catalog != nullptr; }
bool Readable(const RemoteSchemaState& state) { return state.schema != nullptr; }

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

SourceState Introspector::ReadSource(const CallContext& context, const std::string& name,
                                     const json::Value& definition) const {
  SourceState out;
  if (connectors_.postgres == nullptr) {
    out.error = "there is no connector for Postgres";
    return out;
  }
  const auto result =
      connectors_.postgres->Introspect(context, {{plan::SourceKind::kPostgres, name}, definition});
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
  out.digest = kHash(result->catalog);
  return out;
}

RemoteSchemaState Introspector::ReadRemoteSchema(const CallContext& context,
                                                 const std::string& name,
                                                 const json::Value& definition) const {
  RemoteSchemaState out;
  if (connectors_.remote_schema == nullptr) {
    out.error = "there is no connector for remote schemas";
    return out;
  }
  const auto result = connectors_.remote_schema->Introspect(
      context, {{plan::SourceKind::kRemoteSchema, name}, definition});
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
  out.digest = kHash(result->catalog);
  return out;
}

World Introspector::Observe(const CallContext& context,
                            std::shared_ptr<const metadata::Metadata> metadata,
                            const json::Value& document) {
  World world;
  for (const metadata::Source& source : metadata->sources) {
    const json::Value* definition = FindNamed(document, "sources", source.name);
    if (definition == nullptr) continue;
    std::string key = SourceKey(*definition);
    auto& known = sources_[source.name];
    if (!known.pinned && known.key != key) {
      known = {.key = std::move(key), .state = ReadSource(context, source.name, *definition)};
    }
    world.sources.emplace(source.name, known.state);
  }
  for (const metadata::RemoteSchema& remote : metadata->remote_schemas) {
    std::string key = RemoteSchemaKey(remote.definition);
    auto& known = remote_schemas_[remote.name];
    if (known.key != key) {
      known = {.key = std::move(key),
               .state = ReadRemoteSchema(context, remote.name, remote.definition)};
    }
    world.remote_schemas.emplace(remote.name, known.state);
  }
  for (const metadata::Action& action : metadata->actions) {
    if (connectors_.action == nullptr) continue;
    const auto result = connectors_.action->Introspect(
        context, {{plan::SourceKind::kAction, action.name}, action.definition});
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
  forgotten_.sources.emplace(name);
}

void Introspector::ForgetRemoteSchema(std::string_view name) {
  if (const auto it = remote_schemas_.find(name); it != remote_schemas_.end()) {
    remote_schemas_.erase(it);
  }
  forgotten_.remote_schemas.emplace(name);
}

void Introspector::ForgetSources() {
  for (const auto& [name, known] : sources_) forgotten_.sources.insert(name);
  sources_.clear();
}

void Introspector::ForgetRemoteSchemas() {
  for (const auto& [name, known] : remote_schemas_) forgotten_.remote_schemas.insert(name);
  remote_schemas_.clear();
}

void Introspector::ForgetFailures() {
  std::erase_if(sources_, [](const auto& entry) { return entry.second.state.catalog == nullptr; });
  std::erase_if(remote_schemas_,
                [](const auto& entry) { return entry.second.state.schema == nullptr; });
}

void Introspector::Outdate(const metadata::Invalidations& invalidations) {
  for (auto& [name, known] : sources_) {
    known.outdated |= invalidations.all || invalidations.sources.contains(name);
  }
  for (auto& [name, known] : remote_schemas_) {
    known.outdated |= invalidations.all || invalidations.remote_schemas.contains(name);
  }
}

std::vector<Introspector::Errand> Introspector::Errands(const metadata::Metadata& metadata,
                                                        const json::Value& document) const {
  std::vector<Errand> out;
  const auto wanted = [](const auto& known) {
    return !known.pinned && (known.outdated || !Readable(known.state));
  };
  for (const metadata::Source& source : metadata.sources) {
    const auto known = sources_.find(source.name);
    const json::Value* definition = FindNamed(document, "sources", source.name);
    if (known == sources_.end() || definition == nullptr || !wanted(known->second)) continue;
    out.push_back(
        {{{plan::SourceKind::kPostgres, source.name}, *definition}, SourceKey(*definition)});
  }
  for (const metadata::RemoteSchema& remote : metadata.remote_schemas) {
    const auto known = remote_schemas_.find(remote.name);
    if (known == remote_schemas_.end() || !wanted(known->second)) continue;
    out.push_back({{{plan::SourceKind::kRemoteSchema, remote.name}, remote.definition},
                   RemoteSchemaKey(remote.definition)});
  }
  return out;
}

std::variant<SourceState, RemoteSchemaState> Introspector::Read(const CallContext& context,
                                                                const Errand& errand) const {
  const auto& [name, definition] = errand.source;
  if (name.kind == plan::SourceKind::kPostgres) return ReadSource(context, name.name, definition);
  return ReadRemoteSchema(context, name.name, definition);
}

bool Introspector::Keep(const Errand& errand, std::variant<SourceState, RemoteSchemaState> state) {
  const auto keep = [&](auto& all, auto fresh) {
    const auto known = all.find(errand.source.name.name);
    if (known == all.end() || known->second.pinned || known->second.key != errand.key) return false;
    const bool news = Readable(known->second.state) != Readable(fresh) ||
                      known->second.state.digest != fresh.digest;
    known->second = {.key = errand.key, .state = std::move(fresh)};
    return news;
  };
  if (auto* source = std::get_if<SourceState>(&state)) return keep(sources_, std::move(*source));
  return keep(remote_schemas_, std::get<RemoteSchemaState>(std::move(state)));
}

uint64_t DigestOf(const World& world) {
  uint64_t out = 1;
  for (const auto& [name, state] : world.sources) {
    out = Mix(Mix(out, kHash(name)), Mix(state.digest, kHash(state.error)));
  }
  for (const auto& [name, state] : world.remote_schemas) {
    out = Mix(Mix(out, kHash(name)), Mix(state.digest, kHash(state.error)));
  }
  for (const auto& [name, error] : world.action_errors) {
    out = Mix(Mix(out, kHash(name)), kHash(error));
  }
  return out ^ (out >> 32);
}

}  // namespace joinery::planner
