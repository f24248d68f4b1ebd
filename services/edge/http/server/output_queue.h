#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/edge/http/server/body.h"
#include "services/edge/http/server/transport.h"

namespace joinery::edge::http {

// Bytes on their way to one socket, in order. Small pieces are copied together, large ones are kept
// as they came and written side by side.
class OutputQueue {
 public:
  // A text to append a few bytes to, such as a head. Invalid after the next call of another method.
  std::string& Tail();
  void Append(std::string bytes);
  void Append(Body body);

  // Writes until the queue is empty (kOk), the socket is full (kWouldBlock) or broken (kClosed).
  Transport::State Flush(Transport& transport);
  bool empty() const { return first_ == chunks_.size(); }
  // Bytes not written yet.
  size_t bytes() const;
  void Clear();

 private:
  void AppendChunk(Body::Chunk chunk);
  void Drop(size_t bytes);

  std::vector<Body::Chunk> chunks_;
  size_t first_ = 0;   // Chunks before it are written.
  size_t offset_ = 0;  // Bytes of the first that are written.
  std::string spare_;  // Keeps its memory for the next Tail.
};

}  // namespace joinery::edge::http
