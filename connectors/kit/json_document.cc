#include "connectors/kit/json_document.h"

#include <simdjson.h>

#include <cstring>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace joinery::connectors {
namespace {

using Tokens = simdjson::internal::dom_parser_implementation;

// Buffers that a thread keeps for its next documents, and how large they may be.
constexpr size_t kKeptBuffers = 4;
constexpr size_t kKeptBytes = size_t{4} << 20;

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// `inside` is what stands between the quotes.
bool EscapesAreValid(std::string_view inside) {
  for (size_t at = inside.find('\\'); at != inside.npos; at = inside.find('\\', at)) {
    if (++at == inside.size()) return false;
    if (inside[at] == 'u') {
      if (inside.size() - at < 5) return false;
      for (size_t i = 1; i <= 4; ++i) {
        if (!IsHex(inside[at + i])) return false;
      }
    } else if (std::strchr("\"\\/bfnrt", inside[at]) == nullptr || inside[at] == '\0') {
      return false;
    }
    ++at;
  }
  return true;
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

bool IsNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  if (at == text.size() || !IsDigit(text[at])) return false;
  at = text[at] == '0' ? at + 1 : SkipDigits(text, at);
  if (at < text.size() && text[at] == '.') {
    const size_t end = SkipDigits(text, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t end = SkipDigits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

bool IsScalar(std::string_view text) {
  switch (text.empty() ? '\0' : text.front()) {
    case 't':
      return text == "true";
    case 'f':
      return text == "false";
    case 'n':
      return text == "null";
    default:
      return IsNumber(text);
  }
}

// The text from `begin` up to the next token, without the blanks before that.
std::string_view Token(std::string_view text, size_t begin, size_t next) {
  while (next > begin && IsBlank(text[next - 1])) --next;
  return text.substr(begin, next - begin);
}

}  // namespace

struct JsonDocument::Index {
  std::unique_ptr<Tokens> tokens;
  size_t capacity = 0;
  bool has_escapes = false;  // Mostly there are none, and so nothing to look for in strings.
  std::vector<uint32_t> close;
  std::vector<uint32_t> open;

  static std::vector<std::unique_ptr<Index>>& Kept() {
    static thread_local std::vector<std::unique_ptr<Index>> kept;
    return kept;
  }

  static std::unique_ptr<Index> Take() {
    if (Kept().empty()) return std::make_unique<Index>();
    std::unique_ptr<Index> index = std::move(Kept().back());
    Kept().pop_back();
    return index;
  }

  static void Give(std::unique_ptr<Index> index) {
    if (index->capacity <= kKeptBytes && Kept().size() < kKeptBuffers) {
      Kept().push_back(std::move(index));
    }
  }

  // Finds where tokens start. libsimdjson's first stage also proves UTF-8, closed strings and that
  // no string holds control characters; the grammar is left to Check.
  bool FindTokens(std::string_view text) {
    if (tokens == nullptr || capacity < text.size()) {
      const size_t wanted = std::max<size_t>(text.size() + text.size() / 4, 1024);
      if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1,
                                                                                  tokens)) {
        return false;
      }
      capacity = wanted;
    }
    return !tokens->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                           simdjson::stage1_mode::regular);
  }

  bool StringIsValid(std::string_view text, uint32_t token) const {
    const uint32_t* at = tokens->structural_indexes.get();
    const std::string_view string = Token(text, at[token], at[token + 1]);
    if (string.size() < 2 || string.back() != '"') return false;
    return !has_escapes || EscapesAreValid(string.substr(1, string.size() - 2));
  }

  // Checks the grammar and fills `close`. All of the text is proven here, so nobody checks later.
  bool Check(std::string_view text) {
    const uint32_t count = tokens->n_structural_indexes;
    const uint32_t* at = tokens->structural_indexes.get();
    has_escapes = text.find('\\') != text.npos;
    close.resize(count);
    open.clear();
    uint32_t i = 0;
    const auto peek = [&] { return i < count ? text[at[i]] : '\0'; };
    const auto name = [&] {
      if (peek() != '"' || !StringIsValid(text, i)) return false;
      ++i;
      if (peek() != ':') return false;
      ++i;
      return true;
    };
    for (;;) {
      // A value starts here.
      const char c = peek();
      bool ended = true;
      if (c == '{' || c == '[') {
        if (open.size() == kMaxDepth) return false;
        open.push_back(i++);
        ended = peek() == (c == '{' ? '}' : ']');
        if (!ended && c == '{' && !name()) return false;
        if (!ended) continue;
      } else if (c == '"') {
        if (!StringIsValid(text, i++)) return false;
      } else {
        if (i == count || !IsScalar(Token(text, at[i], at[i + 1]))) return false;
        ++i;
      }
      // It ended, or its closing bracket comes now; so may those around it.
      for (;;) {
        if (open.empty()) return i == count;
        const bool object = text[at[open.back()]] == '{';
        if (peek() == (object ? '}' : ']')) {
          close[open.back()] = i++;
          open.pop_back();
          continue;
        }
        if (peek() != ',') return false;
        ++i;
        if (object && !name()) return false;
        break;
      }
    }
  }
};

StatusOr<JsonDocument> JsonDocument::Parse(std::string text) {
  std::unique_ptr<Index> index = Index::Take();
  if (text.empty() || text.size() >= 0xffffffff || !index->FindTokens(text) ||
      !index->Check(text)) {
    Index::Give(std::move(index));
    return InvalidArgument("not valid JSON");
  }
  return JsonDocument(std::move(text), std::move(index));
}

JsonDocument::JsonDocument(std::string text, std::unique_ptr<Index> index)
    : text_(std::move(text)),
      index_(std::move(index)),
      at_(index_->tokens->structural_indexes.get()),
      close_(index_->close.data()) {}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

JsonDocument::~JsonDocument() {
  if (index_ != nullptr) Index::Give(std::move(index_));
}

JsonDocument::Node JsonDocument::After(Node node) const {
  const char c = first(node);
  return c == '{' || c == '[' ? close_[node] + 1 : node + 1;
}

std::string_view JsonDocument::raw(Node node) const {
  const char c = first(node);
  const std::string_view text = text_;
  if (c == '{' || c == '[') return text.substr(At(node), At(close_[node]) + 1 - At(node));
  return Token(text, At(node), At(node + 1));
}

JsonDocument::Member JsonDocument::MemberAt(Node name) const {
  const std::string_view quoted = raw(name);
  return {.name = quoted.substr(1, quoted.size() - 2), .value = name + 2};
}

JsonDocument::Member JsonDocument::FirstMember(Node object) const {
  if (close_[object] == object + 1) return {};
  return MemberAt(object + 1);
}

JsonDocument::Member JsonDocument::NextMember(const Member& member) const {
  const Node after = After(member.value);
  if (first(after) != ',') return {};
  return MemberAt(after + 1);
}

JsonDocument::Member JsonDocument::Find(Node object, std::string_view name) const {
  Member found;
  for (Member member = FirstMember(object); member; member = NextMember(member)) {
    if (member.name == name) found = member;
  }
  return found;
}

JsonDocument::Node JsonDocument::FirstItem(Node list) const {
  return close_[list] == list + 1 ? 0 : list + 1;
}

JsonDocument::Node JsonDocument::NextItem(Node item) const {
  const Node after = After(item);
  return first(after) == ',' ? after + 1 : 0;
}

}  // namespace joinery::connectors
