#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace joinery::kit::rpc {

struct HostPort {
  std::string host;
  std::string port;
  bool operator==(const HostPort&) const = default;
};

// What a target names: a host and port to look up, or several literal ones. Forms: "host:port",
// "dns:host:port", "dns:///host:port", "ipv4:a:p,b:p", "ipv6:[a]:p". The port defaults to 443, as
// gRPC's does. InvalidArgument: another scheme, or no host.
StatusOr<std::vector<HostPort>> ParseTarget(const std::string& target);

}  // namespace joinery::kit::rpc
