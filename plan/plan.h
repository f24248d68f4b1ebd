#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/scan.h"
#include "plan/graphql_fragment.h"
#include "plan/relational.h"

// The shared vocabulary of planner, executor and connectors: a Plan is a DAG of Fetches, each runs
// one Fragment at one source. See docs/architecture.md.
namespace joinery::plan {

enum class SourceKind : uint8_t { kPostgres, kRemoteSchema, kAction };
std::string_view SourceKindName(SourceKind kind);  // "postgres", "remote_schema", "action".

// Whether a call may be repeated.
enum class Access : uint8_t { kRead, kWrite };

// Keys that a fragment collects at one site of its answer, for the fetches that hang there.
struct KeySet {
  uint32_t columns = 1;
};

// A place in a fragment's answer that another fetch fills. Every hole of it has the key set's key.
struct Join {
  uint32_t key_set = 0;
};

// What one source is asked, whatever the values, the user and the number of keys: compiled once,
// kept by its id. `body` decides the kind.
struct Fragment {
  std::string id;  // SHA-256 of the canonical encoding of all below; 32 bytes. See Seal().
  std::variant<RelationalFragment, GraphqlFragment, ActionFragment> body;
  uint32_t parameters = 0;
  // Key batches that come in: columns of each.
  std::vector<KeySet> batches;
  // Keys and holes that go out.
  std::vector<KeySet> key_sets;
  std::vector<Join> joins;
};

// Where a parameter's value comes from, at each execution.
struct ParameterSource {
  enum class Kind : uint8_t {
    kConstant,  // `constant`: JSON text.
    kVariable,  // The client's variable `name`, then `path` inside it. Absent: `constant` if given.
    kSession,   // Session variable `name` (lower case); absent: the request fails with not-found.
    kSessionObject,  // All session variables as one JSON object.
    kRequestQuery,   // The client's document as sent.
  };
  // Checked by the edge before anything runs; a value that fails it makes the edge ask the planner
  // for this very request, which answers with the exact error. A session variable that fails it
  // fails the request with coercion-error.
  enum class Check : uint8_t {
    kNone,
    kNonNull,
    kInt32,
    kNonNegativeInt,
    kFloat,
    kString,
    kBoolean,
    kId,
    kScalar,
    kEnum,  // One of `names`.
  };
  Kind kind = Kind::kConstant;
  std::string name;
  std::vector<json::PathStep> path;
  std::string constant;
  bool has_constant = false;
  Check check = Check::kNone;
  std::vector<std::string> names;  // For kEnum.
};

struct SourceName {
  SourceKind kind = SourceKind::kPostgres;
  std::string name;
};

// Where a hole's value comes from: root `root` of fetch `fetch`, at the slot of the hole's key.
struct JoinTarget {
  uint32_t fetch = 0;
  uint32_t root = 0;
  // Steps from the joined field up to the nearest place that may be null (0: the field itself), for
  // failures: GraphQL's rule of non-null bubbling. kWholeAnswer: nothing on the way may.
  uint32_t bubble = 0;
  static constexpr uint32_t kWholeAnswer = 0xffffffff;
};

// Key set `key_set` of fetch `fetch`, which stands before in the plan.
struct KeyInput {
  uint32_t fetch = 0;
  uint32_t key_set = 0;
  friend bool operator==(const KeyInput&, const KeyInput&) = default;
};

struct Fetch {
  SourceName source;
  std::shared_ptr<const Fragment> fragment;
  Access access = Access::kRead;
  std::vector<ParameterSource> parameters;
  // The keys that feed `fragment->batches`, in order. Joined fields of one level that lead to one
  // database or remote schema share a fetch, so its keys may come from several.
  std::vector<KeyInput> inputs;
  // Fills fragment->joins, in order.
  std::vector<JoinTarget> joins;
  // Starts only when that fetch has ended well (mutations run one after another).
  std::optional<uint32_t> after;

  bool joined() const { return !inputs.empty(); }
};

// The answer's `data`, from outside in.
struct ResponseField {
  enum class Kind : uint8_t {
    kFetch,     // Root `root` of fetch `fetch`.
    kConstant,  // `constant`: JSON text (introspection, __typename).
    kObject,    // `fields` (namespaces).
  };
  std::string response_key;
  // Name in the schema, for the paths of Hasura's errors.
  std::string field_name;
  Kind kind = Kind::kConstant;
  uint32_t fetch = 0;
  uint32_t root = 0;
  bool non_null = false;
  std::string constant;
  std::vector<ResponseField> fields;
};

// What of a variable decides the plan; all of it is part of the key of a cached plan.
struct VariableUse {
  enum class Mode : uint8_t {
    kValue,  // Absent, null, or which kind of JSON; the value itself is a parameter.
    kShape,  // Names of members, lengths of lists, kinds of leaves.
    kExact,  // The value.
  };
  std::string name;
  Mode mode = Mode::kValue;
};

enum class OperationKind : uint8_t { kQuery, kMutation, kSubscription };

struct Plan {
  OperationKind operation = OperationKind::kQuery;
  std::vector<Fetch> fetches;  // By level: each after those that feed it.
  std::vector<ResponseField> response;
  std::vector<VariableUse> variables;
  // False: only for this very request (a value decided something that no mode tells).
  bool cacheable = true;
};

// Fills `fragment.id` and shares it.
std::shared_ptr<const Fragment> Seal(Fragment fragment);

}  // namespace joinery::plan
