#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/call_context.h"
#include "json/value.h"
#include "planner/catalog/world.h"
#include "planner/engine/engine.h"
#include "planner/metadata/model.h"
#include "planner/metadata/store/store.h"

namespace joinery::planner {

// Asks sources what they have, and remembers it until they or their definitions change. Calls of
// one engine are made one at a time, but for Read.
class Introspector {
 public:
  explicit Introspector(const EngineConnectors& connectors) : connectors_(connectors) {}

  // What is known of every source of the metadata; asks those that are new, changed or forgotten,
  // each until the context's deadline.
  World Observe(const CallContext& context, std::shared_ptr<const metadata::Metadata> metadata,
                const json::Value& document);

  // A source has this catalog, whatever it would answer, until it is forgotten.
  void Pin(const std::string& source, std::shared_ptr<const plan::DatabaseCatalog> catalog);

  void ForgetSource(std::string_view name);
  void ForgetRemoteSchema(std::string_view name);
  void ForgetSources();
  void ForgetRemoteSchemas();
  // Forgets what could not be read, so that it is tried again.
  void ForgetFailures();

  // What was forgotten by name or altogether since the last call: other replicas have to read it
  // anew too.
  metadata::Invalidations TakeForgotten() { return std::exchange(forgotten_, {}); }

  // To be read anew, though what is known stays in use until it was.
  void Outdate(const metadata::Invalidations& invalidations);

  // A source or remote schema to be read: it could not be, or is out of date.
  struct Errand {
    plan::SourceConfig source;
    std::string key;  // What its state depends on.
  };
  std::vector<Errand> Errands(const metadata::Metadata& metadata,
                              const json::Value& document) const;
  // Asks the source. Thread-safe.
  std::variant<SourceState, RemoteSchemaState> Read(const CallContext& context,
                                                    const Errand& errand) const;
  // Keeps what Read gave, unless the definition has changed meanwhile. True: it is news.
  bool Keep(const Errand& errand, std::variant<SourceState, RemoteSchemaState> state);

 private:
  SourceState ReadSource(const CallContext& context, const std::string& name,
                         const json::Value& definition) const;
  RemoteSchemaState ReadRemoteSchema(const CallContext& context, const std::string& name,
                                     const json::Value& definition) const;

  template <typename State>
  struct Known {
    std::string key;  // What the state depends on.
    State state;
    bool pinned = false;
    bool outdated = false;
  };

  const EngineConnectors connectors_;
  std::map<std::string, Known<SourceState>, std::less<>> sources_;
  std::map<std::string, Known<RemoteSchemaState>, std::less<>> remote_schemas_;
  metadata::Invalidations forgotten_;
};

// Of everything in it that is not the document: equal digests, equal worlds.
uint64_t DigestOf(const World& world);

// The sources of one kind as connectors need them.
std::vector<plan::SourceConfig> SourcesOf(const json::Value& document, plan::SourceKind kind);

}  // namespace joinery::planner
