#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace joinery::json {

// A JSON document as a tree, for documents that are small and read in any order: metadata,
// variables, configuration. Answers of sources are never made into one. Members keep their order;
// numbers keep their text, so no digit is lost.
//
// A value type whose copies share what they hold until one of them is changed: a copy costs a
// counter, a change copies the nodes on the way to it and nothing else. Copies may be read and
// changed on different threads. A reference that a non-const `items`, `members` or `Find` gave is
// for changing now: after the Value was copied, ask again.
class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Value>;

  Value() = default;
  Value(bool value) : kind_(Kind::kBool), bool_(value) {}                // NOLINT
  Value(int value) : Value(static_cast<int64_t>(value)) {}               // NOLINT
  Value(int64_t value) : Value(Kind::kNumber, std::to_string(value)) {}  // NOLINT
  Value(std::string value) : Value(Kind::kString, std::move(value)) {}   // NOLINT
  Value(std::string_view value) : Value(std::string(value)) {}           // NOLINT
  Value(const char* value) : Value(std::string(value)) {}                // NOLINT
  Value(const Value& other) : kind_(other.kind_), bool_(other.bool_), node_(other.node_) {
    if (node_ != nullptr) node_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Value(Value&& other) noexcept { Swap(other); }
  Value& operator=(Value other) noexcept {
    Swap(other);
    return *this;
  }
  ~Value() {
    if (node_ != nullptr) Release();
  }
  static Value Null() { return Value(); }
  // `text` must be a JSON number.
  static Value Number(std::string_view text);
  static Value Array(std::vector<Value> items = {});
  static Value Object(std::vector<Member> members = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // Each is for the kind it names; of another kind they are empty.
  bool bool_value() const { return bool_; }
  const std::string& string() const;
  const std::string& number_text() const { return string(); }
  // The number when it is a whole one that fits; `1.0` and `1e2` count as whole.
  std::optional<int64_t> int64() const;
  double number() const;
  const std::vector<Value>& items() const;
  std::vector<Value>& items();
  const std::vector<Member>& members() const;
  std::vector<Member>& members();

  // The member of that name; nullptr when there is none or this is no object.
  const Value* Find(std::string_view name) const;
  Value* Find(std::string_view name);
  // The text of a string member; nullopt when absent or of another kind.
  std::optional<std::string_view> FindString(std::string_view name) const;
  bool FindBool(std::string_view name, bool otherwise) const;
  // Replaces or appends; makes an object of a null.
  Value& Set(std::string_view name, Value value);
  // True when there was such a member.
  bool Remove(std::string_view name);
  void Append(Value value);

  // Whether both are one copy: then they are equal, at no cost.
  bool SharesWith(const Value& other) const {
    return node_ == other.node_ && kind_ == other.kind_ && bool_ == other.bool_;
  }
  // Equality as JSON: members in any order, numbers by their text. Shared parts cost nothing.
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Node {
    std::atomic<uint32_t> owners{1};
  };
  struct TextNode;
  struct ItemsNode;
  struct MembersNode;

  Value(Kind kind, std::string text);
  void Swap(Value& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(bool_, other.bool_);
    std::swap(node_, other.node_);
  }
  void Release();
  // Makes this an array, an object: empty where it was of another kind, and nobody else's.
  std::vector<Value>& OwnItems();
  std::vector<Member>& OwnMembers();

  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  Node* node_ = nullptr;  // Text, items or members, by the kind; null: empty.
};

// Reads one document; blanks around it are fine, anything else is InvalidArgument with the place in
// the message. Of equal member names the last wins. `max_depth` bounds nesting.
StatusOr<Value> Parse(std::string_view text, int max_depth = 512);

// "String", "Number", "Boolean", "Object", "Array", "Null": the words of Hasura's messages.
std::string_view KindName(Value::Kind kind);

}  // namespace joinery::json
