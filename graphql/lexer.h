#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graphql/arena.h"
#include "graphql/ast.h"

namespace joinery::graphql {

enum class TokenKind : uint8_t {
  kEnd,
  kName,
  kInt,
  kFloat,
  kString,
  kBlockString,
  kBang,
  kDollar,
  kAmpersand,
  kOpenParen,
  kCloseParen,
  kSpread,
  kColon,
  kEquals,
  kAt,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kPipe,
  kCloseBrace,
  kError,  // Not of the language; Lexer::error() says why.
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Location location;
  // The token as written, but for strings: those are decoded.
  std::string_view text;
};

// Cuts a document's text into the tokens of the October 2021 specification, section 2.1. Blanks,
// commas, comments and a byte order mark are skipped.
//
// `text` must outlive the tokens; strings with escapes are decoded onto `arena`. Every byte is
// looked at once (block strings: a constant number of times). Not thread-safe.
class Lexer {
 public:
  Lexer(std::string_view text, Arena& arena);

  // The next token; after kEnd and kError always the same again.
  Token Next();

  // Why Next gave kError.
  const std::string& error() const { return error_; }

 private:
  void SkipIgnored();
  void SkipComment();
  Location Here(const char* at) const;
  Token Punctuator(TokenKind kind, size_t length);
  Token Name();
  Token Number();
  Token String();
  Token BlockString();
  Token Decoded(Location start, const char* from);
  bool DecodeEscape(std::string& out);
  bool ReadHex(int digits, uint32_t& value);
  bool SkipCharacter();
  Token Fail(std::string message, const char* at);
  Token Fail(std::string message, Location at);

  const char* const begin_;
  const char* const end_;
  const char* at_;
  const char* line_start_;
  uint32_t line_ = 1;
  // Bytes in the current line that continue a character, so that columns count characters.
  uint32_t continuation_bytes_ = 0;
  Arena& arena_;
  std::string error_;
  Token last_;  // Repeated once the end or an error is reached.
  bool finished_ = false;
};

// How a token is named in messages, such as `Name "query"`, `"{"`, `<EOF>`.
std::string DescribeToken(const Token& token);

// The value of a block string's raw content: common indentation and blank first and last lines
// removed (2.9.4, "Block Strings").
std::string BlockStringValue(std::string_view raw);

}  // namespace joinery::graphql
