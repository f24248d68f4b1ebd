#include "services/edge/auth/expiry.h"

#include <curl/curl.h>

#include <algorithm>
#include <string>

#include "base/strings.h"

namespace joinery::edge {
namespace {

// Calls `take` with each directive's name and value; the value is empty where there is none.
template <typename Take>
void EachDirective(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view one = Trim(text.substr(0, comma));
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    const size_t equals = one.find('=');
    std::string_view value = equals == one.npos ? std::string_view() : Trim(one.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    take(Trim(one.substr(0, equals)), value);
  }
}

}  // namespace

std::optional<std::chrono::seconds> MaxAge(std::string_view cache_control) {
  std::optional<int64_t> age, shared;
  EachDirective(cache_control, [&](std::string_view name, std::string_view value) {
    if (EqualsIgnoreCase(name, "max-age")) age = ParseInt64(value);
    if (EqualsIgnoreCase(name, "s-maxage")) shared = ParseInt64(value);
  });
  const std::optional<int64_t> chosen = shared ? shared : age;
  // A year is as good as for ever, and far from what a clock can hold.
  constexpr int64_t kYear = 366 * 86'400;
  if (!chosen || *chosen < 0) return std::nullopt;
  return std::chrono::seconds(std::min(*chosen, kYear));
}

bool ForbidsKeeping(std::string_view cache_control) {
  bool forbids = false;
  EachDirective(cache_control, [&](std::string_view name, std::string_view) {
    forbids = forbids || EqualsIgnoreCase(name, "no-cache") || EqualsIgnoreCase(name, "no-store") ||
              EqualsIgnoreCase(name, "must-revalidate");
  });
  return forbids;
}

std::optional<std::chrono::system_clock::time_point> ParseHttpDate(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::system_clock::from_time_t(seconds);
}

}  // namespace joinery::edge
