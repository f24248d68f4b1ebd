#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "json/value.h"

namespace joinery::edge {

// A key that signatures are verified with. Immutable, thread-safe.
class VerificationKey {
 public:
  // `type` as in JwtOptions; `key`: the text of a shared secret, or PEM of a public key or
  // certificate. InvalidArgument: not such a key, or too short.
  static StatusOr<VerificationKey> FromText(const std::string& type, const std::string& key);
  // An element of a JWK set. InvalidArgument: a kind of key that is not known here.
  static StatusOr<VerificationKey> FromJwk(const json::Value& jwk);

  // Whether a token whose header has this `alg` and `kid` may be signed with it.
  bool Fits(std::string_view alg, std::string_view kid) const;
  bool Verify(std::string_view token) const;

 private:
  struct Material;
  std::string alg_;  // Empty: whatever the kind of key allows.
  std::string kid_;
  std::shared_ptr<const Material> material_;
};

// The claims of a compact JWS that one of the keys signed. InvalidArgument: why not, in Hasura's
// words.
StatusOr<json::Value> VerifiedClaims(std::string_view token,
                                     const std::vector<VerificationKey>& keys);

// The claims as the token says, verified by nobody: only to choose who verifies. Null: no such
// token.
json::Value UnverifiedClaims(std::string_view token);

}  // namespace joinery::edge
