#include "services/edge/auth/jwt/claim_path.h"

#include "base/strings.h"

namespace joinery::edge {
namespace {

Status Bad(std::string_view text, size_t at) {
  return InvalidArgument(StrCat("invalid JSON path \"", text, "\": at character ", at));
}

}  // namespace

StatusOr<ClaimPath> ClaimPath::Parse(std::string_view text) {
  ClaimPath out;
  out.text_ = text;
  size_t at = text.starts_with('$') ? 1 : 0;
  while (at < text.size()) {
    const bool dot = text[at] == '.';
    if (dot) ++at;
    if (at < text.size() && text[at] == '[') {
      ++at;
      if (at >= text.size()) return Bad(text, at);
      const char quote = text[at];
      if (quote == '\'' || quote == '"') {
        const size_t end = text.find(quote, at + 1);
        if (end == text.npos) return Bad(text, at);
        out.steps_.emplace_back(std::string(text.substr(at + 1, end - at - 1)));
        at = end + 1;
      } else {
        const size_t end = text.find(']', at);
        if (end == text.npos) return Bad(text, at);
        const auto index = ParseInt64(text.substr(at, end - at));
        if (!index || *index < 0) return Bad(text, at);
        out.steps_.emplace_back(static_cast<size_t>(*index));
        at = end;
      }
      if (at >= text.size() || text[at] != ']') return Bad(text, at);
      ++at;
      continue;
    }
    if (!dot && !(at == 0 && !text.starts_with('$'))) return Bad(text, at);
    const size_t end = std::min(text.find_first_of(".[", at), text.size());
    if (end == at) return Bad(text, at);
    out.steps_.emplace_back(std::string(text.substr(at, end - at)));
    at = end;
  }
  return out;
}

const json::Value* ClaimPath::Find(const json::Value& claims) const {
  const json::Value* value = &claims;
  for (const json::PathStep& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      value = value->is_object() ? value->Find(*name) : nullptr;
    } else {
      const size_t index = std::get<size_t>(step);
      value = value->is_array() && index < value->items().size() ? &value->items()[index] : nullptr;
    }
    if (value == nullptr) return nullptr;
  }
  return value;
}

}  // namespace joinery::edge
