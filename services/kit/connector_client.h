#pragma once

#include <memory>
#include <string>

#include "plan/connector.h"

namespace joinery::kit {

// A Connector in another process. `address` is a gRPC target such as "dns:///postgres:9000"; calls
// are balanced over its addresses in turn. Execute needs a loop; loops stop before it is destroyed.
// Thread-safe.
std::unique_ptr<plan::Connector> MakeConnectorClient(const std::string& address);

}  // namespace joinery::kit
