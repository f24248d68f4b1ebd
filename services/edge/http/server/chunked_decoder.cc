#include "services/edge/http/server/chunked_decoder.h"

#include <algorithm>

#include "services/edge/http/server/request.h"

namespace joinery::edge::http {
namespace {

constexpr size_t kMaxOverhead = 16 * 1024;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

void AppendGrowing(std::string& body, std::string_view bytes) {
  const size_t needed = body.size() + bytes.size() + Request::kBodyPadding;
  if (needed > body.capacity()) body.reserve(std::max(needed, body.capacity() * 2));
  body.append(bytes);
}

}  // namespace

ChunkedDecoder::State ChunkedDecoder::Decode(std::string_view& input, uint64_t max_body_bytes,
                                             std::string& body) {
  while (!input.empty()) {
    if (phase_ == Phase::kData) {
      const size_t take = static_cast<size_t>(std::min<uint64_t>(size_, input.size()));
      AppendGrowing(body, input.substr(0, take));
      input.remove_prefix(take);
      size_ -= take;
      if (size_ == 0) phase_ = Phase::kDataCr;
      continue;
    }
    const char c = input.front();
    input.remove_prefix(1);
    if (const State state = Step(c); state != State::kMore) return state;
    if (phase_ == Phase::kData && size_ > max_body_bytes - body.size()) return State::kTooLarge;
  }
  return State::kMore;
}

ChunkedDecoder::State ChunkedDecoder::Step(char c) {
  switch (phase_) {
    case Phase::kSize:
      return StepSize(c);
    case Phase::kExtension:
      if (c == '\r') {
        phase_ = Phase::kSizeLf;
        return State::kMore;
      }
      return IsControl(c) || ++overhead_ > kMaxOverhead ? State::kMalformed : State::kMore;
    case Phase::kSizeLf:
      phase_ = size_ == 0 ? Phase::kTrailer : Phase::kData;
      digits_ = 0;
      return c == '\n' ? State::kMore : State::kMalformed;
    case Phase::kDataCr:
      phase_ = Phase::kDataLf;
      return c == '\r' ? State::kMore : State::kMalformed;
    case Phase::kDataLf:
      phase_ = Phase::kSize;
      return c == '\n' ? State::kMore : State::kMalformed;
    case Phase::kTrailer:
    case Phase::kTrailerLf:
      return StepTrailer(c);
    case Phase::kData:
      break;
  }
  return State::kMalformed;
}

ChunkedDecoder::State ChunkedDecoder::StepSize(char c) {
  if (const int digit = HexValue(c); digit >= 0) {
    if (++digits_ > 15) return State::kMalformed;
    size_ = size_ * 16 + static_cast<uint64_t>(digit);
    return State::kMore;
  }
  if (digits_ == 0) return State::kMalformed;
  if (c == '\r') {
    phase_ = Phase::kSizeLf;
    return State::kMore;
  }
  if (c != ';') return State::kMalformed;
  phase_ = Phase::kExtension;
  return State::kMore;
}

ChunkedDecoder::State ChunkedDecoder::StepTrailer(char c) {
  if (phase_ == Phase::kTrailerLf) {
    if (c != '\n') return State::kMalformed;
    if (line_bytes_ == 0) return State::kDone;
    line_bytes_ = 0;
    phase_ = Phase::kTrailer;
    return State::kMore;
  }
  if (c == '\r') {
    phase_ = Phase::kTrailerLf;
    return State::kMore;
  }
  ++line_bytes_;
  return IsControl(c) || ++overhead_ > kMaxOverhead ? State::kMalformed : State::kMore;
}

}  // namespace joinery::edge::http
