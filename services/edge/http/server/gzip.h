#pragma once

#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

#include "services/edge/http/server/body.h"

namespace joinery::edge::http {

// Whether an Accept-Encoding value allows gzip (RFC 9110, 12.5.3). Empty: no.
bool AcceptsGzip(std::string_view accept_encoding);

// Packs one answer. Not thread-safe.
class GzipStream {
 public:
  enum class Flush { kNone, kSync, kEnd };

  // `level` 1 to 9.
  explicit GzipStream(int level);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  // Packs `bytes` and appends what is ready to `out`.
  void Add(std::string_view bytes, Flush flush, std::string& out);
  // Makes it ready for another answer.
  void Reset(int level);

 private:
  z_stream stream_{};
  int level_;
};

// A whole body at once; the thread's packer is used again and again.
std::string Gzip(const Body& body, int level);

}  // namespace joinery::edge::http
