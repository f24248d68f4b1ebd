#include "services/edge/http/server/head_parser.h"

#include <array>
#include <cstring>

#include "base/strings.h"

namespace joinery::edge::http {
namespace {

// The lower-case form of characters that may stand in a token, 0 for all others.
constexpr std::array<char, 256> kTokenLower = [] {
  std::array<char, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<uint8_t>(c)] = c;
    table[static_cast<uint8_t>(c - 'a' + 'A')] = c;
  }
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<uint8_t>(c)] = c;
  return table;
}();

// Any byte below `limit` (at most 128) or equal to DEL, eight at a time.
bool HasByteBelowOrDel(const char* p, size_t size, uint8_t limit) {
  constexpr uint64_t kOnes = ~uint64_t{0} / 255;
  constexpr uint64_t kHigh = kOnes * 0x80;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, 8);
    const uint64_t below = (word - kOnes * limit) & ~word & kHigh;
    const uint64_t del = word ^ (kOnes * 0x7f);
    if ((below | ((del - kOnes) & ~del & kHigh)) != 0) return true;
  }
  for (; i < size; ++i) {
    const auto c = static_cast<uint8_t>(p[i]);
    if (c < limit || c == 0x7f) return true;
  }
  return false;
}

bool IsFieldValue(std::string_view value) {
  if (!HasByteBelowOrDel(value.data(), value.size(), 0x20)) return true;
  for (const char c : value) {  // Perhaps only tabs, which are allowed.
    const auto byte = static_cast<uint8_t>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts the next line off `rest`, without its CRLF; nullopt when it does not end in CRLF.
std::optional<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return std::nullopt;
  const std::string_view line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

int ParseVersion(std::string_view text, Request& request) {
  if (text == "HTTP/1.1") {
    request.version = Version::kHttp11;
    return 0;
  }
  if (text == "HTTP/1.0") {
    request.version = Version::kHttp10;
    return 0;
  }
  const bool looks_right = text.size() == 8 && text.substr(0, 5) == "HTTP/" && text[6] == '.' &&
                           text[5] >= '0' && text[5] <= '9' && text[7] >= '0' && text[7] <= '9';
  return looks_right ? 505 : 400;
}

int ParseTarget(std::string_view target, const HeadLimits& limits, Request& request) {
  if (target.size() > limits.max_target_bytes) return 414;
  if (target.empty() || HasByteBelowOrDel(target.data(), target.size(), 0x21)) return 400;
  if (target.find('#') != std::string_view::npos) return 400;
  if (target[0] != '/' && target != "*") {
    // The absolute form; its authority gives way to Host, which must be there anyway.
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return 400;
    const std::string_view name = target.substr(0, scheme);
    if (!EqualsIgnoreCase(name, "http") && !EqualsIgnoreCase(name, "https")) return 400;
    target.remove_prefix(scheme + 3);
    const size_t path = target.find_first_of("/?");
    if (path == 0) return 400;
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  request.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  return 0;
}

int ParseRequestLine(std::string_view line, const HeadLimits& limits, Request& request) {
  size_t method_end = 0;
  while (method_end < line.size() && kTokenLower[static_cast<uint8_t>(line[method_end])] != 0) {
    ++method_end;
  }
  if (method_end == 0 || method_end >= line.size() || line[method_end] != ' ') return 400;
  request.method_name = line.substr(0, method_end);
  request.method = MethodFromName(request.method_name);
  line.remove_prefix(method_end + 1);
  const size_t target_end = line.rfind(' ');
  if (target_end == std::string_view::npos) {
    return line.size() > limits.max_target_bytes ? 414 : 400;
  }
  const std::string_view version = line.substr(target_end + 1);
  if (const int status = ParseTarget(line.substr(0, target_end), limits, request); status != 0) {
    return status;
  }
  return ParseVersion(version, request);
}

std::optional<uint64_t> ParseLength(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<uint64_t>(c - '0');
  }
  return length;
}

// Collects what the fields say together.
struct FieldReader {
  Framing& framing;
  bool has_length = false;
  bool has_encoding = false;
  bool close = false;
  bool keep_alive = false;
  int hosts = 0;

  bool ReadConnection(std::string_view value) {
    while (!value.empty()) {
      const size_t comma = value.find(',');
      const std::string_view option = TrimBlanks(value.substr(0, comma));
      close |= EqualsIgnoreCase(option, "close");
      keep_alive |= EqualsIgnoreCase(option, "keep-alive");
      framing.upgrade |= EqualsIgnoreCase(option, "upgrade");
      if (comma == std::string_view::npos) break;
      value.remove_prefix(comma + 1);
    }
    return true;
  }

  bool ReadLength(std::string_view value) {
    const auto length = ParseLength(value);
    if (has_length || !length) return false;
    has_length = true;
    framing.content_length = *length;
    return true;
  }

  bool ReadEncoding(std::string_view value) {
    if (has_encoding || !EqualsIgnoreCase(value, "chunked")) return false;
    has_encoding = true;
    framing.chunked = true;
    return true;
  }

  bool Read(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 4:
        if (name == "host" && (++hosts > 1 || value.find_first_of(" \t,/@") != value.npos)) {
          return false;
        }
        return true;
      case 6:
        if (name == "expect") framing.expect_continue = EqualsIgnoreCase(value, "100-continue");
        return true;
      case 10:
        return name == "connection" ? ReadConnection(value) : true;
      case 14:
        return name == "content-length" ? ReadLength(value) : true;
      case 17:
        return name == "transfer-encoding" ? ReadEncoding(value) : true;
      default:
        return true;
    }
  }

  bool Agree(Version version) {
    if (has_length && has_encoding) return false;
    if (version == Version::kHttp10) {
      framing.keep_alive = keep_alive && !close;
      framing.expect_continue = false;
      framing.upgrade = false;
      return !has_encoding;
    }
    framing.keep_alive = !close;
    return hosts == 1;
  }
};

// Makes the name in front of the colon lower-case. Returns its length; 0 if it is none.
size_t LowerName(char* line, size_t size) {
  size_t i = 0;
  for (; i < size; ++i) {
    const char lower = kTokenLower[static_cast<uint8_t>(line[i])];
    if (lower == 0) break;
    line[i] = lower;
  }
  return i < size && line[i] == ':' ? i : 0;
}

}  // namespace

std::optional<size_t> HeadScanner::FindEnd(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const size_t end = bytes.find('\n', scanned_);
    if (end == std::string_view::npos) {
      scanned_ = bytes.size();
      return std::nullopt;
    }
    const std::string_view line = bytes.substr(line_start_, end - line_start_);
    const bool is_empty = line.empty() || line == "\r";
    if (is_empty && line_start_ != 0) return end + 1;
    line_start_ = scanned_ = end + 1;
  }
  return std::nullopt;
}

int ParseHead(char* head, size_t size, const HeadLimits& limits, Request& request,
              Framing& framing) {
  framing = Framing();
  request.headers.Clear();
  std::string_view rest(head, size);
  const auto first = TakeLine(rest);
  if (!first) return 400;
  if (const int status = ParseRequestLine(*first, limits, request); status != 0) return status;
  FieldReader reader{.framing = framing};
  while (true) {
    const auto line = TakeLine(rest);
    if (!line) return 400;
    if (line->empty()) break;
    const size_t name_size = LowerName(head + (line->data() - head), line->size());
    if (name_size == 0) return 400;
    const std::string_view name = line->substr(0, name_size);
    const std::string_view value = TrimBlanks(line->substr(name_size + 1));
    if (!IsFieldValue(value)) return 400;
    if (request.headers.size() >= limits.max_header_count) return 431;
    if (!reader.Read(name, value)) return 400;
    request.headers.Add(name, value);
  }
  return rest.empty() && reader.Agree(request.version) ? 0 : 400;
}

}  // namespace joinery::edge::http
