#pragma once

#include <memory>

#include "services/edge/auth/authenticator.h"

namespace joinery::edge {

// Asks the hook of the options about every request (spec: auth, 3).
std::unique_ptr<Authenticator> MakeWebhookMode(const AuthOptions& options);

}  // namespace joinery::edge
