#include "services/edge/auth/jwt/jwt_mode.h"

#include <optional>
#include <utility>

#include "base/strings.h"
#include "services/edge/auth/jwt/claims.h"
#include "services/edge/auth/jwt/jwk_store.h"
#include "services/edge/auth/jwt/jws.h"
#include "services/edge/auth/session_headers.h"

namespace joinery::edge {
namespace {

using Header = JwtOptions::Header;

struct Verifier {
  JwtOptions options;
  JwkStore::Keys fixed;
  std::unique_ptr<JwkStore> store;  // Set: instead of `fixed`.

  JwkStore::Keys keys() const { return store == nullptr ? fixed : store->keys(); }
};

Issue InvalidHeaders(std::string message) {
  return {.code = "invalid-headers", .message = std::move(message), .path = "$"};
}

std::optional<std::string_view> CookieNamed(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    const std::string_view one = Trim(cookies.substr(0, end));
    cookies = end == cookies.npos ? std::string_view() : cookies.substr(end + 1);
    const size_t equals = one.find('=');
    if (equals != one.npos && one.substr(0, equals) == name) return one.substr(equals + 1);
  }
  return std::nullopt;
}

// Name of the header that `options` looks at.
std::string_view HeaderName(const JwtOptions& options) {
  switch (options.header) {
    case Header::kAuthorization:
      return "Authorization";
    case Header::kCookie:
      return "Cookie";
    case Header::kCustom:
      return options.header_name;
  }
  return {};
}

// The token where `options` looks for it; nullopt: the header is not there.
IssueOr<std::optional<std::string_view>> FindToken(const JwtOptions& options,
                                                   const HeaderList& headers) {
  const std::string_view value = FindHeader(headers, ToLower(HeaderName(options)));
  if (value.empty()) return std::optional<std::string_view>();
  switch (options.header) {
    case Header::kAuthorization: {
      constexpr std::string_view kBearer = "Bearer ";
      if (!StartsWithIgnoreCase(value, kBearer))
        return InvalidHeaders("Malformed Authorization header");
      const std::string_view token = Trim(value.substr(kBearer.size()));
      if (token.empty() || token.find(' ') != token.npos) {
        return InvalidHeaders("Malformed Authorization header");
      }
      return std::optional(token);
    }
    case Header::kCookie: {
      const auto token = CookieNamed(value, options.header_name);
      if (!token)
        return InvalidHeaders(StrCat("Could not find ", options.header_name, " in Cookie header"));
      return token;
    }
    case Header::kCustom:
      return std::optional(value);
  }
  return std::optional<std::string_view>();
}

class JwtMode final : public Authenticator {
 public:
  JwtMode(std::vector<Verifier> verifiers, std::string unauthorized_role)
      : verifiers_(std::move(verifiers)), unauthorized_role_(std::move(unauthorized_role)) {}

  void Authenticate(const AuthRequest& request, AuthDone done) override {
    done(Judge(request.headers));
  }

 private:
  struct Candidate {
    const Verifier* verifier = nullptr;
    std::string_view token;
  };

  IssueOr<Authenticated> Judge(const HeaderList& headers) const {
    ASSIGN_OR_RETURN_ISSUE(const Candidate chosen, Choose(headers));
    if (chosen.verifier == nullptr) {
      if (!unauthorized_role_.empty()) {
        return Authenticated{.session = SessionOf(headers, unauthorized_role_)};
      }
      return InvalidHeaders(StrCat("Missing ", HeaderName(verifiers_.front().options),
                                   " header in JWT authentication mode"));
    }
    const JwtOptions& options = chosen.verifier->options;
    const StatusOr<json::Value> claims = VerifiedClaims(chosen.token, *chosen.verifier->keys());
    if (!claims.ok()) {
      return Issue{.code = "invalid-jwt",
                   .message = StrCat("Could not verify JWT: ", MessageOf(claims.status())),
                   .path = "$"};
    }
    RETURN_IF_ISSUE(CheckRegisteredClaims(*claims, options, std::chrono::system_clock::now()));
    return SessionOfClaims(*claims, options, FindHeader(headers, kRoleVariable));
  }

  // Of the secrets whose header is there: the one for the token's issuer, else one for any issuer,
  // else the first, which will then refuse it.
  IssueOr<Candidate> Choose(const HeaderList& headers) const {
    Candidate first, any;
    std::optional<Issue> fault;
    for (const Verifier& verifier : verifiers_) {
      IssueOr<std::optional<std::string_view>> token = FindToken(verifier.options, headers);
      if (!token.ok()) {
        if (!fault) fault = token.issue();
        continue;
      }
      if (!token.value()) continue;
      const Candidate candidate{&verifier, *token.value()};
      if (first.verifier == nullptr) first = candidate;
      if (verifier.options.issuer.empty()) {
        if (any.verifier == nullptr) any = candidate;
        continue;
      }
      if (verifiers_.size() == 1) return candidate;
      const json::Value claims = UnverifiedClaims(*token.value());
      const json::Value* issuer = claims.is_object() ? claims.Find("iss") : nullptr;
      const bool same =
          issuer != nullptr && issuer->is_string() && issuer->string() == verifier.options.issuer;
      if (same) return candidate;
    }
    if (any.verifier != nullptr) return any;
    if (first.verifier == nullptr && fault) return *fault;
    return first;
  }

  const std::vector<Verifier> verifiers_;
  const std::string unauthorized_role_;
};

}  // namespace

StatusOr<std::unique_ptr<Authenticator>> MakeJwtMode(const std::vector<std::string>& secrets,
                                                     const std::string& unauthorized_role) {
  std::vector<Verifier> verifiers;
  for (const std::string& secret : secrets) {
    StatusOr<JwtOptions> options = ParseJwtOptions(secret);
    if (!options.ok()) {
      return InvalidArgument(
          StrCat("Environment variable HASURA_GRAPHQL_JWT_SECRET: ", MessageOf(options.status())));
    }
    Verifier verifier{.options = *std::move(options)};
    if (!verifier.options.jwk_url.empty()) {
      ASSIGN_OR_RETURN(verifier.store, JwkStore::Open(verifier.options.jwk_url));
    } else {
      StatusOr<VerificationKey> key =
          VerificationKey::FromText(verifier.options.type, verifier.options.key);
      if (!key.ok()) {
        return InvalidArgument(
            StrCat("Environment variable HASURA_GRAPHQL_JWT_SECRET: ", MessageOf(key.status())));
      }
      verifier.fixed = std::make_shared<const std::vector<VerificationKey>>(1, *std::move(key));
    }
    verifier.options.key.clear();
    verifiers.push_back(std::move(verifier));
  }
  return std::make_unique<JwtMode>(std::move(verifiers), unauthorized_role);
}

}  // namespace joinery::edge
