#pragma once

#include <functional>
#include <memory>

#include "executor/executor.h"
#include "plan/planner.h"
#include "services/edge/auth/authenticator.h"
#include "services/edge/edge_options.h"
#include "services/edge/http/server/server.h"
#include "services/kit/worker_pool.h"

namespace joinery::edge {

struct Core;

// The HTTP side of Joinery: authenticates, finds the plan or asks the planner, runs it, answers.
// Sees neither metadata nor secrets of sources. Thread-safe.
class Edge {
 public:
  // All that is handed in by reference, and the connectors, outlive the edge.
  Edge(EdgeOptions options, Authenticator& authenticator, plan::Planner& planner,
       const executor::Connectors& connectors, kit::WorkerPool& workers);
  ~Edge();

  // An http::Handler.
  void Handle(http::Request& request, http::ResponseWriter writer);

  // Calls `ready` once a schema version is known, so that requests can be answered; at once when it
  // is already, later on any thread.
  void OnReady(std::function<void()> ready);

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace joinery::edge
