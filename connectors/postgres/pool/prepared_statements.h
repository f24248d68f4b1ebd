#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/strings.h"

namespace joinery::connectors::postgres {

// Which statements one session has prepared, under which names; the least recently used one goes
// when there are too many. Not thread-safe.
class PreparedStatements {
 public:
  explicit PreparedStatements(size_t most) : most_(most) {}

  // The name of a prepared statement, now the most recently used; nullptr when it is not prepared.
  const std::string* Find(std::string_view id);
  // A fresh name for a statement that is about to be prepared.
  std::string NextName();
  // The server has it. What is evicted for it joins `dropped`.
  void Add(std::string id, std::string name);
  // Makes the next use prepare it anew.
  void Forget(std::string_view id);
  // As if the session were new; nothing joins `dropped`.
  void Clear();

  // Names to deallocate at the server; the caller takes over.
  std::vector<std::string> TakeDropped();
  size_t size() const { return by_id_.size(); }

 private:
  struct Entry {
    std::string id;
    std::string name;
  };
  using Entries = std::list<Entry>;

  void Drop(Entries::iterator entry);

  const size_t most_;
  uint64_t next_ = 0;
  Entries entries_;                                                // Most recently used first.
  std::unordered_map<std::string_view, Entries::iterator> by_id_;  // Keys point into entries_.
  std::vector<std::string> dropped_;
};

}  // namespace joinery::connectors::postgres
