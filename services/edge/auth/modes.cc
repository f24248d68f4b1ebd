#include <openssl/crypto.h>

#include <utility>

#include "base/sha256.h"
#include "base/strings.h"
#include "services/edge/auth/jwt/jwt_mode.h"
#include "services/edge/auth/session_headers.h"
#include "services/edge/auth/webhook_mode.h"

namespace joinery::edge {
namespace {

IssueOr<Authenticated> Trusted(const HeaderList& headers) {
  ASSIGN_OR_RETURN_ISSUE(plan::Session session, TrustedSession(headers));
  return Authenticated{.session = std::move(session)};
}

// No secret is set: everybody is trusted.
class OpenMode final : public Authenticator {
 public:
  void Authenticate(const AuthRequest& request, AuthDone done) override {
    done(Trusted(request.headers));
  }
};

Issue Denied(std::string message) {
  return {.code = "access-denied",
          .message = std::move(message),
          .path = "$",
          .internal = {},
          .http_status = 401};
}

// Who shows no credentials has one role, or none.
class SecretOnly final : public Authenticator {
 public:
  explicit SecretOnly(std::string unauthorized_role)
      : unauthorized_role_(std::move(unauthorized_role)) {}

  void Authenticate(const AuthRequest& request, AuthDone done) override {
    if (unauthorized_role_.empty()) {
      return done(Denied("x-hasura-admin-secret/x-hasura-access-key required, but not found"));
    }
    done(Authenticated{.session = SessionOf(request.headers, unauthorized_role_)});
  }

 private:
  const std::string unauthorized_role_;
};

// The secret, if sent, wins in every mode; `otherwise` judges requests without it.
class SecretFirst final : public Authenticator {
 public:
  SecretFirst(const std::vector<std::string>& secrets, std::unique_ptr<Authenticator> otherwise)
      : otherwise_(std::move(otherwise)) {
    for (const std::string& secret : secrets) digests_.push_back(Sha256(secret));
  }

  void Authenticate(const AuthRequest& request, AuthDone done) override {
    std::string_view given = FindHeader(request.headers, kSecretHeader);
    if (given.empty()) given = FindHeader(request.headers, kOldSecretHeader);
    if (given.empty()) return otherwise_->Authenticate(request, std::move(done));
    if (Matches(given)) return done(Trusted(request.headers));
    done(Denied("invalid x-hasura-admin-secret/x-hasura-access-key"));
  }

 private:
  // Digests are compared, all of them, so the time tells nothing of a secret, not even its length.
  bool Matches(std::string_view given) const {
    const std::string digest = Sha256(given);
    bool matches = false;
    for (const std::string& known : digests_) {
      matches = (CRYPTO_memcmp(digest.data(), known.data(), digest.size()) == 0) || matches;
    }
    return matches;
  }

  std::vector<std::string> digests_;
  const std::unique_ptr<Authenticator> otherwise_;
};

Status CheckOptions(const AuthOptions& options) {
  const auto needs_secret = [](std::string_view flag, std::string_view variable) {
    return InvalidArgument(StrCat("--", flag, " (HASURA_GRAPHQL_", variable,
                                  ") requires --admin-secret (HASURA_GRAPHQL_ADMIN_SECRET) or "
                                  "--access-key (HASURA_GRAPHQL_ACCESS_KEY) to be set"));
  };
  const bool secret = !options.admin_secrets.empty();
  const bool hook = !options.hook_url.empty();
  const bool jwt = !options.jwt_secrets.empty();
  if (hook && jwt) {
    return InvalidArgument("Both webhook and JWT mode cannot be enabled at the same time");
  }
  if (hook && !secret) return needs_secret("auth-hook", "AUTH_HOOK");
  if (jwt && !secret) return needs_secret("jwt-secret", "JWT_SECRET");
  if (options.unauthorized_role.empty()) return OkStatus();
  if (!secret) return needs_secret("unauthorized-role", "UNAUTHORIZED_ROLE");
  if (hook) {
    return InvalidArgument(
        "--unauthorized-role (HASURA_GRAPHQL_UNAUTHORIZED_ROLE) is not allowed when "
        "--auth-hook (HASURA_GRAPHQL_AUTH_HOOK) is set");
  }
  return OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<Authenticator>> MakeAuthenticator(const AuthOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (options.admin_secrets.empty()) return std::make_unique<OpenMode>();
  std::unique_ptr<Authenticator> otherwise;
  if (!options.jwt_secrets.empty()) {
    ASSIGN_OR_RETURN(otherwise, MakeJwtMode(options.jwt_secrets, options.unauthorized_role));
  } else if (!options.hook_url.empty()) {
    otherwise = MakeWebhookMode(options);
  } else {
    otherwise = std::make_unique<SecretOnly>(options.unauthorized_role);
  }
  return std::make_unique<SecretFirst>(options.admin_secrets, std::move(otherwise));
}

}  // namespace joinery::edge
