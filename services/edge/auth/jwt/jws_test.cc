#include "services/edge/auth/jwt/jws.h"

#include <gtest/gtest.h>

namespace joinery::edge {
namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";
// {"alg":"HS256"}.{"sub":"1"}. and then the signature.
const std::string kHead = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.";

class TokenTest : public testing::TestWithParam<const char*> {};

// Anybody may send these: a refusal, and the process goes on.
TEST_P(TokenTest, ThatIsNoneIsRefused) {
  const auto key = VerificationKey::FromText("HS256", kKey);
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE(VerifiedClaims(GetParam(), {*key}).ok());
  EXPECT_FALSE(VerifiedClaims(kHead + GetParam(), {*key}).ok());
}

INSTANTIATE_TEST_SUITE_P(Texts, TokenTest,
                         testing::Values("", ".", "..", "...", "a", "A=AA", "e=b&ol{", "\xff\x01",
                                         "AAAA=", "eyJhbGciOiJIUzI1NiJ9..A", "AAAA+/AA"));

TEST(VerificationKeyTest, JwkWithMembersThatAreNotBase64UrlIsRefused) {
  for (const char* text : {R"({"kty":"oct","k":"A=AA"})", R"({"kty":"RSA","n":"a","e":"AQAB"})",
                           R"({"kty":"EC","crv":"P-256","x":"AA==","y":7})",
                           R"({"kty":"OKP","crv":"Ed25519","x":"="})"}) {
    EXPECT_FALSE(VerificationKey::FromJwk(*json::Parse(text)).ok()) << text;
  }
}

}  // namespace
}  // namespace joinery::edge
