#pragma once

#include <chrono>
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
  using Clock = std::chrono::steady_clock;

  // `interval`: after it a source that could be read is due to be read again. 0: never.
  explicit Introspector(const EngineConnectors& connectors, std::chrono::seconds interval = {})
      : connectors_(connectors), interval_(interval) {}

  // What is known of every source of the metadata; asks those that are new, changed or forgotten,
  // each until the context's deadline.
  World Observe(const CallContext& context, std::shared_ptr<const metadata::Metadata> metadata,
                const json::Value& document);

  // A source has this catalog, whatever it would answer, until it is forgotten.
  void Pin(const std::string& source, std::shared_ptr<const plan::DatabaseCatalog> catalog);

  // To be read anew before it is next observed. What says the same as before stays the same object.
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

  // A source or remote schema to be read again.
  struct Errand {
    plan::SourceConfig source;
    std::string key;       // What its state depends on.
    uint64_t reading = 0;  // Which one is known so far.
  };
  // What was outdated and not read since.
  std::vector<Errand> Outdated(const metadata::Metadata& metadata,
                               const json::Value& document) const;
  // The same, what could not be read and has waited long enough, what was read an interval ago.
  std::vector<Errand> Due(const metadata::Metadata& metadata, const json::Value& document,
                          Clock::time_point now) const;
  // Asks the source. Thread-safe.
  std::variant<SourceState, RemoteSchemaState> Read(const CallContext& context,
                                                    const Errand& errand) const;
  // Keeps what Read gave, unless something newer is known by now. What could be read before stays
  // known until reading has failed a few times in a row.
  void Keep(const Errand& errand, std::variant<SourceState, RemoteSchemaState> state);

  // Reads a source that could be read before. True: it has something else now.
  bool Refresh(const CallContext& context, std::string_view source, const json::Value& document);

  // Whether something else is known than `served`, which was observed of `document`.
  bool HasNews(const World& served, const json::Value& document) const;

 private:
  SourceState ReadSource(const CallContext& context, const std::string& name,
                         const json::Value& definition) const;
  RemoteSchemaState ReadRemoteSchema(const CallContext& context, const std::string& name,
                                     const json::Value& definition) const;

  template <typename State>
  struct Known {
    std::string key;  // What the state depends on.
    State state;
    uint64_t reading = 0;
    Clock::time_point due{};
    int failures = 0;  // In a row.
    bool pinned = false;
    State unpinned;  // What was known before, while it is.
    bool outdated = false;
    bool forgotten = false;
  };
  template <typename State>
  using KnownByName = std::map<std::string, Known<State>, std::less<>>;

  template <typename State>
  Known<State> Learn(std::string key, State state);
  template <typename State>
  void Settle(Known<State>& known, State fresh);
  template <typename State>
  void Forget(Known<State>& known);
  // Reads with `read` what is not known.
  template <typename State, typename Ask>
  void Renew(Known<State>& known, std::string key, const Ask& read);
  template <typename Wanted>
  std::vector<Errand> Collect(const metadata::Metadata& metadata, const json::Value& document,
                              const Wanted& wanted) const;
  Clock::time_point NextReading(int failures) const;

  const EngineConnectors connectors_;
  const std::chrono::seconds interval_;
  KnownByName<SourceState> sources_;
  KnownByName<RemoteSchemaState> remote_schemas_;
  metadata::Invalidations forgotten_;
  uint64_t readings_ = 0;
};

// Of everything in it that is not the document: equal digests, equal worlds.
uint64_t DigestOf(const World& world);

// The sources of one kind as connectors need them.
std::vector<plan::SourceConfig> SourcesOf(const json::Value& document, plan::SourceKind kind);

}  // namespace joinery::planner
