#include "connectors/kit/headers.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace joinery::connectors {
namespace {

constexpr std::array<std::string_view, 17> kNotForwarded = {
    "content-length", "content-md5",     "user-agent",      "host",           "origin",
    "referer",        "accept",          "accept-encoding", "accept-language", "accept-datetime",
    "cache-control",  "connection",      "dnt",             "content-type",   "transfer-encoding",
    "upgrade",        "te"};

}  // namespace

void AddHeader(plan::Headers& headers, std::string_view name, std::string_view value) {
  const bool known = std::ranges::any_of(
      headers, [&](const auto& header) { return EqualsIgnoreCase(header.first, name); });
  if (!known) headers.emplace_back(name, value);
}

void AddForwardedHeaders(plan::Headers& headers, const plan::Headers& client) {
  for (const auto& [name, value] : client) {
    if (name == "host") AddHeader(headers, "X-Forwarded-Host", value);
    if (name == "user-agent") AddHeader(headers, "X-Forwarded-User-Agent", value);
    if (name.starts_with(':') || name.starts_with("x-hasura-")) continue;
    if (std::ranges::find(kNotForwarded, name) != kNotForwarded.end()) continue;
    AddHeader(headers, name, value);
  }
}

}  // namespace joinery::connectors
