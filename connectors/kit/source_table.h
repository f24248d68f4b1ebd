#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/connector.h"

namespace joinery::connectors {

// The sources of one connector, by name, with what was made of their definitions: those of the
// newest version, and for as long as a request may run those of the versions before. Thread-safe.
template <typename Made>
class SourceTable {
  using Clock = std::chrono::steady_clock;

 public:
  using Shared = std::shared_ptr<Made>;

  // Longer than any request runs.
  static constexpr std::chrono::minutes kKept{3};

  // As of a schema version; of one that was never set, the newest or else the last of that name.
  // Version 0: the newest. nullptr: no such source.
  Shared Find(std::string_view name, uint64_t version) const {
    std::shared_lock lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    const std::vector<Entry>& entries = found->second;
    const auto step = steps_.find(version);
    if (step == steps_.end() && version != 0) return entries.back().made;
    const uint64_t at = version == 0 ? step_ : step->second.number;
    const auto entry = std::ranges::find_if(
        entries, [&](const Entry& one) { return one.begin <= at && at < one.end; });
    return entry == entries.end() ? nullptr : entry->made;
  }

  // `make(source, known)`: what to make of a source; `known` again, which is what the name stands
  // for so far or null, where it is the same. Returns what no newest version has any more.
  template <typename Make>
  std::vector<Shared> Set(plan::SourceKind kind, const std::vector<plan::SourceConfig>& sources,
                          uint64_t version, const Make& make,
                          Clock::time_point now = Clock::now()) {
    std::map<std::string_view, Shared> next;
    for (const plan::SourceConfig& source : sources) {
      if (source.name.kind != kind) continue;
      next.insert_or_assign(source.name.name, make(source, Find(source.name.name, 0)));
    }
    std::unique_lock lock(mutex_);
    Forget(now - kKept);
    steps_[version_].replaced = now;
    version_ = version;
    steps_[version_] = {.number = ++step_};
    std::vector<Shared> gone = Retire(next, now);
    for (auto& [name, made] : next) {
      std::vector<Entry>& entries = by_name_[std::string(name)];
      if (!entries.empty() && entries.back().end == kOpen) continue;
      entries.push_back({.made = std::move(made), .begin = step_});
    }
    return gone;
  }

  // All, whatever their version; empty afterwards.
  std::vector<Shared> TakeAll() {
    std::unique_lock lock(mutex_);
    std::vector<Shared> out;
    for (auto& [name, entries] : by_name_) {
      for (Entry& entry : entries) out.push_back(std::move(entry.made));
    }
    by_name_.clear();
    return out;
  }

 private:
  static constexpr uint64_t kOpen = std::numeric_limits<uint64_t>::max();
  struct Entry {
    Shared made;
    uint64_t begin = 0;  // Steps.
    uint64_t end = kOpen;
    Clock::time_point retired{};
  };
  struct Step {
    uint64_t number = 0;
    Clock::time_point replaced = Clock::time_point::max();
  };

  std::vector<Shared> Retire(const std::map<std::string_view, Shared>& next,
                             Clock::time_point now) {
    std::vector<Shared> gone;
    for (auto& [name, entries] : by_name_) {
      Entry& newest = entries.back();
      const auto kept = next.find(name);
      if (newest.end != kOpen || (kept != next.end() && kept->second == newest.made)) continue;
      newest.end = step_;
      newest.retired = now;
      gone.push_back(newest.made);
    }
    return gone;
  }

  void Forget(Clock::time_point before) {
    std::erase_if(steps_, [&](const auto& step) { return step.second.replaced < before; });
    for (auto it = by_name_.begin(); it != by_name_.end();) {
      std::erase_if(it->second, [&](const Entry& entry) {
        return entry.end != kOpen && entry.retired < before;
      });
      it = it->second.empty() ? by_name_.erase(it) : std::next(it);
    }
  }

  mutable std::shared_mutex mutex_;
  std::map<std::string, std::vector<Entry>, std::less<>> by_name_;  // Oldest first; never empty.
  // Each Set is a step: versions need not come in their order, nor only once.
  std::map<uint64_t, Step> steps_;
  uint64_t version_ = 0;
  uint64_t step_ = 0;
};

}  // namespace joinery::connectors
