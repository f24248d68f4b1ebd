#include "executor/splice.h"

namespace joinery::executor {

void Splicer::Value(uint32_t fetch, uint32_t root, uint32_t slot, uint32_t bubble) {
  const FetchOutcome& outcome = outcomes_[fetch];
  const bool there = !outcome.failed && root < outcome.result.values.size() &&
                     slot < outcome.result.values[root].size();
  if (!outcome.errors.empty()) {
    bool null = true;
    if (there) {
      const plan::Slice& slice = outcome.result.values[root][slot];
      null = std::string_view(outcome.result.bytes).substr(slice.begin, slice.end - slice.begin) ==
             "null";
    }
    troubles_.push_back({.offset = out_.size(),
                         .fetch = fetch,
                         .root = root,
                         .slot = slot,
                         .bubble = bubble,
                         .is_null = null});
  }
  if (!there) {
    out_.append("null");
    return;
  }
  const plan::ExecuteResult& result = outcome.result;
  const plan::Slice& slice = result.values[root][slot];
  const std::string_view bytes = result.bytes;
  size_t at = slice.begin;
  for (size_t h = slice.first_hole; h < result.holes.size(); ++h) {
    const plan::Hole& hole = result.holes[h];
    // A hole at the very end of a slice belongs to what follows: values never end in a hole.
    if (hole.offset >= slice.end) break;
    out_.append(bytes.substr(at, hole.offset - at));
    at = hole.offset;
    if (hole.slot == plan::Hole::kNullKey) {
      out_.append("null");
      continue;
    }
    const plan::JoinTarget& target = plan_.fetches[fetch].joins[hole.join];
    const uint32_t child_slot = hole.slot;
    Value(target.fetch, target.root, child_slot, target.bubble);
  }
  out_.append(bytes.substr(at, slice.end - at));
}

}  // namespace joinery::executor
