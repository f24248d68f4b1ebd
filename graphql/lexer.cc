#include "graphql/lexer.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/strings.h"

namespace joinery::graphql {
namespace {

enum CharClass : uint8_t { kOther = 0, kNameStart = 1, kDigit = 2 };

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = kNameStart;
  for (int c = 'A'; c <= 'Z'; ++c) classes[c] = kNameStart;
  classes['_'] = kNameStart;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

uint8_t ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }
bool IsDigit(char c) { return ClassOf(c) == kDigit; }
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

void AppendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

// Bytes of the character that starts at `p`, or 0 when it is not well-formed UTF-8.
size_t CharacterLength(const char* p, const char* end) {
  const auto first = static_cast<unsigned char>(*p);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || static_cast<size_t>(end - p) < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(p[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(p[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

std::string DescribeByte(const char* p, const char* end) {
  const size_t length = CharacterLength(p, end);
  const auto byte = static_cast<unsigned char>(*p);
  if (*p == '"') return "'\"'";
  if (length > 0 && byte >= 0x20 && byte != 0x7f)
    return StrCat('"', std::string_view(p, length), '"');
  static constexpr char kHex[] = "0123456789ABCDEF";
  return StrCat("byte 0x", kHex[byte >> 4], kHex[byte & 15]);
}

bool IsSurrogate(uint32_t c) { return c >= 0xd800 && c <= 0xdfff; }

}  // namespace

Lexer::Lexer(std::string_view text, Arena& arena)
    : begin_(text.data()),
      end_(text.data() + text.size()),
      at_(begin_),
      line_start_(begin_),
      arena_(arena) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    at_ += 3;
    line_start_ += 3;
  }
}

Location Lexer::Here(const char* at) const {
  return {.offset = static_cast<uint32_t>(at - begin_),
          .line = line_,
          .column = static_cast<uint32_t>(at - line_start_) - continuation_bytes_ + 1};
}

Token Lexer::Fail(std::string message, const char* at) {
  return Fail(std::move(message), Here(at));
}

Token Lexer::Fail(std::string message, Location at) {
  error_ = std::move(message);
  finished_ = true;
  last_ = {.kind = TokenKind::kError, .location = at, .text = {}};
  return last_;
}

void Lexer::SkipComment() {
  while (at_ != end_ && *at_ != '\n' && *at_ != '\r') ++at_;
}

void Lexer::SkipIgnored() {
  for (; at_ != end_; ++at_) {
    switch (*at_) {
      case ' ':
      case '\t':
      case ',':
        continue;
      case '\r':
        if (at_ + 1 != end_ && at_[1] == '\n') ++at_;
        [[fallthrough]];
      case '\n':
        ++line_;
        line_start_ = at_ + 1;
        continuation_bytes_ = 0;
        continue;
      case '#':
        SkipComment();
        if (at_ == end_) return;
        --at_;
        continue;
      default:
        return;
    }
  }
}

Token Lexer::Punctuator(TokenKind kind, size_t length) {
  const Token token{.kind = kind, .location = Here(at_), .text = {at_, length}};
  at_ += length;
  return token;
}

Token Lexer::Next() {
  if (finished_) return last_;
  SkipIgnored();
  if (at_ == end_) {
    finished_ = true;
    last_ = {.kind = TokenKind::kEnd, .location = Here(at_), .text = {}};
    return last_;
  }
  switch (ClassOf(*at_)) {
    case kNameStart:
      return Name();
    case kDigit:
      return Number();
    default:
      break;
  }
  switch (*at_) {
    case '!':
      return Punctuator(TokenKind::kBang, 1);
    case '$':
      return Punctuator(TokenKind::kDollar, 1);
    case '&':
      return Punctuator(TokenKind::kAmpersand, 1);
    case '(':
      return Punctuator(TokenKind::kOpenParen, 1);
    case ')':
      return Punctuator(TokenKind::kCloseParen, 1);
    case ':':
      return Punctuator(TokenKind::kColon, 1);
    case '=':
      return Punctuator(TokenKind::kEquals, 1);
    case '@':
      return Punctuator(TokenKind::kAt, 1);
    case '[':
      return Punctuator(TokenKind::kOpenBracket, 1);
    case ']':
      return Punctuator(TokenKind::kCloseBracket, 1);
    case '{':
      return Punctuator(TokenKind::kOpenBrace, 1);
    case '|':
      return Punctuator(TokenKind::kPipe, 1);
    case '}':
      return Punctuator(TokenKind::kCloseBrace, 1);
    case '.':
      if (end_ - at_ >= 3 && at_[1] == '.' && at_[2] == '.') {
        return Punctuator(TokenKind::kSpread, 3);
      }
      break;
    case '-':
      return Number();
    case '"':
      if (end_ - at_ >= 3 && at_[1] == '"' && at_[2] == '"') return BlockString();
      return String();
    default:
      break;
  }
  return Fail(StrCat("Unexpected character: ", DescribeByte(at_, end_), "."), at_);
}

Token Lexer::Name() {
  const char* const start = at_;
  while (at_ != end_ && ClassOf(*at_) != kOther) ++at_;
  return {.kind = TokenKind::kName,
          .location = Here(start),
          .text = {start, static_cast<size_t>(at_ - start)}};
}

Token Lexer::Number() {
  const char* const start = at_;
  const auto expected_digit = [&] {
    const std::string found = at_ == end_ ? "<EOF>" : DescribeByte(at_, end_);
    return Fail(StrCat("Invalid number, expected digit but got: ", found, "."), at_);
  };
  const auto skip_digits = [&] {
    while (at_ != end_ && IsDigit(*at_)) ++at_;
  };
  TokenKind kind = TokenKind::kInt;
  if (*at_ == '-') ++at_;
  if (at_ == end_ || !IsDigit(*at_)) return expected_digit();
  if (*at_ == '0') {
    ++at_;
    if (at_ != end_ && IsDigit(*at_)) {
      return Fail(
          StrCat("Invalid number, unexpected digit after 0: ", DescribeByte(at_, end_), "."), at_);
    }
  } else {
    skip_digits();
  }
  if (at_ != end_ && *at_ == '.') {
    kind = TokenKind::kFloat;
    ++at_;
    if (at_ == end_ || !IsDigit(*at_)) return expected_digit();
    skip_digits();
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    kind = TokenKind::kFloat;
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (at_ == end_ || !IsDigit(*at_)) return expected_digit();
    skip_digits();
  }
  if (at_ != end_ && (*at_ == '.' || ClassOf(*at_) == kNameStart)) return expected_digit();
  return {.kind = kind, .location = Here(start), .text = {start, static_cast<size_t>(at_ - start)}};
}

bool Lexer::SkipCharacter() {
  const size_t length = CharacterLength(at_, end_);
  if (length == 0) return false;
  continuation_bytes_ += static_cast<uint32_t>(length - 1);
  at_ += length;
  return true;
}

Token Lexer::String() {
  const Location start = Here(at_);
  const char* const content = ++at_;
  while (at_ != end_) {
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"') {
      const std::string_view text(content, static_cast<size_t>(at_ - content));
      ++at_;
      return {.kind = TokenKind::kString, .location = start, .text = text};
    }
    if (c == '\\') return Decoded(start, content);
    if (c == '\n' || c == '\r') break;
    if (c < 0x20 && c != '\t') {
      return Fail(StrCat("Invalid character within String: ", DescribeByte(at_, end_), "."), at_);
    }
    if (!SkipCharacter()) return Fail("Invalid UTF-8 within String.", at_);
  }
  return Fail("Unterminated string.", at_);
}

// A string with an escape at `at_`; its content starts at `from`.
Token Lexer::Decoded(Location start, const char* from) {
  std::string out(from, at_);
  while (at_ != end_) {
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"') {
      ++at_;
      return {.kind = TokenKind::kString, .location = start, .text = arena_.Copy(out)};
    }
    if (c == '\\') {
      if (!DecodeEscape(out)) return last_;
      continue;
    }
    if (c == '\n' || c == '\r') break;
    if (c < 0x20 && c != '\t') {
      return Fail(StrCat("Invalid character within String: ", DescribeByte(at_, end_), "."), at_);
    }
    const char* const character = at_;
    if (!SkipCharacter()) return Fail("Invalid UTF-8 within String.", at_);
    out.append(character, at_);
  }
  return Fail("Unterminated string.", at_);
}

bool Lexer::ReadHex(int digits, uint32_t& value) {
  value = 0;
  if (end_ - at_ < digits) return false;
  for (int i = 0; i < digits; ++i, ++at_) {
    const char c = *at_;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  return true;
}

bool Lexer::DecodeEscape(std::string& out) {
  const char* const start = at_++;
  const Location place = Here(start);
  const char c = at_ == end_ ? '\0' : *at_;
  static constexpr std::string_view kEscapes = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const size_t known = kEscapes.find(c); known != std::string_view::npos && at_ != end_) {
    out.push_back(kMeanings[known]);
    ++at_;
    return true;
  }
  uint32_t code = 0;
  if (c == 'u') {
    ++at_;
    bool valid = false;
    if (at_ != end_ && *at_ == '{') {
      // The variable-width form came after October 2021; clients send it and nothing else can mean
      // it.
      ++at_;
      const char* const digits = at_;
      while (at_ != end_ && *at_ != '}' && at_ - digits < 8) ++at_;
      const auto count = static_cast<int>(at_ - digits);
      const bool closed = at_ != end_ && *at_ == '}';
      at_ = digits;
      valid = closed && count > 0 && ReadHex(count, code) && code <= 0x10ffff && !IsSurrogate(code);
      if (valid) ++at_;
    } else if (ReadHex(4, code)) {
      valid = !IsSurrogate(code);
      uint32_t low = 0;
      if (code >= 0xd800 && code <= 0xdbff && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
        at_ += 2;
        valid = ReadHex(4, low) && low >= 0xdc00 && low <= 0xdfff;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
    }
    if (valid) {
      AppendUtf8(out, code);
      return true;
    }
    Fail("Invalid Unicode escape sequence within String.", place);
    return false;
  }
  Fail("Invalid character escape sequence within String.", place);
  return false;
}

Token Lexer::BlockString() {
  const Location start = Here(at_);
  at_ += 3;
  const char* const content = at_;
  std::string unescaped;
  const char* run = content;
  while (at_ != end_) {
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"' && end_ - at_ >= 3 && at_[1] == '"' && at_[2] == '"') {
      unescaped.append(run, at_);
      at_ += 3;
      return {.kind = TokenKind::kBlockString,
              .location = start,
              .text = arena_.Copy(BlockStringValue(unescaped))};
    }
    if (c == '\\' && end_ - at_ >= 4 && at_[1] == '"' && at_[2] == '"' && at_[3] == '"') {
      unescaped.append(run, at_);
      run = at_ + 1;
      at_ += 4;
      continue;
    }
    if (c == '\n' || c == '\r') {
      if (c == '\r' && at_ + 1 != end_ && at_[1] == '\n') ++at_;
      ++at_;
      ++line_;
      line_start_ = at_;
      continuation_bytes_ = 0;
      continue;
    }
    if (c < 0x20 && c != '\t') {
      return Fail(StrCat("Invalid character within String: ", DescribeByte(at_, end_), "."), at_);
    }
    if (!SkipCharacter()) return Fail("Invalid UTF-8 within String.", at_);
  }
  return Fail("Unterminated string.", at_);
}

std::string BlockStringValue(std::string_view raw) {
  std::vector<std::string_view> lines;
  for (size_t start = 0;;) {
    const size_t end = raw.find_first_of("\n\r", start);
    lines.push_back(raw.substr(start, end == std::string_view::npos ? end : end - start));
    if (end == std::string_view::npos) break;
    start = end + (raw.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  const auto indent_of = [](std::string_view line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
  };
  size_t common = std::string_view::npos;
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t indent = indent_of(lines[i]);
    if (indent < lines[i].size()) common = std::min(common, indent);
  }
  const auto is_blank = [&](std::string_view line) { return indent_of(line) == line.size(); };
  size_t first = 0;
  size_t last = lines.size();
  while (first < last && is_blank(lines[first])) ++first;
  while (last > first && is_blank(lines[last - 1])) --last;
  std::string out;
  for (size_t i = first; i < last; ++i) {
    if (i > first) out.push_back('\n');
    std::string_view line = lines[i];
    if (i > 0 && common != std::string_view::npos)
      line.remove_prefix(std::min(common, line.size()));
    out.append(line);
  }
  return out;
}

std::string DescribeToken(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "<EOF>";
    case TokenKind::kName:
      return StrCat("Name \"", token.text, '"');
    case TokenKind::kInt:
      return StrCat("Int \"", token.text, '"');
    case TokenKind::kFloat:
      return StrCat("Float \"", token.text, '"');
    case TokenKind::kString:
    case TokenKind::kBlockString:
      return "String";
    case TokenKind::kError:
      return "<error>";
    default:
      return StrCat('"', token.text, '"');
  }
}

}  // namespace joinery::graphql
