#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace joinery::edge::http {

// Takes the chunked coding (RFC 9112, 7.1) off a request's body, over as many calls as it takes.
// Extensions and trailer fields are read over, within limits.
class ChunkedDecoder {
 public:
  enum class State { kMore, kDone, kMalformed, kTooLarge };

  // Appends decoded bytes to `body` and cuts what it has read off `input`. Once kDone, `input`
  // starts with what comes behind the body. kTooLarge: `body` would exceed `max_body_bytes`.
  State Decode(std::string_view& input, uint64_t max_body_bytes, std::string& body);
  void Reset() { *this = ChunkedDecoder(); }

 private:
  enum class Phase { kSize, kExtension, kSizeLf, kData, kDataCr, kDataLf, kTrailer, kTrailerLf };

  State Step(char c);
  State StepSize(char c);
  State StepTrailer(char c);

  Phase phase_ = Phase::kSize;
  uint64_t size_ = 0;  // Of the chunk that we are at; counts down.
  size_t digits_ = 0;
  size_t line_bytes_ = 0;  // Of the current trailer line.
  size_t overhead_ = 0;    // Bytes of extensions and trailers so far.
};

}  // namespace joinery::edge::http
