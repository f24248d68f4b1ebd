#include "json/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace joinery::json {

Value Value::Number(std::string_view text) {
  Value value;
  value.kind_ = Kind::kNumber;
  value.text_ = text;
  return value;
}

Value Value::Array(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

Value Value::Object(std::vector<Member> members) {
  Value value;
  value.kind_ = Kind::kObject;
  value.members_ = std::move(members);
  return value;
}

std::optional<int64_t> Value::int64() const {
  if (!is_number()) return std::nullopt;
  int64_t whole = 0;
  const char* end = text_.data() + text_.size();
  if (auto [p, e] = std::from_chars(text_.data(), end, whole); e == std::errc() && p == end) {
    return whole;
  }
  const double value = number();
  if (std::trunc(value) != value || std::abs(value) >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(value);
}

double Value::number() const {
  double value = 0;
  std::from_chars(text_.data(), text_.data() + text_.size(), value);
  return value;
}

const Value* Value::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Value* Value::Find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).Find(name));
}

std::optional<std::string_view> Value::FindString(std::string_view name) const {
  const Value* found = Find(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->text_;
}

bool Value::FindBool(std::string_view name, bool otherwise) const {
  const Value* found = Find(name);
  return found != nullptr && found->is_bool() ? found->bool_ : otherwise;
}

Value& Value::Set(std::string_view name, Value value) {
  kind_ = Kind::kObject;
  if (Value* found = Find(name); found != nullptr) {
    *found = std::move(value);
    return *found;
  }
  return members_.emplace_back(std::string(name), std::move(value)).second;
}

bool Value::Remove(std::string_view name) {
  return std::erase_if(members_, [&](const Member& m) { return m.first == name; }) > 0;
}

void Value::Append(Value value) {
  kind_ = Kind::kArray;
  items_.push_back(std::move(value));
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_ || a.bool_ != b.bool_ || a.text_ != b.text_ || a.items_ != b.items_ ||
      a.members_.size() != b.members_.size()) {
    return false;
  }
  return std::ranges::all_of(a.members_, [&](const Value::Member& member) {
    const Value* other = b.Find(member.first);
    return other != nullptr && *other == member.second;
  });
}

std::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "Null";
    case Value::Kind::kBool:
      return "Boolean";
    case Value::Kind::kNumber:
      return "Number";
    case Value::Kind::kString:
      return "String";
    case Value::Kind::kArray:
      return "Array";
    case Value::Kind::kObject:
      return "Object";
  }
  return "Null";
}

}  // namespace joinery::json
