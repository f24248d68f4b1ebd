#include "services/edge/auth/jwt/claims.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "services/edge/auth/session_headers.h"

namespace joinery::edge {
namespace {

using json::Value;
using Variables = std::map<std::string, Value>;

Issue Invalid(std::string message) {
  return {.code = "jwt-invalid-claims", .message = std::move(message), .path = "$"};
}

Issue Refused(std::string_view reason) {
  return {.code = "invalid-jwt", .message = StrCat("Could not verify JWT: ", reason), .path = "$"};
}

std::string_view KindOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "Null";
    case Value::Kind::kBool:
      return "Boolean";
    case Value::Kind::kNumber:
      return "Number";
    case Value::Kind::kString:
      return "String";
    case Value::Kind::kArray:
      return "Array";
    case Value::Kind::kObject:
      return "Object";
  }
  return "Null";
}

std::string Parsing(std::string_view wanted, std::string_view expected, const Value& found) {
  return StrCat("parsing ", wanted, " failed, expected ", expected, ", but encountered ",
                KindOf(found));
}

// Seconds since the epoch; nullopt: no such claim.
std::optional<double> Seconds(const Value& claims, std::string_view name) {
  const Value* value = claims.Find(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return std::strtod(std::string(value->number_text()).c_str(), nullptr);
}

bool InAudience(const Value& claims, const std::vector<std::string>& wanted) {
  const Value* audience = claims.Find("aud");
  if (audience == nullptr) return false;
  const auto among = [&](const Value& one) {
    return one.is_string() && std::ranges::find(wanted, one.string()) != wanted.end();
  };
  if (audience->is_array()) return std::ranges::any_of(audience->items(), among);
  return among(*audience);
}

// The object under the namespace.
IssueOr<Value> Namespaced(const Value& claims, const JwtOptions& options) {
  const Value* found = nullptr;
  std::string place;
  if (options.claims_namespace_path) {
    place = StrCat("claims_namespace_path ", options.claims_namespace_path->text());
    found = options.claims_namespace_path->Find(claims);
    if (found == nullptr) {
      return Invalid(StrCat("claims not found at claims_namespace_path: '",
                            options.claims_namespace_path->text(), "'"));
    }
  } else {
    place = StrCat("claims_namespace ", options.claims_namespace);
    found = claims.Find(options.claims_namespace);
    if (found == nullptr)
      return Invalid(StrCat("claims key: '", options.claims_namespace, "' not found"));
  }
  if (!options.stringified) {
    if (found->is_object()) return *found;
    return Invalid("expecting a json object when claims_format is json");
  }
  if (!found->is_string())
    return Invalid("expecting a string when claims_format is stringified_json");
  StatusOr<Value> parsed = json::Parse(found->string());
  if (parsed.ok() && parsed->is_object()) return *std::move(parsed);
  return Invalid(
      StrCat("expecting stringified json at: '", place, "', but found: ", found->string()));
}

IssueOr<Variables> Mapped(const Value& claims, const JwtOptions& options) {
  Variables out;
  for (const auto& [name, mapped] : options.claims_map) {
    const Value* value = mapped.path ? mapped.path->Find(claims) : nullptr;
    if (value == nullptr && mapped.value) value = &*mapped.value;
    if (value != nullptr) {
      out.emplace(name, *value);
    } else if (name != kAllowedRoles && name != kDefaultRole) {
      return Invalid(StrCat("JWT claim from claims_map, ", name, " not found"));
    }
  }
  return out;
}

IssueOr<Variables> HasuraClaims(const Value& claims, const JwtOptions& options) {
  if (!options.claims_map.empty()) return Mapped(claims, options);
  ASSIGN_OR_RETURN_ISSUE(const Value object, Namespaced(claims, options));
  Variables out;
  for (const auto& [name, value] : object.members()) {
    std::string lower = ToLower(name);
    if (lower.starts_with("x-hasura-")) out.emplace(std::move(lower), value);
  }
  return out;
}

IssueOr<Value> TakeRoleClaim(Variables& variables, std::string_view name) {
  const auto found = variables.find(std::string(name));
  if (found == variables.end()) {
    return Issue{.code = "jwt-missing-role-claims",
                 .message = StrCat("JWT claim does not contain ", name),
                 .path = "$"};
  }
  Value value = std::move(found->second);
  variables.erase(found);
  return value;
}

IssueOr<std::string> ChooseRole(Variables& variables, std::string_view wanted) {
  ASSIGN_OR_RETURN_ISSUE(const Value allowed, TakeRoleClaim(variables, kAllowedRoles));
  const auto bad_list = [](const std::string& detail) {
    return Invalid(StrCat("invalid ", kAllowedRoles, "; should be a list of roles: ", detail));
  };
  if (!allowed.is_array()) return bad_list(Parsing("[]", "Array", allowed));
  for (const Value& role : allowed.items()) {
    if (!role.is_string()) return bad_list(Parsing("Text", "String", role));
  }
  ASSIGN_OR_RETURN_ISSUE(const Value otherwise, TakeRoleClaim(variables, kDefaultRole));
  if (!otherwise.is_string()) {
    return Invalid(StrCat("invalid ", kDefaultRole,
                          "; should be a role: ", Parsing("Text", "String", otherwise)));
  }
  const std::string role = wanted.empty() ? otherwise.string() : std::string(wanted);
  const bool may =
      std::ranges::any_of(allowed.items(), [&](const Value& one) { return one.string() == role; });
  if (may) return role;
  return Issue{.code = "access-denied",
               .message = "Your requested role is not in allowed roles",
               .path = "$"};
}

}  // namespace

MaybeIssue CheckRegisteredClaims(const Value& claims, const JwtOptions& options,
                                 std::chrono::system_clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const auto skew = static_cast<double>(options.allowed_skew.count());
  if (const auto expires = Seconds(claims, "exp"); expires && seconds >= *expires + skew) {
    return Refused("JWTExpired");
  }
  if (const auto begins = Seconds(claims, "nbf"); begins && seconds < *begins - skew) {
    return Refused("JWTNotYetValid");
  }
  if (const auto issued = Seconds(claims, "iat"); issued && seconds < *issued - skew) {
    return Refused("JWTIssuedAtFuture");
  }
  if (!options.audience.empty() && !InAudience(claims, options.audience)) {
    return Refused("JWTNotInAudience");
  }
  if (!options.issuer.empty()) {
    const Value* issuer = claims.Find("iss");
    if (issuer == nullptr || !issuer->is_string() || issuer->string() != options.issuer) {
      return Refused("JWTNotInIssuer");
    }
  }
  return {};
}

IssueOr<Authenticated> SessionOfClaims(const Value& claims, const JwtOptions& options,
                                       std::string_view wanted_role) {
  ASSIGN_OR_RETURN_ISSUE(Variables variables, HasuraClaims(claims, options));
  Authenticated out;
  ASSIGN_OR_RETURN_ISSUE(out.session.role, ChooseRole(variables, wanted_role));
  out.session.variables.emplace_back(kRoleVariable, out.session.role);
  for (const auto& [name, value] : variables) {
    if (name == kRoleVariable) continue;
    if (!value.is_string()) {
      return Invalid(StrCat("x-hasura-* claims: ", Parsing("Text", "String", value)));
    }
    out.session.variables.emplace_back(name, value.string());
  }
  if (const auto expires = Seconds(claims, "exp"); expires && *expires < 1e11) {
    out.expires = std::chrono::system_clock::from_time_t(static_cast<time_t>(std::ceil(*expires)));
  }
  return out;
}

}  // namespace joinery::edge
