#include "services/edge/http/server/output_queue.h"

#include <utility>

namespace joinery::edge::http {
namespace {

// Below it, a copy costs less than one more piece in the kernel's list.
constexpr size_t kCopyBelow = 2048;
constexpr size_t kMaxTail = 16 * 1024;
constexpr size_t kKeptSpare = 32 * 1024;
constexpr int kMaxPieces = 64;

}  // namespace

std::string& OutputQueue::Tail() {
  if (!empty() && chunks_.back().owner == nullptr && chunks_.back().text.size() < kMaxTail) {
    return chunks_.back().text;
  }
  chunks_.push_back({.text = std::exchange(spare_, {}), .view = {}, .owner = nullptr});
  return chunks_.back().text;
}

void OutputQueue::Append(std::string bytes) {
  if (bytes.empty()) return;
  AppendChunk({.text = std::move(bytes), .view = {}, .owner = nullptr});
}

void OutputQueue::Append(Body body) {
  for (Body::Chunk& chunk : body.TakeChunks()) AppendChunk(std::move(chunk));
}

void OutputQueue::AppendChunk(Body::Chunk chunk) {
  const std::string_view bytes = chunk.bytes();
  if (bytes.size() <= kCopyBelow) {
    Tail().append(bytes);
  } else {
    chunks_.push_back(std::move(chunk));
  }
}

Transport::State OutputQueue::Flush(Transport& transport) {
  while (!empty()) {
    iovec pieces[kMaxPieces];
    int count = 0;
    for (size_t i = first_; i < chunks_.size() && count < kMaxPieces; ++i) {
      std::string_view bytes = chunks_[i].bytes();
      if (i == first_) bytes.remove_prefix(offset_);
      if (bytes.empty()) continue;
      pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    if (count == 0) {
      Clear();
      break;
    }
    const Transport::Outcome outcome = transport.Write(pieces, count);
    if (outcome.state != Transport::State::kOk) return outcome.state;
    Drop(outcome.bytes);
  }
  return Transport::State::kOk;
}

void OutputQueue::Drop(size_t bytes) {
  while (first_ < chunks_.size()) {
    const size_t left = chunks_[first_].bytes().size() - offset_;
    if (bytes < left) {
      offset_ += bytes;
      return;
    }
    bytes -= left;
    offset_ = 0;
    Body::Chunk& done = chunks_[first_++];
    if (spare_.capacity() < done.text.capacity() && done.text.capacity() <= kKeptSpare) {
      spare_ = std::move(done.text);
      spare_.clear();
    }
    done = Body::Chunk();
  }
  Clear();
}

size_t OutputQueue::bytes() const {
  size_t sum = 0;
  for (size_t i = first_; i < chunks_.size(); ++i) sum += chunks_[i].bytes().size();
  return sum - offset_;
}

void OutputQueue::Clear() {
  chunks_.clear();
  first_ = 0;
  offset_ = 0;
}

}  // namespace joinery::edge::http
