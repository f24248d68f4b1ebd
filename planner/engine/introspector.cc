#include "planner/engine/introspector.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "graphql/interface_check.h"
#include "graphql/introspection_reader.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::planner {
namespace {

constexpr std::hash<std::string_view> kHash;

// How soon a source that could not be read is asked again; doubles from the first to the last.
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};
// A source that could be read is down when reading it has failed so often.
constexpr int kDownAfter = 3;

uint64_t Mix(uint64_t seed, uint64_t value) {
  return (seed ^ value) * uint64_t{0x9e3779b97f4a7c15} + (seed >> 29);
}

// What of a remote schema's definition its schema depends on: all of it.
std::string RemoteSchemaKey(const json::Value& definition) {
  return StrCat("d", json::ToString(definition));
}

bool Readable(const SourceState& state) { return state.catalog != nullptr; }
bool Readable(const RemoteSchemaState& state) { return state.schema != nullptr; }

template <typename State>
bool Same(const State& a, const State& b) {
  return Readable(a) == Readable(b) && a.digest == b.digest && a.error == b.error;
}

const json::Value* FindNamed(const json::Value& document, std::string_view list,
                             std::string_view name) {
  const json::Value* items = document.Find(list);
  if (items == nullptr) return nullptr;
  for (const json::Value& item : items->items()) {
    if (item.FindString("name") == name) return &item;
  }
  return nullptr;
}

// The part of an introspection's answer that is the same each time: servers may add timings.
std::string SchemaText(const json::Value& introspection) {
  const json::Value* data = introspection.Find("data");
  const json::Value* schema = (data != nullptr ? *data : introspection).Find("__schema");
  return json::ToString(schema != nullptr ? *schema : introspection);
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
  out.digest = kHash(SchemaText(*out.introspection));
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
    if (!known.pinned) {
      Renew(known, std::move(key), [&] { return ReadSource(context, source.name, *definition); });
    }
    world.sources.emplace(source.name, known.state);
  }
  for (const metadata::RemoteSchema& remote : metadata->remote_schemas) {
    std::string key = RemoteSchemaKey(remote.definition);
    auto& known = remote_schemas_[remote.name];
    Renew(known, std::move(key),
          [&] { return ReadRemoteSchema(context, remote.name, remote.definition); });
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
  if (!known.pinned) known.unpinned = std::move(known.state);
  known.state = {.catalog = std::move(catalog), .error = {}};
  known.pinned = true;
}

void Introspector::ForgetSource(std::string_view name) {
  if (const auto it = sources_.find(name); it != sources_.end()) Forget(it->second);
  forgotten_.sources.emplace(name);
}

void Introspector::ForgetRemoteSchema(std::string_view name) {
  if (const auto it = remote_schemas_.find(name); it != remote_schemas_.end()) Forget(it->second);
  forgotten_.remote_schemas.emplace(name);
}

void Introspector::ForgetSources() {
  for (auto& [name, known] : sources_) {
    Forget(known);
    forgotten_.sources.insert(name);
  }
}

void Introspector::ForgetRemoteSchemas() {
  for (auto& [name, known] : remote_schemas_) {
    Forget(known);
    forgotten_.remote_schemas.insert(name);
  }
}

void Introspector::ForgetFailures() {
  std::erase_if(sources_, [](const auto& entry) { return entry.second.state.catalog == nullptr; });
  std::erase_if(remote_schemas_,
                [](const auto& entry) { return entry.second.state.schema == nullptr; });
}

void Introspector::Outdate(const metadata::Invalidations& invalidations) {
  const auto outdate = [&](auto& all, const auto& names) {
    for (auto& [name, known] : all) {
      if (!invalidations.all && !names.contains(name)) continue;
      known.outdated = true;
      known.reading = ++readings_;  // What is being read now may be what is outdated.
    }
  };
  outdate(sources_, invalidations.sources);
  outdate(remote_schemas_, invalidations.remote_schemas);
}

Introspector::Clock::time_point Introspector::NextReading(int failures) const {
  if (failures > 0) {
    constexpr int kMostDoublings = 5;
    return Clock::now() +
           std::min(kFirstRetry * (1 << std::min(failures - 1, kMostDoublings)), kLastRetry);
  }
  return interval_.count() == 0 ? Clock::time_point::max() : Clock::now() + interval_;
}

template <typename State>
Introspector::Known<State> Introspector::Learn(std::string key, State state) {
  const int failures = Readable(state) ? 0 : 1;
  return {.key = std::move(key),
          .state = std::move(state),
          .reading = ++readings_,
          .due = NextReading(failures),
          .failures = failures};
}

template <typename State>
void Introspector::Forget(Known<State>& known) {
  if (std::exchange(known.pinned, false)) known.state = std::exchange(known.unpinned, {});
  known.forgotten = true;
  known.failures = 0;
  known.reading = ++readings_;  // What is being read now may be what is forgotten.
}

template <typename State, typename Ask>
void Introspector::Renew(Known<State>& known, std::string key, const Ask& read) {
  if (known.key != key) {
    known = Learn(std::move(key), read());
  } else if (known.forgotten) {
    Settle(known, read());
  }
}

template <typename State>
void Introspector::Settle(Known<State>& known, State fresh) {
  known.failures = Readable(fresh) ? 0 : known.failures + 1;
  known.due = NextReading(known.failures);
  known.reading = ++readings_;
  const bool outdated = std::exchange(known.outdated, false);
  const bool asked_for = std::exchange(known.forgotten, false) || outdated;
  const bool in_doubt = Readable(known.state) && !Readable(fresh) && !asked_for;
  if (in_doubt && known.failures < kDownAfter) return;
  // Equal ones stay the same object: graphs share what was made of it.
  if (!Same(known.state, fresh)) known.state = std::move(fresh);
}

template <typename Wanted>
std::vector<Introspector::Errand> Introspector::Collect(const metadata::Metadata& metadata,
                                                        const json::Value& document,
                                                        const Wanted& wanted) const {
  std::vector<Errand> out;
  for (const metadata::Source& source : metadata.sources) {
    const auto known = sources_.find(source.name);
    const json::Value* definition = FindNamed(document, "sources", source.name);
    if (known == sources_.end() || definition == nullptr || !wanted(known->second)) continue;
    out.push_back({{{plan::SourceKind::kPostgres, source.name}, *definition},
                   SourceKey(*definition),
                   known->second.reading});
  }
  for (const metadata::RemoteSchema& remote : metadata.remote_schemas) {
    const auto known = remote_schemas_.find(remote.name);
    if (known == remote_schemas_.end() || !wanted(known->second)) continue;
    out.push_back({{{plan::SourceKind::kRemoteSchema, remote.name}, remote.definition},
                   RemoteSchemaKey(remote.definition),
                   known->second.reading});
  }
  return out;
}

std::vector<Introspector::Errand> Introspector::Outdated(const metadata::Metadata& metadata,
                                                         const json::Value& document) const {
  return Collect(metadata, document,
                 [](const auto& known) { return !known.pinned && known.outdated; });
}

std::vector<Introspector::Errand> Introspector::Due(const metadata::Metadata& metadata,
                                                    const json::Value& document,
                                                    Clock::time_point now) const {
  return Collect(metadata, document, [&](const auto& known) {
    return !known.pinned && (known.outdated || known.due <= now);
  });
}

std::variant<SourceState, RemoteSchemaState> Introspector::Read(const CallContext& context,
                                                                const Errand& errand) const {
  const auto& [name, definition] = errand.source;
  if (name.kind == plan::SourceKind::kPostgres) return ReadSource(context, name.name, definition);
  return ReadRemoteSchema(context, name.name, definition);
}

void Introspector::Keep(const Errand& errand, std::variant<SourceState, RemoteSchemaState> state) {
  const auto keep = [&](auto& all, auto fresh) {
    const auto known = all.find(errand.source.name.name);
    if (known == all.end() || known->second.key != errand.key) return;
    if (known->second.reading == errand.reading) Settle(known->second, std::move(fresh));
  };
  if (auto* source = std::get_if<SourceState>(&state)) return keep(sources_, std::move(*source));
  keep(remote_schemas_, std::get<RemoteSchemaState>(std::move(state)));
}

bool Introspector::Refresh(const CallContext& context, std::string_view source,
                           const json::Value& document) {
  const auto found = sources_.find(source);
  const json::Value* definition = FindNamed(document, "sources", source);
  if (found == sources_.end() || definition == nullptr) return false;
  Known<SourceState>& known = found->second;
  if (known.pinned || !Readable(known.state) || known.key != SourceKey(*definition)) return false;
  SourceState fresh = ReadSource(context, found->first, *definition);
  const bool news = Readable(fresh) && !Same(known.state, fresh);
  Settle(known, std::move(fresh));
  return news;
}

bool Introspector::HasNews(const World& served, const json::Value& document) const {
  for (const auto& [name, state] : served.sources) {
    const auto known = sources_.find(name);
    if (known == sources_.end() || Same(known->second.state, state)) continue;
    const json::Value* definition = FindNamed(document, "sources", name);
    if (definition != nullptr && known->second.key == SourceKey(*definition)) return true;
  }
  for (const metadata::RemoteSchema& remote : served.metadata->remote_schemas) {
    const auto state = served.remote_schemas.find(remote.name);
    const auto known = remote_schemas_.find(remote.name);
    if (known == remote_schemas_.end() || state == served.remote_schemas.end()) continue;
    if (Same(known->second.state, state->second)) continue;
    if (known->second.key == RemoteSchemaKey(remote.definition)) return true;
  }
  return false;
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
