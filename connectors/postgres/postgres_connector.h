#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plan/connector.h"

namespace joinery::connectors::postgres {

struct PoolCounters;

// What one statement that reads may answer with. Beyond it the server is told to stop and the
// fetch fails. Rows are those of the statement, of all keys together; of root fields that share it,
// those of each list. What is nested in them counts by its bytes.
struct AnswerLimits {
  uint64_t most_rows = 10'000'000;
  uint64_t most_bytes = uint64_t{1} << 30;
};

// Runs relational fragments at Postgres databases.
//
// Each fragment is compiled to one SQL statement, once, and prepared once per session; an execution
// is one round trip. Sessions belong to the loop that uses them (pool/pool.h). Outlived by the
// loops that are given to Execute; when it is destroyed, what still runs is answered Unavailable by
// the loops that still turn.
//
// Plans are the server's choice (plan_cache_mode auto), except where it chooses badly: see
// Statement::plan_each_time in pool/statement.h, with the figures measured.
class PostgresConnector : public plan::Connector {
 public:
  struct Options {
    // How many loops will call Execute: a source's max_connections is shared out among them.
    size_t loops = 1;
    // Compiled fragments, for all sources.
    size_t most_fragments = 10000;
    size_t most_fragment_bytes = 256u << 20;
    // Prepared statements per session.
    size_t most_prepared = 500;
    AnswerLimits limits;
  };

  explicit PostgresConnector(Options options);
  PostgresConnector();
  ~PostgresConnector() override;
  PostgresConnector(const PostgresConnector&) = delete;
  PostgresConnector& operator=(const PostgresConnector&) = delete;

  // InvalidArgument: the fragment is not relational, or cannot be compiled. Unavailable: the
  // database cannot be reached, the message says why. Cancelled, DeadlineExceeded: the database was
  // told to stop.
  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override;

  // {"sql": the statement, "plan": [lines of EXPLAIN]}.
  StatusOr<json::Value> Explain(const CallContext& context,
                                const plan::ExecuteRequest& request) override;
  StatusOr<plan::IntrospectResult> Introspect(const CallContext& context,
                                              const plan::SourceConfig& source) override;
  // See admin/admin.h.
  StatusOr<json::Value> Administer(const CallContext& context, const plan::SourceConfig& source,
                                   const json::Value& command) override;
  // A source that cannot be understood (a missing environment variable) stays, and answers so.
  void SetSources(std::vector<plan::SourceConfig> sources, uint64_t schema_version) override;

  // What a source's pools did so far; nullptr: no such source.
  std::shared_ptr<const PoolCounters> Counters(const std::string& source) const;

 private:
  class State;  // Shared with what runs.
  std::shared_ptr<State> state_;
};

}  // namespace joinery::connectors::postgres
