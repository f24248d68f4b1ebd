#pragma once

#include <string_view>

#include "base/issue.h"
#include "services/edge/auth/authenticator.h"

namespace joinery::edge {

inline constexpr std::string_view kSecretHeader = "x-hasura-admin-secret";
inline constexpr std::string_view kOldSecretHeader = "x-hasura-access-key";
inline constexpr std::string_view kRoleVariable = "x-hasura-role";

// The first field of that name; empty: none.
std::string_view FindHeader(const HeaderList& headers, std::string_view name);

// All x-hasura-* fields but the secret, and the effective role.
plan::Session SessionOf(const HeaderList& headers, std::string_view role);

// The session of who is believed every word: role and variables as the headers say, admin without
// one. bad-request: x-hasura-use-backend-only-permissions is no truth value.
IssueOr<plan::Session> TrustedSession(const HeaderList& headers);

}  // namespace joinery::edge
