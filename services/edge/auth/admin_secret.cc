#include <openssl/crypto.h>

#include "base/sha256.h"
#include "base/strings.h"
#include "services/edge/auth/authenticator.h"

namespace joinery::edge {
namespace {

constexpr std::string_view kSecret = "x-hasura-admin-secret";
constexpr std::string_view kOldSecret = "x-hasura-access-key";
constexpr std::string_view kRole = "x-hasura-role";
constexpr std::string_view kBackendOnly = "x-hasura-use-backend-only-permissions";

std::string_view Find(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

IssueOr<bool> BackendOnly(const HeaderList& headers) {
  const std::string_view given = Find(headers, kBackendOnly);
  if (given.empty()) return false;
  for (const std::string_view text : {"true", "t", "yes", "y"}) {
    if (EqualsIgnoreCase(given, text)) return true;
  }
  for (const std::string_view text : {"false", "f", "no", "n"}) {
    if (EqualsIgnoreCase(given, text)) return false;
  }
  return Issue{.code = "bad-request",
               .message = StrCat(kBackendOnly,
                                 ":  Not a valid boolean text. True values are "
                                 "[\"true\",\"t\",\"yes\",\"y\"] and  False values are "
                                 "[\"false\",\"f\",\"no\",\"n\"]. All values are case insensitive"),
               .path = "$"};
}

IssueOr<plan::Session> Trusted(const HeaderList& headers) {
  const std::string_view role = Find(headers, kRole);
  plan::Session session = SessionOf(headers, role.empty() ? "admin" : role);
  ASSIGN_OR_RETURN_ISSUE(session.backend_only, BackendOnly(headers));
  return session;
}

// No secret is set: everybody is trusted.
class OpenMode final : public Authenticator {
 public:
  IssueOr<plan::Session> Authenticate(const HeaderList& headers) const override {
    return Trusted(headers);
  }
};

class SecretMode final : public Authenticator {
 public:
  explicit SecretMode(const AuthOptions& options)
      : digest_(Sha256(options.admin_secret)), unauthorized_role_(options.unauthorized_role) {}

  IssueOr<plan::Session> Authenticate(const HeaderList& headers) const override {
    std::string_view given = Find(headers, kSecret);
    if (given.empty()) given = Find(headers, kOldSecret);
    if (!given.empty()) {
      if (Matches(given)) return Trusted(headers);
      return Denied("invalid x-hasura-admin-secret/x-hasura-access-key");
    }
    if (!unauthorized_role_.empty()) return SessionOf(headers, unauthorized_role_);
    return Denied("x-hasura-admin-secret/x-hasura-access-key required, but not found");
  }

 private:
  // Digests are compared, so the time tells nothing of the secret, not even its length.
  bool Matches(std::string_view given) const {
    const std::string digest = Sha256(given);
    return CRYPTO_memcmp(digest.data(), digest_.data(), digest.size()) == 0;
  }

  static Issue Denied(std::string message) {
    return {.code = "access-denied",
            .message = std::move(message),
            .path = "$",
            .internal = {},
            .http_status = 401};
  }

  const std::string digest_;
  const std::string unauthorized_role_;
};

}  // namespace

plan::Session SessionOf(const HeaderList& headers, std::string_view role) {
  plan::Session session;
  session.role = role;
  session.variables.emplace_back(kRole, role);
  for (const auto& [name, value] : headers) {
    if (!name.starts_with("x-hasura-") || name == kSecret || name == kOldSecret || name == kRole) {
      continue;
    }
    session.variables.emplace_back(name, value);
  }
  return session;
}

std::unique_ptr<Authenticator> MakeAuthenticator(const AuthOptions& options) {
  if (options.admin_secret.empty()) return std::make_unique<OpenMode>();
  return std::make_unique<SecretMode>(options);
}

}  // namespace joinery::edge
