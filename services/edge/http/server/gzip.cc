#include "services/edge/http/server/gzip.h"

#include <algorithm>

#include "base/check.h"
#include "base/strings.h"

namespace joinery::edge::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // The largest window, in gzip's wrapping.
constexpr int kMemoryLevel = 8;

// `;q=0`, `;q=0.0` and so on.
bool IsRefused(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  const std::string_view weight = Trim(parameters.substr(q + 2));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  bool by_star = false;
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    const size_t semicolon = item.find(';');
    const std::string_view coding = Trim(item.substr(0, semicolon));
    const bool refused =
        semicolon != std::string_view::npos && IsRefused(item.substr(semicolon + 1));
    if (EqualsIgnoreCase(coding, "gzip")) return !refused;
    if (coding == "*") by_star = !refused;
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  return by_star;
}

GzipStream::GzipStream(int level) : level_(level) {
  const int result =
      deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
  JOINERY_CHECK(result == Z_OK);
}

GzipStream::~GzipStream() { deflateEnd(&stream_); }

void GzipStream::Add(std::string_view bytes, Flush flush, std::string& out) {
  const int mode = flush == Flush::kEnd    ? Z_FINISH
                   : flush == Flush::kSync ? Z_SYNC_FLUSH
                                           : Z_NO_FLUSH;
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream_.avail_in = static_cast<uInt>(bytes.size());
  bool room_left = false;
  while (!room_left) {
    const size_t before = out.size();
    const size_t room = std::max<size_t>(deflateBound(&stream_, stream_.avail_in), 64);
    out.resize(before + room);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(room);
    const int result = deflate(&stream_, mode);
    JOINERY_CHECK(result != Z_STREAM_ERROR);
    out.resize(before + room - stream_.avail_out);
    room_left = stream_.avail_out > 0;
  }
}

void GzipStream::Reset(int level) {
  deflateReset(&stream_);
  if (level == level_) return;
  level_ = level;
  deflateParams(&stream_, level, Z_DEFAULT_STRATEGY);
}

std::string Gzip(const Body& body, int level) {
  thread_local GzipStream stream(level);
  stream.Reset(level);
  std::string out;
  out.reserve(body.size() / 4 + 64);
  for (const Body::Chunk& chunk : body.chunks()) {
    stream.Add(chunk.bytes(), GzipStream::Flush::kNone, out);
  }
  stream.Add({}, GzipStream::Flush::kEnd, out);
  return out;
}

}  // namespace joinery::edge::http
