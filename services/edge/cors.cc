#include "services/edge/cors.h"

namespace joinery::edge {
namespace {

bool Matches(std::string_view domain, std::string_view origin) {
  if (domain == "*" || domain == origin) return true;
  const size_t star = domain.find("://*.");
  if (star == domain.npos) return false;
  const std::string_view scheme = domain.substr(0, star + 3);
  const std::string_view rest = domain.substr(star + 4);
  if (!origin.starts_with(scheme) || !origin.ends_with(rest)) return false;
  if (origin.size() <= scheme.size() + rest.size()) return false;
  const std::string_view label =
      origin.substr(scheme.size(), origin.size() - scheme.size() - rest.size());
  return label.find('.') == label.npos && label.find('/') == label.npos;
}

}  // namespace

bool OriginAllowed(const std::vector<std::string>& domains, std::string_view origin) {
  for (const std::string& domain : domains) {
    if (Matches(domain, origin)) return true;
  }
  return false;
}

}  // namespace joinery::edge
