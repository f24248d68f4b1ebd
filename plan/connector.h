#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "json/value.h"
#include "plan/plan.h"

namespace joinery {
class EventLoop;
}

// The contract between executor and planner on one side and the connectors on the other, whether
// they share a process or not. proto/joinery/v1/connector.proto says the same for the wire.
namespace joinery::plan {

// Distinct join keys, by column. `columns[c][slot]` is raw JSON; never null.
struct KeyBatch {
  // The one column of a key set without keys.
  static constexpr std::string_view kNoKeys = "true";
  std::vector<std::vector<std::string>> columns;
  size_t size() const { return columns.empty() ? 0 : columns.front().size(); }
};

// A parameter's value at one execution.
struct ParameterValue {
  enum class Kind : uint8_t {
    kAbsent,  // The client gave none.
    kJson,    // `bytes` is JSON.
    kText,    // `bytes` is text (session variables): no quotes, no escapes.
  };
  Kind kind = Kind::kAbsent;
  std::string bytes;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Where an answer may go while its source still makes it. One call's; loop thread only.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  // Takes the next bytes of the answer's one value. False: enough for now; `go_on` is called when
  // there is room again.
  virtual bool Write(std::string bytes, std::function<void()> go_on) = 0;
};

struct ExecuteRequest {
  SourceName source;
  std::shared_ptr<const Fragment> fragment;
  std::vector<ParameterValue> parameters;  // One per Fragment::parameters.
  std::vector<KeyBatch> batches;           // One per Fragment::batches.
  Access access = Access::kRead;
  // Session variables (x-hasura-*, lower case) and the client's headers, for sources that speak
  // HTTP.
  std::shared_ptr<const Headers> session;
  std::shared_ptr<const Headers> client_headers;
  // Of the plan; a connector that is behind catches up before it answers NotFound. 0: unknown.
  uint64_t schema_version = 0;
  // May take the beginning of a large answer, where the fragment has one root, no batch and no
  // joins. Null: the whole answer is the result's.
  std::shared_ptr<AnswerStream> stream;
  // With a stream the context's deadline is that of the whole answer, which leaves as fast as the
  // client takes it; this long it may take until it begins. 0: no bound of its own.
  std::chrono::milliseconds begins_within{0};
};

// A part of ExecuteResult::bytes.
struct Slice {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint32_t first_hole = 0;  // Index into holes of the first one at or after `begin`.
};

// Where a joined field's value goes: between bytes[offset-1] and bytes[offset].
struct Hole {
  static constexpr uint32_t kNullKey = 0xffffffff;  // The value is null; nothing is fetched.
  uint64_t offset = 0;
  uint32_t join = 0;
  uint32_t slot = 0;  // Of the join's key set in ExecuteResult::keys.
};

// Something went wrong at the source, for one value or all.
struct SourceError {
  std::string message;
  std::string code = "unexpected";
  std::string hasura_path = "$";
  std::optional<uint32_t> root;      // Absent: all roots.
  std::optional<uint32_t> slot;      // Absent: all slots.
  std::vector<json::PathStep> path;  // Inside the root's value, in the client's response keys.
  std::string extensions;  // JSON object with further members, or the upstream's own; may be empty.
  std::string internal;    // JSON for extensions.internal; may be empty.
  // The upstream's error object as it came (remote schemas): forwarded in Hasura's strict form.
  std::string original;
  bool fails_request = false;  // Also in partial mode (faults of our own or of the request).
};

// A source's answer: JSON text with the holes left out, and where everything is.
struct ExecuteResult {
  // Bytes of the text that went to the stream, before `bytes`; offsets count them in.
  uint64_t streamed = 0;
  std::string bytes;
  // values[root][slot]; one slot for roots without a batch.
  std::vector<std::vector<Slice>> values;
  std::vector<Hole> holes;     // By offset.
  std::vector<KeyBatch> keys;  // Per Fragment::key_sets, distinct, in order of first appearance.
  std::vector<SourceError> errors;
  std::vector<std::string> set_cookies;
};

// Status codes: NotFound: no such source here. FailedPrecondition: fragment id unknown (only over
// the wire, where the id travels alone first). Everything that the source itself answered, errors
// included, is an ExecuteResult.
using ExecuteCallback = std::function<void(StatusOr<ExecuteResult>)>;

// A source as metadata defines it. Secrets are references (`from_env`), resolved by the connector.
struct SourceConfig {
  SourceName name;
  json::Value definition;
};

struct IntrospectResult {
  std::string catalog;  // Postgres: encoded DatabaseCatalog (plan/codec.h). Remote schema:
                        // introspection JSON.
};

// One kind of source. Thread-safe. Callbacks run on `loop` when one is given, else on any thread.
class Connector {
 public:
  virtual ~Connector() = default;

  virtual void Execute(const CallContext& context, EventLoop* loop, ExecuteRequest request,
                       ExecuteCallback done) = 0;

  // The statement, document or call that `fragment` makes at its source, for people; `values` fill
  // parameters. Postgres: member `plan` holds EXPLAIN's lines. Blocking.
  virtual StatusOr<json::Value> Explain(const CallContext& context,
                                        const ExecuteRequest& request) = 0;

  // What the source has. Blocking: the planner's own threads call it. The error's message is for
  // people and holds no secret.
  virtual StatusOr<IntrospectResult> Introspect(const CallContext& context,
                                                const SourceConfig& source) = 0;

  // A source-kind's own command, such as {"type":"run_sql","sql":…}. Blocking. The result is the
  // command's; a refusal by the source is a result with member "error".
  virtual StatusOr<json::Value> Administer(const CallContext& context, const SourceConfig& source,
                                           const json::Value& command) = 0;

  // The sources that Execute may name as of a schema version. Connections of unchanged ones stay;
  // those of the versions before serve requests that name such a version, for as long as one may
  // run.
  virtual void SetSources(std::vector<SourceConfig> sources, uint64_t schema_version) = 0;
};

}  // namespace joinery::plan
