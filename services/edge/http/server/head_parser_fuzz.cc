#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "services/edge/http/server/chunked_decoder.h"
#include "services/edge/http/server/head_parser.h"

// Whatever is accepted must be free of what could make a proxy see another request than we do.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery::edge::http;
  const std::string input(reinterpret_cast<const char*>(data), size);
  HeadScanner scanner;
  const auto end = scanner.FindEnd(input);
  HeadScanner slow;
  for (size_t i = 0; i < input.size() && i < 512; ++i) {
    const auto slow_end = slow.FindEnd(std::string_view(input).substr(0, i + 1));
    JOINERY_CHECK(!slow_end || slow_end == end);
    if (slow_end) break;
  }
  if (!end) return 0;
  std::string head = input.substr(0, *end);
  Request request;
  Framing framing;
  if (ParseHead(head.data(), head.size(), {}, request, framing) != 0) return 0;
  JOINERY_CHECK(!request.path.empty());
  JOINERY_CHECK(request.version == Version::kHttp10 || request.headers.Count("host") == 1);
  JOINERY_CHECK(
      request.headers.Count("content-length") + request.headers.Count("transfer-encoding") <= 1);
  for (const HeaderField& field : request.headers) {
    JOINERY_CHECK(!field.name.empty());
    JOINERY_CHECK(field.value.find_first_of("\r\n") == field.value.npos);
  }
  ChunkedDecoder decoder;
  std::string body;
  std::string_view rest = std::string_view(input).substr(*end);
  decoder.Decode(rest, 1024, body);
  JOINERY_CHECK(body.size() <= 1024);
  return 0;
}
