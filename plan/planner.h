#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/call_context.h"
#include "base/issue.h"
#include "base/status.h"
#include "json/value.h"
#include "plan/connector.h"
#include "plan/new_version.h"
#include "plan/plan.h"

// The planner as the edge and internal services see it. proto/joinery/v1/planner.proto says the
// same for the wire.
namespace joinery::plan {

// Who asks: the effective role and all session variables (lower-case names, x-hasura-role among
// them).
struct Session {
  std::string role;  // Empty: nobody, who may do nothing.
  std::vector<std::pair<std::string, std::string>> variables;
  bool backend_only = false;  // x-hasura-use-backend-only-permissions counts.
};

struct PlanRequest {
  std::string query;
  std::string operation_name;  // Empty: none given.
  json::Value variables;       // Object, or null.
  std::string role;
  bool backend_only = false;
  bool relay = false;   // The schema of /v1beta1/relay.
  bool stored = false;  // Of a REST endpoint: no allow list holds for it.
  // The newest schema version that the caller knows: no plan is made on an older document. 0: none.
  uint64_t at_least = 0;
};

struct PlanResponse {
  std::shared_ptr<const Plan> plan;
  uint64_t schema_version = 0;
};

// A call of the metadata API; `endpoint` is "/v1/metadata", "/v1/query" or "/v2/query".
struct MetadataRequest {
  std::string endpoint;
  json::Value body;
  Session session;
};

struct MetadataResponse {
  int http_status = 200;
  std::string body;             // JSON.
  uint64_t schema_version = 0;  // After the call.
};

// What a planner serves, and how long ago it knew that to be the newest there is.
struct Freshness {
  uint64_t schema_version = 0;
  std::chrono::milliseconds age{0};
};

// A stored operation that is served at an address of its own.
struct RestEndpoint {
  struct Variable {
    std::string name;
    std::string type;  // The innermost named type.
    bool is_list = false;
    bool non_null = false;
    bool has_default = false;
  };
  std::string url;  // Segments between slashes; those that begin with ':' are variables.
  std::vector<std::string> methods;
  std::string query;
  std::vector<Variable> variables;
};

struct RestEndpoints {
  uint64_t schema_version = 0;
  std::vector<RestEndpoint> endpoints;
};

// Thread-safe. All calls block; the edge calls them off its event loops (they are cache misses).
class Planner {
 public:
  virtual ~Planner() = default;

  // An Issue is the client's fault; a Status the world's. Unavailable: this planner is behind
  // `request.at_least` and cannot catch up.
  virtual StatusOr<IssueOr<PlanResponse>> Plan(const CallContext& context,
                                               const PlanRequest& request) = 0;
  // The answer of /v1/graphql/explain to `body`.
  virtual StatusOr<IssueOr<json::Value>> Explain(const CallContext& context,
                                                 const json::Value& body) = 0;
  // What is wrong with an operation by the GraphQL specification; empty: nothing.
  struct DocumentError {
    std::string message;
    uint32_t line = 0;
    uint32_t column = 0;
  };
  virtual StatusOr<std::vector<DocumentError>> Validate(const CallContext& context,
                                                        const std::string& query,
                                                        const std::string& role) = 0;
  // Schema of a role: SDL text.
  virtual StatusOr<IssueOr<std::string>> SchemaSdl(const CallContext& context,
                                                   const std::string& role) = 0;
  // The same as the data of the standard introspection query: JSON.
  virtual StatusOr<IssueOr<std::string>> SchemaIntrospection(const CallContext& context,
                                                             const std::string& role) = 0;
  virtual StatusOr<MetadataResponse> Metadata(const CallContext& context,
                                              const MetadataRequest& request) = 0;
  // All REST endpoints of the newest version.
  virtual StatusOr<RestEndpoints> Endpoints(const CallContext& context) = 0;
  // False with a reason per inconsistent object for /healthz.
  virtual StatusOr<bool> Consistent(const CallContext& context) = 0;

  // Never waits for the metadata store.
  virtual StatusOr<Freshness> GetFreshness(const CallContext& context) = 0;

  // Calls back with each schema version, the current one first (and again whenever some may have
  // been missed), until the returned handle dies. Callbacks run on any thread.
  using VersionChanged = std::function<void(const NewVersion& version)>;
  virtual std::shared_ptr<void> Watch(VersionChanged changed) = 0;

  // The same for connectors: each version with all sources of a kind.
  using SourcesChanged = std::function<void(uint64_t schema_version, std::vector<SourceConfig>)>;
  virtual std::shared_ptr<void> WatchSources(SourceKind kind, SourcesChanged changed) = 0;
};

}  // namespace joinery::plan
