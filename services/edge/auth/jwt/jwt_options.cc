#include "services/edge/auth/jwt/jwt_options.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "services/edge/auth/jwt/claims.h"

namespace joinery::edge {
namespace {

using json::Value;

constexpr std::array<std::string_view, 10> kTypes = {"HS256", "HS384", "HS512", "RS256", "RS384",
                                                     "RS512", "ES256", "ES384", "ES512", "Ed25519"};

StatusOr<std::string> TextOf(const Value& settings, std::string_view name) {
  const Value* value = settings.Find(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return InvalidArgument(StrCat("\"", name, "\": expected a string"));
  return value->string();
}

Status ReadKey(const Value& settings, JwtOptions& out) {
  ASSIGN_OR_RETURN(out.type, TextOf(settings, "type"));
  ASSIGN_OR_RETURN(out.key, TextOf(settings, "key"));
  ASSIGN_OR_RETURN(out.jwk_url, TextOf(settings, "jwk_url"));
  if (out.key.empty() == out.jwk_url.empty()) {
    return InvalidArgument(out.key.empty() ? "key and jwk_url are not present"
                                           : "key, jwk_url both cannot be present");
  }
  if (!out.jwk_url.empty()) {
    out.type.clear();
    return OkStatus();
  }
  if (out.type.empty()) return InvalidArgument("key type is missing");
  if (std::ranges::find(kTypes, out.type) == kTypes.end()) {
    return InvalidArgument(StrCat("invalid key type: ", out.type));
  }
  return OkStatus();
}

Status ReadNamespace(const Value& settings, JwtOptions& out) {
  ASSIGN_OR_RETURN(const std::string name, TextOf(settings, "claims_namespace"));
  ASSIGN_OR_RETURN(const std::string path, TextOf(settings, "claims_namespace_path"));
  if (!name.empty() && !path.empty()) {
    return InvalidArgument("claims_namespace and claims_namespace_path both cannot be set");
  }
  if (!name.empty()) out.claims_namespace = name;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(out.claims_namespace_path, ClaimPath::Parse(path));
  }
  ASSIGN_OR_RETURN(const std::string format, TextOf(settings, "claims_format"));
  if (!format.empty() && format != "json" && format != "stringified_json") {
    return InvalidArgument(
        StrCat("invalid claims_format: ", format, "; expected json or stringified_json"));
  }
  out.stringified = format == "stringified_json";
  return OkStatus();
}

StatusOr<JwtOptions::MappedClaim> ReadMapped(const Value& value) {
  JwtOptions::MappedClaim out;
  if (!value.is_object()) {
    out.value = value;
    return out;
  }
  ASSIGN_OR_RETURN(const std::string path, TextOf(value, "path"));
  if (path.empty()) return InvalidArgument("claims_map: expected \"path\"");
  ASSIGN_OR_RETURN(out.path, ClaimPath::Parse(path));
  if (const Value* otherwise = value.Find("default")) out.value = *otherwise;
  return out;
}

Status ReadMap(const Value& settings, JwtOptions& out) {
  const Value* map = settings.Find("claims_map");
  if (map == nullptr || map->is_null()) return OkStatus();
  if (!map->is_object()) return InvalidArgument("\"claims_map\": expected an object");
  for (const auto& [name, value] : map->members()) {
    const std::string lower = ToLower(name);
    if (!lower.starts_with("x-hasura-")) {
      return InvalidArgument(StrCat("claims_map: key \"", name, "\" must start with x-hasura-"));
    }
    ASSIGN_OR_RETURN(out.claims_map[lower], ReadMapped(value));
  }
  for (const std::string_view required : {kAllowedRoles, kDefaultRole}) {
    if (!out.claims_map.contains(std::string(required))) {
      return InvalidArgument(StrCat("claims_map: key \"", required, "\" is required"));
    }
  }
  return OkStatus();
}

Status ReadAudience(const Value& settings, JwtOptions& out) {
  const Value* audience = settings.Find("audience");
  if (audience == nullptr || audience->is_null()) return OkStatus();
  if (audience->is_string()) {
    out.audience.push_back(audience->string());
    return OkStatus();
  }
  if (!audience->is_array())
    return InvalidArgument("\"audience\": expected a string or a list of strings");
  for (const Value& one : audience->items()) {
    if (!one.is_string())
      return InvalidArgument("\"audience\": expected a string or a list of strings");
    out.audience.push_back(one.string());
  }
  return OkStatus();
}

Status ReadHeader(const Value& settings, JwtOptions& out) {
  const Value* header = settings.Find("header");
  if (header == nullptr || header->is_null()) return OkStatus();
  if (!header->is_object()) return InvalidArgument("\"header\": expected an object");
  ASSIGN_OR_RETURN(const std::string type, TextOf(*header, "type"));
  ASSIGN_OR_RETURN(out.header_name, TextOf(*header, "name"));
  if (type == "Authorization") return OkStatus();
  if (type == "Cookie") {
    out.header = JwtOptions::Header::kCookie;
  } else if (type == "CustomHeader") {
    out.header = JwtOptions::Header::kCustom;
  } else {
    return InvalidArgument("\"header\": \"type\" must be Authorization, Cookie or CustomHeader");
  }
  if (out.header_name.empty()) return InvalidArgument("\"header\": \"name\" is missing");
  return OkStatus();
}

}  // namespace

StatusOr<JwtOptions> ParseJwtOptions(const std::string& text) {
  const StatusOr<Value> parsed = json::Parse(text);
  if (!parsed.ok() || !parsed->is_object()) return InvalidArgument("expected a JSON object");
  JwtOptions out;
  RETURN_IF_ERROR(ReadKey(*parsed, out));
  RETURN_IF_ERROR(ReadNamespace(*parsed, out));
  RETURN_IF_ERROR(ReadMap(*parsed, out));
  RETURN_IF_ERROR(ReadAudience(*parsed, out));
  RETURN_IF_ERROR(ReadHeader(*parsed, out));
  ASSIGN_OR_RETURN(out.issuer, TextOf(*parsed, "issuer"));
  if (const Value* skew = parsed->Find("allowed_skew"); skew != nullptr && !skew->is_null()) {
    const auto seconds = skew->int64();
    if (!seconds || *seconds < 0)
      return InvalidArgument("\"allowed_skew\": expected a number of seconds");
    out.allowed_skew = std::chrono::seconds(*seconds);
  }
  return out;
}

}  // namespace joinery::edge
