#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "graphql/ast.h"

namespace joinery::graphql {

// What a document may cost at most. Parsing is linear in its length within them.
struct ParseLimits {
  size_t max_bytes = 4 << 20;
  size_t max_tokens = 200'000;
  int max_depth = 200;  // Nesting of braces and brackets; bounds recursion everywhere.
  size_t max_definitions = 10'000;
  size_t max_variables = 5'000;  // Of one operation.

  // For schema documents of a trusted size: 256 MiB, no limit but the depth's.
  static ParseLimits ForTypeSystem() {
    return {.max_bytes = 256u << 20, .max_tokens = SIZE_MAX, .max_definitions = SIZE_MAX};
  }
};

// Why a text is no GraphQL document, or that it broke a limit.
struct SyntaxError {
  std::string message;  // Such as `Expected Name, found "}".`
  Location location;
};

// Either `document` or, when that is null, `error`.
struct ParseResult {
  std::shared_ptr<const Document> document;
  SyntaxError error;

  bool ok() const { return document != nullptr; }
};

// Parses any document of the October 2021 specification: operations and fragments, and also
// definitions and extensions of types, which validation refuses in a request. `text` is UTF-8 and
// is copied.
ParseResult ParseDocument(std::string_view text, const ParseLimits& limits = {});

// Parses a document of type system definitions and extensions only.
ParseResult ParseTypeSystem(std::string_view text,
                            const ParseLimits& limits = ParseLimits::ForTypeSystem());

// Parses one value, such as the text of a default value. The value, and a copy of the text, live on
// `arena`; nullptr when it is no value (then `error`, when given, says why). With `allow_variables`
// off a variable is an error.
const ast::Value* ParseValue(Arena& arena, std::string_view text, bool allow_variables = true,
                             SyntaxError* error = nullptr);

// Parses a reference to a type such as "[Int!]!"; as ParseValue.
const ast::TypeNode* ParseType(Arena& arena, std::string_view text, SyntaxError* error = nullptr);

// True for a Name of the grammar: [_A-Za-z][_0-9A-Za-z]*.
bool IsName(std::string_view text);

}  // namespace joinery::graphql
