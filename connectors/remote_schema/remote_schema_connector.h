#pragma once

#include <memory>

#include "plan/connector.h"

namespace joinery::connectors::remote_schema {

// Remote GraphQL schemas: one HTTP request per schema and level, whatever the number of keys up to
// a limit. Destroyed after the loops that used it have stopped and before their io_contexts; what
// is under way then never ends.
class RemoteSchemaConnector final : public plan::Connector {
 public:
  struct Options {
    // Larger batches are cut and sent in parallel.
    size_t max_keys_per_request = 2000;
    size_t max_response_bytes = size_t{64} << 20;
  };
  RemoteSchemaConnector();
  explicit RemoteSchemaConnector(Options options);
  ~RemoteSchemaConnector() override;

  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override;
  StatusOr<json::Value> Explain(const CallContext& context,
                                const plan::ExecuteRequest& request) override;
  StatusOr<plan::IntrospectResult> Introspect(const CallContext& context,
                                              const plan::SourceConfig& source) override;
  StatusOr<json::Value> Administer(const CallContext& context, const plan::SourceConfig& source,
                                   const json::Value& command) override;
  void SetSources(std::vector<plan::SourceConfig> sources, uint64_t schema_version) override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace joinery::connectors::remote_schema
