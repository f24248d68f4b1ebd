#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "graphql/arena.h"

namespace joinery::graphql {

// Stores equal texts once, on an arena, and numbers them. Not thread-safe.
class StringPool {
 public:
  explicit StringPool(Arena& arena) : arena_(arena), slots_(64, kEmpty) {}

  // The number of `text`: 0, 1, … in order of first appearance.
  uint32_t Add(std::string_view text) {
    const size_t hash = std::hash<std::string_view>{}(text);
    size_t at = hash & (slots_.size() - 1);
    for (; slots_[at] != kEmpty; at = (at + 1) & (slots_.size() - 1)) {
      const Entry& entry = entries_[slots_[at]];
      if (entry.hash == hash && entry.text == text) return slots_[at];
    }
    const auto number = static_cast<uint32_t>(entries_.size());
    entries_.push_back({hash, arena_.Copy(text)});
    slots_[at] = number;
    if (entries_.size() * 2 > slots_.size()) Grow();
    return number;
  }

  // The number of `text` if it was added.
  std::optional<uint32_t> Find(std::string_view text) const {
    const size_t hash = std::hash<std::string_view>{}(text);
    for (size_t at = hash & (slots_.size() - 1); slots_[at] != kEmpty;
         at = (at + 1) & (slots_.size() - 1)) {
      const Entry& entry = entries_[slots_[at]];
      if (entry.hash == hash && entry.text == text) return slots_[at];
    }
    return std::nullopt;
  }

  std::string_view text(uint32_t number) const { return entries_[number].text; }
  size_t size() const { return entries_.size(); }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  struct Entry {
    size_t hash;
    std::string_view text;
  };

  void Grow() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      size_t at = entries_[i].hash & (slots_.size() - 1);
      while (slots_[at] != kEmpty) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i;
    }
  }

  Arena& arena_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;
};

}  // namespace joinery::graphql
