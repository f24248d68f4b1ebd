#include "services/kit/rpc/framing.h"

#include <algorithm>
#include <cstring>

#include "base/strings.h"

namespace joinery::kit::rpc {
namespace {

constexpr size_t kPrefix = 5;
constexpr size_t kReserveAtOnce = 1 << 20;
constexpr int64_t kMaxDigits = 99'999'999;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int64_t RoundedUp(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

}  // namespace

size_t BeginMessage(std::string& out) {
  const size_t begin = out.size();
  out.append(kPrefix, '\0');
  return begin;
}

void EndMessage(std::string& out, size_t begin) {
  const size_t size = out.size() - begin - kPrefix;
  for (size_t i = 0; i < 4; ++i) {
    out[begin + 1 + i] = static_cast<char>((size >> (8 * (3 - i))) & 0xff);
  }
}

void AppendMessage(std::string& out, std::string_view message) {
  const size_t begin = BeginMessage(out);
  out.append(message);
  EndMessage(out, begin);
}

Status MessageReader::Read(std::string_view& bytes, std::optional<std::string>& message) {
  if (prefix_size_ < kPrefix) {
    const size_t take = std::min(kPrefix - prefix_size_, bytes.size());
    std::memcpy(prefix_ + prefix_size_, bytes.data(), take);
    prefix_size_ += take;
    bytes.remove_prefix(take);
    if (prefix_size_ < kPrefix) return OkStatus();
    if (prefix_[0] != 0) return Unimplemented("compressed messages are not supported");
    left_ = 0;
    for (size_t i = 1; i < kPrefix; ++i) left_ = left_ << 8 | static_cast<uint8_t>(prefix_[i]);
    if (left_ > limit_)
      return ResourceExhausted(StrCat("a message of ", left_, " bytes is too large"));
    message_.reserve(std::min(left_, kReserveAtOnce));
  }
  const size_t take = std::min(left_, bytes.size());
  message_.append(bytes.substr(0, take));
  bytes.remove_prefix(take);
  left_ -= take;
  if (left_ > 0) return OkStatus();
  prefix_size_ = 0;
  message = std::move(message_);
  message_.clear();
  return OkStatus();
}

std::string EncodeTimeout(std::chrono::milliseconds timeout) {
  const int64_t ms = std::max<int64_t>(timeout.count(), 1);
  if (ms < 10'000) return StrCat(ms, "m");
  const int64_t seconds = RoundedUp(ms, 1000);
  if (seconds <= kMaxDigits) return StrCat(seconds, "S");
  return StrCat(std::min(RoundedUp(seconds, 3600), kMaxDigits), "H");
}

std::optional<std::chrono::milliseconds> DecodeTimeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  int64_t value = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  switch (text.back()) {
    case 'H':
      return std::chrono::hours(value);
    case 'M':
      return std::chrono::minutes(value);
    case 'S':
      return std::chrono::seconds(value);
    case 'm':
      return milliseconds(value);
    case 'u':
      return duration_cast<milliseconds>(std::chrono::microseconds(value));
    case 'n':
      return duration_cast<milliseconds>(std::chrono::nanoseconds(value));
    default:
      return std::nullopt;
  }
}

std::string EncodeStatusMessage(std::string_view message) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : message) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

std::string DecodeStatusMessage(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                         HexDigit(text[i + 2]) >= 0;
    if (!escaped) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(HexDigit(text[i + 1]) << 4 | HexDigit(text[i + 2])));
    i += 2;
  }
  return out;
}

}  // namespace joinery::kit::rpc
