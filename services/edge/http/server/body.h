#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace joinery::edge::http {

// The bytes of an answer as a list of chunks, written to the socket without being joined first.
// Empty chunks are dropped. A value; not thread-safe.
class Body {
 public:
  // Either owns `text`, or looks at `view`, which `owner` keeps alive.
  struct Chunk {
    std::string text;
    std::string_view view;
    std::shared_ptr<const void> owner;

    std::string_view bytes() const { return owner == nullptr ? std::string_view(text) : view; }
  };

  Body() = default;
  Body(std::string text) { Append(std::move(text)); }  // NOLINT: a text is a body.
  Body(const char* text) : Body(std::string(text)) {}  // NOLINT
  Body(std::vector<std::string> chunks) {              // NOLINT
    chunks_.reserve(chunks.size());
    for (auto& chunk : chunks) Append(std::move(chunk));
  }

  void Append(std::string chunk) {
    if (chunk.empty()) return;
    size_ += chunk.size();
    chunks_.push_back({.text = std::move(chunk), .view = {}, .owner = nullptr});
  }
  // Takes no copy: `owner`, which must not be null, keeps `bytes` alive until they are written.
  void AppendShared(std::string_view bytes, std::shared_ptr<const void> owner) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    chunks_.push_back({.text = {}, .view = bytes, .owner = std::move(owner)});
  }

  // Bytes in all chunks.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  // Leaves the body empty.
  std::vector<Chunk> TakeChunks() {
    size_ = 0;
    return std::exchange(chunks_, {});
  }

 private:
  std::vector<Chunk> chunks_;
  size_t size_ = 0;
};

}  // namespace joinery::edge::http
