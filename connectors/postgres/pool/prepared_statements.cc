#include "connectors/postgres/pool/prepared_statements.h"

#include <utility>

namespace joinery::connectors::postgres {

const std::string* PreparedStatements::Find(std::string_view id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->name;
}

std::string PreparedStatements::NextName() { return StrCat("j", ++next_); }

void PreparedStatements::Add(std::string id, std::string name) {
  Forget(id);
  entries_.push_front({std::move(id), std::move(name)});
  by_id_.emplace(entries_.front().id, entries_.begin());
  if (entries_.size() > most_) Drop(std::prev(entries_.end()));
}

void PreparedStatements::Forget(std::string_view id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) Drop(found->second);
}

void PreparedStatements::Clear() {
  by_id_.clear();
  entries_.clear();
  dropped_.clear();
}

void PreparedStatements::Drop(Entries::iterator entry) {
  dropped_.push_back(std::move(entry->name));
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

std::vector<std::string> PreparedStatements::TakeDropped() { return std::exchange(dropped_, {}); }

}  // namespace joinery::connectors::postgres
