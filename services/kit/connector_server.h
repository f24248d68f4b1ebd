#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "plan/connector.h"
#include "proto/joinery/v1/connector.grpc.pb.h"
#include "services/kit/rpc/server.h"

namespace joinery::kit {

// Serves a Connector by ConnectorService. Keeps the fragments it has seen, bounded in bytes, so
// that an edge sends each one once. Thread-safe.
class ConnectorServer final : public v1::ConnectorService::CallbackService {
 public:
  // `next_loop` gives the loop for a call; `connector` outlives the server.
  ConnectorServer(plan::SourceKind kind, plan::Connector& connector,
                  std::function<EventLoop*()> next_loop);
  ~ConnectorServer() override;

  // The sources of that metadata version are in place.
  void SetVersion(uint64_t schema_version);

  // Execute on an event loop: the same, without gRPC's threads. A handler of rpc::Server.
  void Serve(const rpc::IncomingCall& call, std::shared_ptr<rpc::ServerCall> answer);

  grpc::ServerWriteReactor<v1::ExecuteResponse>* Execute(
      grpc::CallbackServerContext* context, const v1::ExecuteRequest* request) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* Introspect(grpc::CallbackServerContext* context,
                                       const v1::IntrospectRequest* request,
                                       v1::IntrospectResponse* response) override;
  grpc::ServerUnaryReactor* Administer(grpc::CallbackServerContext* context,
                                       const v1::AdministerRequest* request,
                                       v1::AdministerResponse* response) override;

 private:
  class Fragments;
  class ExecuteCall;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace joinery::kit
