#pragma once

#include <memory>

#include "plan/connector.h"

namespace joinery::connectors::action {

// REST actions: one call of the handler per distinct input, checked against the declared output type.
// Destroyed only after the loops that used it have stopped.
class ActionConnector final : public plan::Connector {
 public:
  ActionConnector();
  ~ActionConnector() override;

  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override;
  StatusOr<json::Value> Explain(const CallContext& context,
                                const plan::ExecuteRequest& request) override;
  StatusOr<plan::IntrospectResult> Introspect(const CallContext& context,
                                              const plan::SourceConfig& source) override;
  StatusOr<json::Value> Administer(const CallContext& context, const plan::SourceConfig& source,
                                   const json::Value& command) override;
  void SetSources(std::vector<plan::SourceConfig> sources) override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace joinery::connectors::action
