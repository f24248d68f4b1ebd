#include "services/edge/auth/session_headers.h"

#include "base/strings.h"

namespace joinery::edge {
namespace {

constexpr std::string_view kBackendOnly = "x-hasura-use-backend-only-permissions";

IssueOr<bool> BackendOnly(const HeaderList& headers) {
  const std::string_view given = FindHeader(headers, kBackendOnly);
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

}  // namespace

std::string_view FindHeader(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

plan::Session SessionOf(const HeaderList& headers, std::string_view role) {
  plan::Session session;
  session.role = role;
  session.variables.emplace_back(kRoleVariable, role);
  for (const auto& [name, value] : headers) {
    if (!name.starts_with("x-hasura-") || name == kSecretHeader || name == kOldSecretHeader ||
        name == kRoleVariable) {
      continue;
    }
    session.variables.emplace_back(name, value);
  }
  return session;
}

IssueOr<plan::Session> TrustedSession(const HeaderList& headers) {
  const std::string_view role = FindHeader(headers, kRoleVariable);
  plan::Session session = SessionOf(headers, role.empty() ? "admin" : role);
  ASSIGN_OR_RETURN_ISSUE(session.backend_only, BackendOnly(headers));
  return session;
}

}  // namespace joinery::edge
