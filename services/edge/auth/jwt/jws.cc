#include "services/edge/auth/jwt/jws.h"

#include <cjose/base64.h>
#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::edge {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
struct JwkDeleter {
  void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, JwkDeleter>;
struct JwsDeleter {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jws = std::unique_ptr<cjose_jws_t, JwsDeleter>;

constexpr std::string_view kEdwards = "EdDSA";

// cjose stops the process at some texts that are none: nothing may reach it unchecked.
bool IsBase64Url(std::string_view text) {
  return !text.empty() && text.size() % 4 != 1 && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  cjose_err error;
  if (!IsBase64Url(text) ||
      !cjose_base64url_decode(text.data(), text.size(), &bytes, &size, &error)) {
    return std::nullopt;
  }
  std::string out(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return out;
}

json::Value Part(std::string_view token, int index) {
  for (; index > 0; --index) {
    const size_t dot = token.find('.');
    if (dot == token.npos) return json::Value::Null();
    token.remove_prefix(dot + 1);
  }
  const std::optional<std::string> text = Base64UrlDecode(token.substr(0, token.find('.')));
  if (!text) return json::Value::Null();
  StatusOr<json::Value> parsed = json::Parse(*text);
  return parsed.ok() && parsed->is_object() ? *std::move(parsed) : json::Value::Null();
}

std::string NumberBytes(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return {};
  const Number owned(number);
  std::string out(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

Jwk RsaJwk(const EVP_PKEY* key) {
  std::string n = NumberBytes(key, OSSL_PKEY_PARAM_RSA_N);
  std::string e = NumberBytes(key, OSSL_PKEY_PARAM_RSA_E);
  cjose_jwk_rsa_keyspec spec = {};
  spec.n = Bytes(n);
  spec.nlen = n.size();
  spec.e = Bytes(e);
  spec.elen = e.size();
  cjose_err error;
  return Jwk(cjose_jwk_create_RSA_spec(&spec, &error));
}

Jwk EllipticJwk(const EVP_PKEY* key) {
  std::string x = NumberBytes(key, OSSL_PKEY_PARAM_EC_PUB_X);
  std::string y = NumberBytes(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  cjose_jwk_ec_keyspec spec = {};
  size_t width = 0;
  switch (EVP_PKEY_get_bits(key)) {
    case 256:
      spec.crv = CJOSE_JWK_EC_P_256;
      width = 32;
      break;
    case 384:
      spec.crv = CJOSE_JWK_EC_P_384;
      width = 48;
      break;
    case 521:
      spec.crv = CJOSE_JWK_EC_P_521;
      width = 66;
      break;
    default:
      return nullptr;
  }
  if (x.size() > width || y.size() > width) return nullptr;
  x.insert(0, width - x.size(), '\0');
  y.insert(0, width - y.size(), '\0');
  spec.x = Bytes(x);
  spec.xlen = x.size();
  spec.y = Bytes(y);
  spec.ylen = y.size();
  cjose_err error;
  return Jwk(cjose_jwk_create_EC_spec(&spec, &error));
}

PublicKey ReadPem(const std::string& pem) {
  const auto bio = [&] { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  if (PublicKey key{PEM_read_bio_PUBKEY(bio().get(), nullptr, nullptr, nullptr)}) return key;
  const Certificate certificate(PEM_read_bio_X509(bio().get(), nullptr, nullptr, nullptr));
  return PublicKey(certificate == nullptr ? nullptr : X509_get_pubkey(certificate.get()));
}

}  // namespace

struct VerificationKey::Material {
  Jwk jwk;
  PublicKey edwards;  // Ed25519, which cjose does not know.
  char family = 'H';  // Of algorithms: H, R, E, and 'D' for EdDSA.
};

StatusOr<VerificationKey> VerificationKey::FromText(const std::string& type,
                                                    const std::string& key) {
  VerificationKey out;
  auto material = std::make_shared<Material>();
  if (type.starts_with("HS")) {
    const size_t bits = static_cast<size_t>(ParseInt64(type.substr(2)).value_or(256));
    if (key.size() * 8 < bits) {
      return InvalidArgument(
          StrCat("the key of ", type, " must have at least ", bits / 8, " characters"));
    }
    cjose_err error;
    material->jwk.reset(cjose_jwk_create_oct_spec(reinterpret_cast<const uint8_t*>(key.data()),
                                                  key.size(), &error));
  } else {
    PublicKey pem = ReadPem(key);
    const int kind = pem == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(pem.get());
    if (type.starts_with("RS") && kind == EVP_PKEY_RSA) {
      material->jwk = RsaJwk(pem.get());
      material->family = 'R';
    } else if (type.starts_with("ES") && kind == EVP_PKEY_EC) {
      material->jwk = EllipticJwk(pem.get());
      material->family = 'E';
    } else if (type == "Ed25519" && kind == EVP_PKEY_ED25519) {
      material->edwards = std::move(pem);
      material->family = 'D';
    }
  }
  if (material->jwk == nullptr && material->edwards == nullptr) {
    return InvalidArgument(StrCat("the key is no public key or certificate for ", type, " in PEM"));
  }
  out.alg_ = type == "Ed25519" ? std::string(kEdwards) : type;
  out.material_ = std::move(material);
  return out;
}

StatusOr<VerificationKey> VerificationKey::FromJwk(const json::Value& jwk) {
  if (!jwk.is_object()) return InvalidArgument("expected an object");
  VerificationKey out;
  const auto text = [&](std::string_view name) {
    const json::Value* value = jwk.Find(name);
    return value != nullptr && value->is_string() ? value->string() : std::string();
  };
  out.alg_ = text("alg");
  out.kid_ = text("kid");
  for (const char* name : {"n", "e", "x", "y", "k", "d", "p", "q", "dp", "dq", "qi"}) {
    if (jwk.Find(name) != nullptr && !IsBase64Url(text(name))) {
      return InvalidArgument(StrCat("member \"", name, "\" is not base64url"));
    }
  }
  auto material = std::make_shared<Material>();
  const std::string kind = text("kty");
  if (kind == "OKP" && text("crv") == "Ed25519") {
    const std::optional<std::string> x = Base64UrlDecode(text("x"));
    if (x) {
      material->edwards.reset(EVP_PKEY_new_raw_public_key(
          EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(x->data()), x->size()));
    }
    material->family = 'D';
  } else {
    const std::string encoded = json::ToString(jwk);
    cjose_err error;
    material->jwk.reset(cjose_jwk_import(encoded.data(), encoded.size(), &error));
    material->family = kind == "RSA" ? 'R' : kind == "EC" ? 'E' : 'H';
  }
  if (material->jwk == nullptr && material->edwards == nullptr) {
    return InvalidArgument(StrCat("a key of type \"", kind, "\" that cannot be read"));
  }
  out.material_ = std::move(material);
  return out;
}

bool VerificationKey::Fits(std::string_view alg, std::string_view kid) const {
  if (!kid_.empty() && !kid.empty() && kid != kid_) return false;
  if (!alg_.empty()) return alg == alg_;
  switch (material_->family) {
    case 'R':
      return alg.starts_with("RS") || alg.starts_with("PS");
    case 'E':
      return alg.starts_with("ES");
    case 'D':
      return alg == kEdwards;
    default:
      return alg.starts_with("HS");
  }
}

bool VerificationKey::Verify(std::string_view token) const {
  if (material_->edwards != nullptr) {
    const size_t dot = token.rfind('.');
    const auto signature = Base64UrlDecode(token.substr(dot + 1));
    const DigestContext context(EVP_MD_CTX_new());
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<const unsigned char*>(text.data());
    };
    return signature &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                material_->edwards.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(*signature), signature->size(), bytes(token),
                            dot) == 1;
  }
  cjose_err error;
  const Jws jws(cjose_jws_import(token.data(), token.size(), &error));
  return jws != nullptr && cjose_jws_verify(jws.get(), material_->jwk.get(), &error);
}

StatusOr<json::Value> VerifiedClaims(std::string_view token,
                                     const std::vector<VerificationKey>& keys) {
  const json::Value header = Part(token, 0);
  json::Value claims = Part(token, 1);
  if (!header.is_object() || !claims.is_object() ||
      std::count(token.begin(), token.end(), '.') != 2 ||
      !IsBase64Url(token.substr(token.rfind('.') + 1))) {
    return InvalidArgument("JWSError (CompactDecodeError Invalid number of parts)");
  }
  const json::Value* alg = header.Find("alg");
  const json::Value* kid = header.Find("kid");
  const std::string_view alg_text =
      alg != nullptr && alg->is_string() ? alg->string() : std::string_view();
  const std::string_view kid_text =
      kid != nullptr && kid->is_string() ? kid->string() : std::string_view();
  bool fits = false;
  for (const VerificationKey& key : keys) {
    if (!key.Fits(alg_text, kid_text)) continue;
    fits = true;
    if (key.Verify(token)) return claims;
  }
  return InvalidArgument(fits ? "JWSError JWSInvalidSignature" : "JWSError (JWSNoValidSignatures)");
}

json::Value UnverifiedClaims(std::string_view token) { return Part(token, 1); }

}  // namespace joinery::edge
