#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace joinery::kit {

// A channel to all addresses of `target`, round robin, with keepalive. Connects when first used.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target);

}  // namespace joinery::kit
