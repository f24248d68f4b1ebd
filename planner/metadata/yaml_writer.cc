#include "planner/metadata/yaml_writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/strings.h"

namespace joinery::metadata {
namespace {

using json::Value;

constexpr std::string_view kDigits = "0123456789";

bool OneOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

// What YAML 1.1 or 1.2 reads as something else than text.
bool IsReservedWord(std::string_view text) {
  static constexpr std::array<std::string_view, 45> words = {
      "",      "~",     "null",  "Null",  "NULL",  "true",  "True", "TRUE", "false",
      "False", "FALSE", ".nan",  ".NaN",  ".NAN",  ".Nan",  ".inf", ".Inf", ".INF",
      "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "<<",   "y",    "Y",
      "yes",   "Yes",   "YES",   "n",     "N",     "no",    "No",   "NO",   "on",
      "On",    "ON",    "off",   "Off",   "OFF",   "t",     "T",    "f",    "F"};
  return std::ranges::find(words, text) != words.end();
}

bool IsFloat(std::string_view text) {
  const auto skip_digits = [&] {
    const size_t end = std::min(text.find_first_not_of(kDigits), text.size());
    text.remove_prefix(end);
    return end;
  };
  size_t digits = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return OneOf(text, kDigits);
}

// Decimal, with underscores, hexadecimal, octal, binary.
bool IsNumber(std::string_view text) {
  std::string plain = ReplaceAll(text, "_", "");
  std::string_view rest = plain;
  if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
  if (rest.starts_with("0x")) return OneOf(rest.substr(2), "0123456789abcdefABCDEF");
  if (rest.starts_with("0o")) return OneOf(rest.substr(2), "01234567");
  if (rest.starts_with("0b")) return OneOf(rest.substr(2), "01");
  return IsFloat(rest);
}

// Dates, times and numbers to base 60.
bool IsTime(std::string_view text) {
  constexpr std::string_view kTime = "-+0123456789:. \t";
  if (text.ends_with('z') || text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() < 3) return false;
  if (const size_t t = text.find_first_of("tT"); t != text.npos) {
    return OneOf(text.substr(0, t), kTime) && OneOf(text.substr(t + 1), kTime);
  }
  const std::string_view inside = text.substr(1, text.size() - 2);
  return OneOf(text, kTime) && inside.find_first_of("-:") != inside.npos;
}

// Whether `text` between no quotes would be read as another kind of value, now or in YAML 1.1.
bool LooksLikeAnotherKind(std::string_view text) {
  return IsReservedWord(text) || IsNumber(text) || IsTime(text);
}

// What a text's characters allow.
struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
};

Character CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  size_t bytes = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (at + bytes > text.size()) return {first, 1};
  uint32_t code = bytes == 1 ? first : first & (0xFF >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) code = (code << 6) | (byte(at + i) & 0x3F);
  return {code, bytes};
}

bool IsPrintable(uint32_t code) {
  return code == '\n' || (code >= 0x20 && code <= 0x7E) ||
         (code >= 0xA0 && code <= 0xFFFD && code != 0xFEFF && code != 0x2028 && code != 0x2029 &&
          (code < 0xD800 || code > 0xDFFF));
}

struct Shape {
  bool special = false;  // Characters that only double quotes can show.
  bool tabs = false;
  bool breaks = false;
  bool space_before_break = false;
  bool space_after_break = false;
};

Shape ShapeOf(std::string_view text) {
  Shape out;
  char previous = 'x';
  for (size_t at = 0; at < text.size();) {
    const Character one = CharacterAt(text, at);
    const char c = one.bytes == 1 ? text[at] : 'x';
    if (c == '\t') {
      out.tabs = true;
    } else if (!IsPrintable(one.code)) {
      out.special = true;
    }
    if (c == '\n') {
      out.breaks = true;
      if (previous == ' ') out.space_before_break = true;
    }
    if (c == ' ' && previous == '\n') out.space_after_break = true;
    previous = c;
    at += one.bytes;
  }
  return out;
}

// Whether YAML's syntax lets `text` stand without quotes in block context.
bool IsPlain(std::string_view text) {
  const char first = text.front();
  if (first == ' ' || text.back() == ' ') return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(first) != std::string_view::npos) return false;
  if (first == '-' || first == '?' || first == ':') {
    if (text.size() == 1 || text[1] == ' ') return false;
  }
  return text.find(": ") == text.npos && !text.ends_with(':') && text.find(" #") == text.npos;
}

std::string DoubleQuoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const Character one = CharacterAt(text, at);
    const std::string_view bytes = text.substr(at, one.bytes);
    at += one.bytes;
    switch (one.code) {
      case 0x00:
        out += "\\0";
        continue;
      case 0x07:
        out += "\\a";
        continue;
      case 0x08:
        out += "\\b";
        continue;
      case 0x09:
        out += "\\t";
        continue;
      case 0x0A:
        out += "\\n";
        continue;
      case 0x0B:
        out += "\\v";
        continue;
      case 0x0C:
        out += "\\f";
        continue;
      case 0x0D:
        out += "\\r";
        continue;
      case 0x1B:
        out += "\\e";
        continue;
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case 0x2028:
        out += "\\L";
        continue;
      case 0x2029:
        out += "\\P";
        continue;
      default:
        break;
    }
    if (IsPrintable(one.code)) {
      out += bytes;
      continue;
    }
    const int digits = one.code <= 0xFF ? 2 : one.code <= 0xFFFF ? 4 : 8;
    out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
      out += kHex[(one.code >> shift) & 15];
  }
  return out + "\"";
}

// A text that fits on one line, or is made to.
std::string OneLine(std::string_view text) {
  if (LooksLikeAnotherKind(text) || text.starts_with("!include ")) return DoubleQuoted(text);
  const Shape shape = ShapeOf(text);
  if (shape.special || shape.tabs || shape.breaks) return DoubleQuoted(text);
  if (IsPlain(text)) return std::string(text);
  return StrCat("'", ReplaceAll(text, "'", "''"), "'");
}

class Writer {
 public:
  std::string Write(const Value& value) {
    if (IsBlock(value)) {
      Block(value, 0);
    } else {
      Scalar(value, 2);
    }
    if (!out_.ends_with('\n')) out_ += '\n';
    return std::move(out_);
  }

 private:
  static bool IsBlock(const Value& value) {
    return (value.is_array() && !value.items().empty()) ||
           (value.is_object() && !value.members().empty());
  }

  void NewLine(int indent) {
    if (!out_.ends_with('\n')) out_ += '\n';
    out_.append(static_cast<size_t>(indent), ' ');
  }

  // A list or an object with something in it; the line is at column `indent`.
  void Block(const Value& value, int indent) {
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) NewLine(indent);
      first = false;
      out_ += "- ";
      if (IsBlock(item)) {
        Block(item, indent + 2);
      } else {
        Scalar(item, indent + 2);
      }
    }
    for (const auto& [name, member] : value.members()) {
      if (!first) NewLine(indent);
      first = false;
      out_ += OneLine(name);
      out_ += ':';
      if (IsBlock(member)) {
        NewLine(indent + 2);
        Block(member, indent + 2);
      } else {
        out_ += ' ';
        Scalar(member, indent + 2);
      }
    }
  }

  // `indent`: of the lines of a literal block.
  void Scalar(const Value& value, int indent) {
    switch (value.kind()) {
      case Value::Kind::kNull:
        out_ += "null";
        return;
      case Value::Kind::kBool:
        out_ += value.bool_value() ? "true" : "false";
        return;
      case Value::Kind::kNumber:
        out_ += value.number_text();
        return;
      case Value::Kind::kArray:
        out_ += "[]";
        return;
      case Value::Kind::kObject:
        out_ += "{}";
        return;
      case Value::Kind::kString:
        Text(value.string(), indent);
        return;
    }
  }

  void Text(std::string_view text, int indent) {
    const Shape shape = ShapeOf(text);
    const bool literal = shape.breaks && !shape.special && !shape.space_before_break &&
                         !text.ends_with(' ') && !text.starts_with('\n');
    if (literal) return Literal(text, indent);
    out_ += OneLine(text);
  }

  void Literal(std::string_view text, int indent) {
    out_ += '|';
    if (text.starts_with(' ') || text.starts_with('\t')) out_ += '2';
    if (!text.ends_with('\n')) {
      out_ += '-';
    } else if (text.ends_with("\n\n")) {
      out_ += '+';
    }
    for (const std::string_view line :
         Split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n')) {
      out_ += '\n';
      if (line.empty()) continue;
      out_.append(static_cast<size_t>(indent), ' ');
      out_ += line;
    }
    if (text.ends_with('\n')) out_ += '\n';
  }

  std::string out_;
};

}  // namespace

std::string WriteYaml(const Value& value) { return Writer().Write(value); }

}  // namespace joinery::metadata
