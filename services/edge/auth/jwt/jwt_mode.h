#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/edge/auth/authenticator.h"

namespace joinery::edge {

// Believes tokens that fit one of `secrets` (spec: auth, 2). `unauthorized_role`: of requests
// without a token; empty: they are refused. InvalidArgument: a secret makes no sense. Unavailable:
// no keys.
StatusOr<std::unique_ptr<Authenticator>> MakeJwtMode(const std::vector<std::string>& secrets,
                                                     const std::string& unauthorized_role);

}  // namespace joinery::edge
