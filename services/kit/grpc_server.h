#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace grpc {
class Service;
class Server;
}  // namespace grpc

namespace joinery::kit {

// A gRPC server with health checking and reflection.
class GrpcServer {
 public:
  // `address`: "host:port"; port 0 lets the system choose. The services outlive the server.
  static StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& address,
                                                     const std::vector<grpc::Service*>& services);
  ~GrpcServer();

  // A server without a port of its own: connections come by Adopt.
  static StatusOr<std::unique_ptr<GrpcServer>> Start(const std::vector<grpc::Service*>& services);
  // Serves a connection of which nothing has been read. Takes the descriptor, non-blocking. Any
  // thread.
  void Adopt(int descriptor);

  int port() const { return port_; }

  // What health checks are answered from now on; at first it serves. Any thread.
  void SetServing(bool serving);
  // Answers health checks with NOT_SERVING for good; calls go on.
  void Leave();
  // Leaves, lets calls in flight end, then stops.
  void Drain(std::chrono::milliseconds grace);

 private:
  GrpcServer() = default;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace joinery::kit
