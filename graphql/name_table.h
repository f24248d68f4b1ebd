#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

#include "graphql/arena.h"

namespace joinery::graphql {

// A flat hash index over names that are stored elsewhere: it maps a name to a position. Below a
// handful of names there is no table at all, and Find compares one after the other.
//
// Made once, on an arena; immutable afterwards. A trivially copyable view.
class NameTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  NameTable() = default;

  // `name_at(i)` gives the i-th of `count` names. For equal names the first position wins, and
  // `on_duplicate(i)` is called for each later one.
  template <typename NameAt, typename OnDuplicate>
  NameTable(Arena& arena, uint32_t count, NameAt name_at, OnDuplicate on_duplicate)
      : count_(count) {
    if (count > kLinear) {
      uint32_t capacity = 32;
      while (capacity < count * 2) capacity *= 2;
      slots_ = arena.NewArray<Slot>(capacity);
      std::memset(slots_, 0xff, sizeof(Slot) * capacity);
      mask_ = capacity - 1;
    }
    for (uint32_t i = 0; i < count; ++i) {
      if (!Insert(i, name_at)) on_duplicate(i);
    }
  }

  // The position of `name`, or kNone; `name_at` as at construction.
  template <typename NameAt>
  uint32_t Find(std::string_view name, NameAt name_at) const {
    if (slots_ == nullptr) {
      for (uint32_t i = 0; i < count_; ++i) {
        if (name_at(i) == name) return i;
      }
      return kNone;
    }
    const uint32_t hash = Hash(name);
    for (uint32_t at = hash & mask_; slots_[at].position != kNone; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && name_at(slots_[at].position) == name) {
        return slots_[at].position;
      }
    }
    return kNone;
  }

 private:
  static constexpr uint32_t kLinear = 8;

  struct Slot {
    uint32_t hash;
    uint32_t position;
  };

  static uint32_t Hash(std::string_view name) {
    return static_cast<uint32_t>(std::hash<std::string_view>{}(name));
  }

  template <typename NameAt>
  bool Insert(uint32_t i, NameAt name_at) {
    const std::string_view name = name_at(i);
    if (slots_ == nullptr) {
      for (uint32_t j = 0; j < i; ++j) {
        if (name_at(j) == name) return false;
      }
      return true;
    }
    const uint32_t hash = Hash(name);
    uint32_t at = hash & mask_;
    for (; slots_[at].position != kNone; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && name_at(slots_[at].position) == name) return false;
    }
    slots_[at] = {hash, i};
    return true;
  }

  Slot* slots_ = nullptr;
  uint32_t count_ = 0;
  uint32_t mask_ = 0;
};

}  // namespace joinery::graphql
