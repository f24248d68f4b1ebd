#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "json/value.h"
#include "services/edge/auth/jwt/claim_path.h"

namespace joinery::edge {

// What HASURA_GRAPHQL_JWT_SECRET says (spec: auth, 2).
struct JwtOptions {
  // Where a session variable comes from: a value, or a place in the token and what stands in for
  // it.
  struct MappedClaim {
    std::optional<ClaimPath> path;
    std::optional<json::Value> value;
  };
  enum class Header { kAuthorization, kCookie, kCustom };

  std::string type;  // "HS256"; empty with `jwk_url`.
  std::string key;
  std::string jwk_url;
  std::string claims_namespace = "https://hasura.io/jwt/claims";
  std::optional<ClaimPath> claims_namespace_path;
  bool stringified = false;
  std::map<std::string, MappedClaim> claims_map;  // Not empty: instead of the namespace.
  std::vector<std::string> audience;              // Empty: not checked.
  std::string issuer;                             // Empty: not checked.
  std::chrono::seconds allowed_skew{0};
  Header header = Header::kAuthorization;
  std::string header_name;  // Of the cookie, or the header in lower case.
};

// InvalidArgument: says what is wrong, never with the key in it.
StatusOr<JwtOptions> ParseJwtOptions(const std::string& text);

}  // namespace joinery::edge
