#pragma once

#include <memory>

#include "plan/connector.h"

namespace joinery::connectors::action {

// REST actions: one call of the handler per distinct input, checked against the declared output
// type. Destroyed after the loops that used it have stopped and before their io_contexts; what is
// under way then never ends.
class ActionConnector final : public plan::Connector {
 public:
  struct Options {
    size_t max_parallel_calls = 16;  // Of one execution.
    size_t max_response_bytes = size_t{64} << 20;
  };
  ActionConnector();
  explicit ActionConnector(Options options);
  ~ActionConnector() override;

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

}  // namespace joinery::connectors::action
