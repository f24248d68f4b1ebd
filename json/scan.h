#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace joinery::json {

// One step of the way to a value: a member name or a list index.
using PathStep = std::variant<std::string, size_t>;

// The way from the root of `text` (valid JSON) to the value that starts at `offset`, or is nearest
// before it. Linear in `offset`; for error paths, which are rare.
std::vector<PathStep> PathAt(std::string_view text, size_t offset);

// The end (one past the last byte) of the JSON value that starts at `start`. `text` is valid JSON.
size_t EndOfValue(std::string_view text, size_t start);

// Whether `text` is one valid JSON document. Fast; keeps nothing.
bool IsValid(std::string_view text);

// A member of an object, as places in the text. `name` is raw: escapes are kept.
struct MemberSpan {
  std::string_view name;
  size_t begin = 0;
  size_t end = 0;
};
// Appends the members of the object that starts at `start`. `text` is valid JSON.
void ReadMembers(std::string_view text, size_t start, std::vector<MemberSpan>& out);

struct Extent;
// Appends the items of the list that starts at `start`. `text` is valid JSON.
void ReadItems(std::string_view text, size_t start, std::vector<Extent>& out);

// How many items the list that starts at `start` has; stops looking at `most`. What stands between
// the commas below the items is not looked at.
size_t CountItems(std::string_view text, size_t start, size_t most);

// The first place at or after `at` that is no blank.
size_t SkipBlanks(std::string_view text, size_t at);

// Start and end of the value that contains the one at `offset`, `levels` steps up the way.
struct Extent {
  size_t begin;
  size_t end;
};
Extent Enclosing(std::string_view text, size_t offset, size_t levels);

// Appends a path as a JSON array of names and indexes.
void AppendPath(std::string& out, const std::vector<PathStep>& path);

}  // namespace joinery::json
