#pragma once

#include <memory>

#include "services/edge/http/server/connection.h"

namespace joinery::edge::http {

// HTTP/2 over a connection whose client has sent the preface, which OnBytes gets first.
std::unique_ptr<Protocol> MakeHttp2(Connection& connection);

}  // namespace joinery::edge::http
