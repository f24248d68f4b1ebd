#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/issue.h"
#include "plan/planner.h"

namespace joinery::edge {

// The fields of a request that say who asks: lower-case names.
using HeaderList = std::vector<std::pair<std::string_view, std::string_view>>;

struct AuthOptions {
  std::string admin_secret;       // Empty: open mode, everybody is admin.
  std::string unauthorized_role;  // Empty: requests without the secret are refused.
};

// Tells who asks. Immutable, thread-safe. Each mode has a file of its own in this folder.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // access-denied (401) and the like for who may not.
  virtual IssueOr<plan::Session> Authenticate(const HeaderList& headers) const = 0;
};

// The mode that the options choose.
std::unique_ptr<Authenticator> MakeAuthenticator(const AuthOptions& options);

// All x-hasura-* fields but the secret, and the effective role.
plan::Session SessionOf(const HeaderList& headers, std::string_view role);

}  // namespace joinery::edge
