#pragma once

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
// numbers keep their text, so no digit is lost. A value type.
class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Value>;

  Value() = default;
  Value(bool value) : kind_(Kind::kBool), bool_(value) {}                       // NOLINT
  Value(int value) : Value(static_cast<int64_t>(value)) {}                      // NOLINT
  Value(int64_t value) : kind_(Kind::kNumber), text_(std::to_string(value)) {}  // NOLINT
  Value(std::string value) : kind_(Kind::kString), text_(std::move(value)) {}   // NOLINT
  Value(std::string_view value) : kind_(Kind::kString), text_(value) {}         // NOLINT
  Value(const char* value) : kind_(Kind::kString), text_(value) {}              // NOLINT
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

  // Each needs the kind it names.
  bool bool_value() const { return bool_; }
  const std::string& string() const { return text_; }
  const std::string& number_text() const { return text_; }
  // The number when it is a whole one that fits; `1.0` and `1e2` count as whole.
  std::optional<int64_t> int64() const;
  double number() const;
  const std::vector<Value>& items() const { return items_; }
  std::vector<Value>& items() { return items_; }
  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }

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

  // Equality as JSON: members in any order, numbers by their text.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

// Reads one document; blanks around it are fine, anything else is InvalidArgument with the place in
// the message. Of equal member names the last wins. `max_depth` bounds nesting.
StatusOr<Value> Parse(std::string_view text, int max_depth = 512);

// "String", "Number", "Boolean", "Object", "Array", "Null": the words of Hasura's messages.
std::string_view KindName(Value::Kind kind);

}  // namespace joinery::json
