#include "connectors/kit/shown_body.h"

#include <simdjson.h>

#include <algorithm>

namespace joinery::connectors {

std::string ShownBody(std::string_view body) {
  constexpr size_t kMaxBytes = 2000;
  size_t end = std::min(body.size(), kMaxBytes);
  while (end > 0 && end < body.size() && (static_cast<unsigned char>(body[end]) & 0xc0) == 0x80)
    --end;
  std::string out(body.substr(0, end));
  if (!simdjson::validate_utf8(out.data(), out.size())) {
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return out;
}

}  // namespace joinery::connectors
