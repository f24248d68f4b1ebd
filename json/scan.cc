#include "json/scan.h"

#include <simdjson.h>

#include "json/value.h"
#include "json/write.h"

namespace joinery::json {
namespace {

// Position after the string whose opening quote is at `at`.
size_t SkipString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

struct Level {
  bool is_array;
  size_t begin;
  size_t index = 0;
  std::string_view name;
};

// Walks the containers that are open at `offset`, innermost last.
std::vector<Level> OpenAt(std::string_view text, size_t offset) {
  std::vector<Level> levels;
  bool expect_name = false;
  for (size_t at = 0; at < text.size() && at < offset;) {
    const char c = text[at];
    if (c == '"') {
      const size_t end = SkipString(text, at);
      if (expect_name) {
        levels.back().name = text.substr(at + 1, end - at - 2);
        expect_name = false;
      }
      at = end;
      continue;
    }
    if (c == '{' || c == '[') {
      levels.push_back({.is_array = c == '[', .begin = at});
      expect_name = c == '{';
    } else if (c == '}' || c == ']') {
      if (!levels.empty()) levels.pop_back();
      expect_name = false;
    } else if (c == ',' && !levels.empty()) {
      ++levels.back().index;
      expect_name = !levels.back().is_array;
    }
    ++at;
  }
  return levels;
}

}  // namespace

std::vector<PathStep> PathAt(std::string_view text, size_t offset) {
  std::vector<PathStep> path;
  for (const Level& level : OpenAt(text, offset)) {
    if (level.is_array) {
      path.emplace_back(level.index);
    } else {
      path.emplace_back(std::string(level.name));
    }
  }
  return path;
}

size_t EndOfValue(std::string_view text, size_t start) {
  size_t depth = 0;
  for (size_t at = start; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = SkipString(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == ',' || IsBlank(c))) {
      return at;
    }
    ++at;
  }
  return text.size();
}

bool IsValid(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  const auto error = parser.parse(text.data(), text.size()).error();
  if (!error) return true;
  // Numbers beyond 64 bits are JSON all the same.
  if (error != simdjson::NUMBER_ERROR) return false;
  return Parse(text, 2000).ok();
}

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

void ReadMembers(std::string_view text, size_t start, std::vector<MemberSpan>& out) {
  size_t at = SkipBlanks(text, start + 1);
  while (at < text.size() && text[at] == '"') {
    MemberSpan member;
    const size_t name_end = SkipString(text, at);
    member.name = text.substr(at + 1, name_end - at - 2);
    member.begin = SkipBlanks(text, SkipBlanks(text, name_end) + 1);
    member.end = EndOfValue(text, member.begin);
    out.push_back(member);
    at = SkipBlanks(text, member.end);
    if (at >= text.size() || text[at] != ',') return;
    at = SkipBlanks(text, at + 1);
  }
}

namespace {

// Calls `take(begin, end)` for each item until it says false.
template <typename Take>
void EachItem(std::string_view text, size_t start, const Take& take) {
  size_t at = SkipBlanks(text, start + 1);
  while (at < text.size() && text[at] != ']') {
    const size_t end = EndOfValue(text, at);
    if (!take(at, end)) return;
    at = SkipBlanks(text, end);
    if (at >= text.size() || text[at] != ',') return;
    at = SkipBlanks(text, at + 1);
  }
}

}  // namespace

void ReadItems(std::string_view text, size_t start, std::vector<Extent>& out) {
  EachItem(text, start, [&](size_t begin, size_t end) {
    out.push_back({begin, end});
    return true;
  });
}

size_t CountItems(std::string_view text, size_t start, size_t most) {
  size_t count = 0;
  EachItem(text, start, [&](size_t, size_t) { return ++count < most; });
  return count;
}

Extent Enclosing(std::string_view text, size_t offset, size_t levels) {
  const std::vector<Level> open = OpenAt(text, offset);
  if (levels == 0) return {offset, EndOfValue(text, offset)};
  if (levels > open.size()) return {0, text.size()};
  const size_t begin = open[open.size() - levels].begin;
  return {begin, EndOfValue(text, begin)};
}

void AppendPath(std::string& out, const std::vector<PathStep>& path) {
  out.push_back('[');
  for (size_t i = 0; i < path.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (const auto* name = std::get_if<std::string>(&path[i])) {
      AppendQuoted(out, *name);
    } else {
      out.append(std::to_string(std::get<size_t>(path[i])));
    }
  }
  out.push_back(']');
}

}  // namespace joinery::json
