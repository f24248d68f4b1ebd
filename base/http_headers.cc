#include "base/http_headers.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace joinery {
namespace {

// They belong to one hop, or tell of a body that is not sent on.
constexpr std::array<std::string_view, 10> kNeverForwarded = {
    "content-length", "host",    "connection", "transfer-encoding", "keep-alive",
    "content-type",   "upgrade", "te",         "proxy-connection",  "expect"};

constexpr std::array<std::string_view, 10> kNotForwarded = {
    "content-md5",     "user-agent",      "origin",          "referer",       "accept",
    "accept-encoding", "accept-language", "accept-datetime", "cache-control", "dnt"};

template <typename Names>
bool Holds(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const auto& one) { return EqualsIgnoreCase(one, name); });
}

}  // namespace

bool GoesOn(std::string_view name) {
  return !name.starts_with(':') && !Holds(kNeverForwarded, name) && !Holds(kNotForwarded, name);
}

void AddHeader(HttpHeaders& headers, std::string_view name, std::string_view value) {
  const bool known = std::ranges::any_of(
      headers, [&](const auto& header) { return EqualsIgnoreCase(header.first, name); });
  if (!known) headers.emplace_back(name, value);
}

void AddForwardedHeaders(HttpHeaders& headers, const HttpHeaders& client,
                         std::span<const std::string> ignored) {
  for (const auto& [name, value] : client) {
    if (EqualsIgnoreCase(name, "host")) AddHeader(headers, "X-Forwarded-Host", value);
    if (EqualsIgnoreCase(name, "user-agent")) AddHeader(headers, "X-Forwarded-User-Agent", value);
    if (name.starts_with(':') || StartsWithIgnoreCase(name, "x-hasura-")) continue;
    if (Holds(kNeverForwarded, name)) continue;
    if (ignored.empty() ? Holds(kNotForwarded, name) : Holds(ignored, name)) continue;
    AddHeader(headers, name, value);
  }
}

}  // namespace joinery
