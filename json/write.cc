#include "json/write.h"

#include <algorithm>
#include <array>

namespace joinery::json {
namespace {

constexpr std::array<bool, 256> MakeNeedsEscape() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}
constexpr std::array<bool, 256> kNeedsEscape = MakeNeedsEscape();

void AppendEscape(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    default:
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
  }
}

void WriteIndented(const Value& value, int depth, std::string& out) {
  const bool empty = value.is_array() ? value.items().empty() : value.members().empty();
  if ((!value.is_array() && !value.is_object()) || empty) return Write(value, out);
  const std::string indent(static_cast<size_t>(depth) * 2 + 2, ' ');
  out.push_back(value.is_array() ? '[' : '{');
  bool first = true;
  const auto next = [&] {
    out.append(first ? "\n" : ",\n").append(indent);
    first = false;
  };
  for (const Value& item : value.items()) {
    next();
    WriteIndented(item, depth + 1, out);
  }
  for (const auto& [name, member] : value.members()) {
    next();
    AppendQuoted(out, name);
    out.append(": ");
    WriteIndented(member, depth + 1, out);
  }
  out.push_back('\n');
  out.append(static_cast<size_t>(depth) * 2, ' ');
  out.push_back(value.is_array() ? ']' : '}');
}

Value Sorted(const Value& value) {
  Value out = value;
  for (Value& item : out.items()) item = Sorted(item);
  for (auto& [name, member] : out.members()) member = Sorted(member);
  std::ranges::sort(out.members(), {}, &Value::Member::first);
  return out;
}

}  // namespace

void AppendEscaped(std::string& out, std::string_view text) {
  const char* run = text.data();
  const char* const end = run + text.size();
  for (const char* p = run; p != end; ++p) {
    if (!kNeedsEscape[static_cast<unsigned char>(*p)]) continue;
    out.append(run, p);
    AppendEscape(out, static_cast<unsigned char>(*p));
    run = p + 1;
  }
  out.append(run, end);
}

void AppendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  AppendEscaped(out, text);
  out.push_back('"');
}

void Write(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      out.append("null");
      return;
    case Value::Kind::kBool:
      out.append(value.bool_value() ? "true" : "false");
      return;
    case Value::Kind::kNumber:
      out.append(value.number_text());
      return;
    case Value::Kind::kString:
      AppendQuoted(out, value.string());
      return;
    case Value::Kind::kArray: {
      out.push_back('[');
      for (size_t i = 0; i < value.items().size(); ++i) {
        if (i > 0) out.push_back(',');
        Write(value.items()[i], out);
      }
      out.push_back(']');
      return;
    }
    case Value::Kind::kObject: {
      out.push_back('{');
      for (size_t i = 0; i < value.members().size(); ++i) {
        if (i > 0) out.push_back(',');
        AppendQuoted(out, value.members()[i].first);
        out.push_back(':');
        Write(value.members()[i].second, out);
      }
      out.push_back('}');
      return;
    }
  }
}

std::string ToString(const Value& value) {
  std::string out;
  Write(value, out);
  return out;
}

std::string ToPrettyString(const Value& value) {
  std::string out;
  WriteIndented(value, 0, out);
  return out;
}

std::string ToCanonicalString(const Value& value) { return ToString(Sorted(value)); }

}  // namespace joinery::json
