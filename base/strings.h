#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace joinery {

namespace strings_internal {
inline void AppendPiece(std::string& out, std::string_view piece) { out.append(piece); }
inline void AppendPiece(std::string& out, char piece) { out.push_back(piece); }
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void AppendPiece(std::string& out,
                                                                            T piece) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), piece).ptr;
  out.append(buffer, end);
}
}  // namespace strings_internal

// Appends texts, characters and integers to `out`.
template <typename... Pieces>
void StrAppend(std::string& out, const Pieces&... pieces) {
  (strings_internal::AppendPiece(out, pieces), ...);
}

// One string of texts, characters and integers.
template <typename... Pieces>
std::string StrCat(const Pieces&... pieces) {
  std::string out;
  StrAppend(out, pieces...);
  return out;
}

// The parts between separators, empty ones included; views into `text`.
std::vector<std::string_view> Split(std::string_view text, char separator);

template <typename Range>
std::string Join(const Range& parts, std::string_view separator) {
  std::string out;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) out.append(separator);
    first = false;
    out.append(part);
  }
  return out;
}

// ASCII only.
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
std::string_view Trim(std::string_view text);

// The whole of `text` as a decimal integer; nullopt for anything else or out of range.
std::optional<int64_t> ParseInt64(std::string_view text);

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

// Lets hashed containers with std::string keys be asked with a std::string_view.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// The one of `candidates` that a writer most likely meant by `name`; empty when none is near.
std::string_view NearestName(std::string_view name,
                             const std::vector<std::string_view>& candidates);

}  // namespace joinery
