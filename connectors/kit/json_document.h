#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace joinery::connectors {

// A source's JSON, checked in full and indexed by place: any member is reached and any value
// skipped without reading its bytes again. No tree is made; every value is a slice of the text, and
// so may go on byte for byte. Immutable; views into it live as long as it does.
class JsonDocument {
 public:
  // A value's position in the index.
  using Node = uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr uint32_t kMaxDepth = 512;

  // InvalidArgument: no JSON, deeper than kMaxDepth, or 4 GB and more. Bytes must be UTF-8.
  static StatusOr<JsonDocument> Parse(std::string text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  std::string_view text() const { return text_; }

  // The value's first byte, which tells its kind: `{` `[` `"` `t` `f` `n`, or of a number.
  char first(Node node) const { return text_[At(node)]; }
  bool is_null(Node node) const { return first(node) == 'n'; }
  bool is_object(Node node) const { return first(node) == '{'; }
  bool is_array(Node node) const { return first(node) == '['; }
  bool is_string(Node node) const { return first(node) == '"'; }
  // The value's text, without blanks around it.
  std::string_view raw(Node node) const;

  // An object's members in their order: `for (Member m = FirstMember(o); m; m = NextMember(m))`.
  struct Member {
    std::string_view name;  // Raw: escapes are kept.
    Node value = 0;
    explicit operator bool() const { return value != 0; }
  };
  Member FirstMember(Node object) const;
  Member NextMember(const Member& member) const;
  // The last member of that name; false when there is none.
  Member Find(Node object, std::string_view name) const;

  // A list's items in their order; 0 after the last.
  Node FirstItem(Node list) const;
  Node NextItem(Node item) const;

 private:
  struct Index;
  JsonDocument(std::string text, std::unique_ptr<Index> index);

  uint32_t At(Node node) const { return at_[node]; }
  // The index of what follows the value.
  Node After(Node node) const;
  Member MemberAt(Node name) const;

  std::string text_;
  std::unique_ptr<Index> index_;
  const uint32_t* at_ = nullptr;     // Where tokens start, in the order of the text.
  const uint32_t* close_ = nullptr;  // Of tokens that open a value: the token that closes it.
};

}  // namespace joinery::connectors
