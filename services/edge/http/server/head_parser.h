#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "services/edge/http/server/request.h"

namespace joinery::edge::http {

// Finds where the head of a request ends, over as many calls as it takes.
class HeadScanner {
 public:
  // `bytes` is all that has come of the head so far, what was given to earlier calls included.
  // Returns the length of the head with its empty line, or nullopt if that line is yet to come.
  std::optional<size_t> FindEnd(std::string_view bytes);
  // No line has ended yet.
  bool in_first_line() const { return line_start_ == 0; }
  void Reset() { *this = HeadScanner(); }

 private:
  size_t line_start_ = 0;
  size_t scanned_ = 0;
};

struct HeadLimits {
  size_t max_target_bytes = 8 * 1024;
  size_t max_header_count = 100;
};

// What the head says about the bytes behind it and about the connection.
struct Framing {
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;
  bool upgrade = false;  // `Connection: upgrade`
  uint64_t content_length = 0;
};

// Parses the whole head `head[0, size)`, as HeadScanner found it, into `request` (method to
// headers) and `framing`. Names are made lower-case in place; the request's views point into
// `head`.
//
// Returns 0, or the status to refuse with: 400, 414, 431 or 505. As strict as RFC 9112 allows, so
// that no proxy in front can see other requests than we do: no bare CR or LF, no folded lines, no
// white space before a colon, no control characters, exactly one Host, one Content-Length of
// digits, or a Transfer-Encoding of just `chunked`, never both.
int ParseHead(char* head, size_t size, const HeadLimits& limits, Request& request,
              Framing& framing);

}  // namespace joinery::edge::http
