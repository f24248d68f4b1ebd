#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/edge/http/server/body.h"
#include "services/edge/http/server/connection.h"
#include "services/edge/http/server/exchange.h"
#include "services/edge/http/server/head_parser.h"

namespace joinery::edge::http {

// A body on its way out, given away frame by frame without a copy.
class BodyQueue {
 public:
  void Append(Body body);
  // The next `size` bytes, at most size().
  Body Take(size_t size);
  size_t size() const { return size_; }

 private:
  std::vector<Body::Chunk> chunks_;  // Each with an owner.
  size_t first_ = 0;
  size_t offset_ = 0;
  size_t size_ = 0;
};

// One stream of an HTTP/2 connection: the exchange, what its head said, and its answer's bytes.
class Http2Stream final : public Exchange {
 public:
  Http2Stream(EventLoop& loop, ResponseSink* sink, int32_t id) : Exchange(loop, sink), id(id) {}

  // A list without memory of its own.
  void LinkInto(Http2Stream** list);
  void Unlink();
  Http2Stream* next() const { return next_; }

  void AddField(std::string_view name, std::string_view value);
  // All fields are there: fills in the request. Returns 0 or the status to refuse with.
  int FinishHead(const HeadLimits& limits);

  // More of the request may come.
  bool receiving() const { return phase == Phase::kReceiving || discards_request; }
  Clock::time_point deadline() const {
    return receiving() ? std::min(receive_by, write_by) : write_by;
  }

  const int32_t id;
  size_t head_size = 0;
  int refuse_with = 0;
  uint64_t content_length = 0;
  Clock::time_point receive_by;
  BodyQueue output;
  // By when the client has to take some of it.
  Clock::time_point write_by = Clock::time_point::max();
  bool output_ended = false;
  bool has_body = false;  // Of a streamed answer.
  // Refused before its end. A reset would cost some clients the answer, so what still comes is
  // thrown away until the client ends or time is up.
  bool discards_request = false;

 private:
  struct Span {
    size_t name;
    size_t value;
    size_t end;
  };

  void TakePseudoField(std::string_view name, std::string_view value);

  std::vector<Span> fields_;  // In `head`, whose memory may move while it grows.
  Http2Stream* next_ = nullptr;
  Http2Stream** link_ = nullptr;  // What points to us.
};

}  // namespace joinery::edge::http
