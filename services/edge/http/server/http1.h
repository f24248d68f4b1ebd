#pragma once

#include <memory>

#include "services/edge/http/server/connection.h"

namespace joinery::edge::http {

// HTTP/1.1 and 1.0: one request after the other, answered in order.
std::unique_ptr<Protocol> MakeHttp1(Connection& connection);

}  // namespace joinery::edge::http
