#pragma once

#include <string_view>

#include "base/issue.h"
#include "json/value.h"
#include "services/edge/auth/authenticator.h"
#include "services/edge/auth/jwt/jwt_options.h"

namespace joinery::edge {

inline constexpr std::string_view kAllowedRoles = "x-hasura-allowed-roles";
inline constexpr std::string_view kDefaultRole = "x-hasura-default-role";

// Whether a verified token's own claims allow it now: `exp`, `nbf`, `iat`, `aud`, `iss`.
// invalid-jwt.
MaybeIssue CheckRegisteredClaims(const json::Value& claims, const JwtOptions& options,
                                 std::chrono::system_clock::time_point now);

// The session that a verified token gives; `wanted_role` is the request's, empty: none (spec:
// auth, 2.1).
IssueOr<Authenticated> SessionOfClaims(const json::Value& claims, const JwtOptions& options,
                                       std::string_view wanted_role);

}  // namespace joinery::edge
