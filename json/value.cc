#include "json/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace joinery::json {

struct Value::TextNode : Node {
  std::string text;
};
struct Value::ItemsNode : Node {
  std::vector<Value> items;
};
struct Value::MembersNode : Node {
  std::vector<Member> members;
};

Value::Value(Kind kind, std::string text) : kind_(kind) {
  auto* node = new TextNode;
  node->text = std::move(text);
  node_ = node;
}

Value Value::Number(std::string_view text) { return Value(Kind::kNumber, std::string(text)); }

Value Value::Array(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::kArray;
  if (!items.empty()) value.OwnItems() = std::move(items);
  return value;
}

Value Value::Object(std::vector<Member> members) {
  Value value;
  value.kind_ = Kind::kObject;
  if (!members.empty()) value.OwnMembers() = std::move(members);
  return value;
}

void Value::Release() {
  if (node_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  switch (kind_) {
    case Kind::kArray:
      delete static_cast<ItemsNode*>(node_);
      return;
    case Kind::kObject:
      delete static_cast<MembersNode*>(node_);
      return;
    default:
      delete static_cast<TextNode*>(node_);
      return;
  }
}

const std::string& Value::string() const {
  static const std::string kNone;
  const bool is_text = kind_ == Kind::kString || kind_ == Kind::kNumber;
  return is_text ? static_cast<const TextNode*>(node_)->text : kNone;
}

const std::vector<Value>& Value::items() const {
  static const std::vector<Value> kNone;
  if (kind_ != Kind::kArray || node_ == nullptr) return kNone;
  return static_cast<const ItemsNode*>(node_)->items;
}

const std::vector<Value::Member>& Value::members() const {
  static const std::vector<Member> kNone;
  if (kind_ != Kind::kObject || node_ == nullptr) return kNone;
  return static_cast<const MembersNode*>(node_)->members;
}

std::vector<Value>& Value::OwnItems() {
  if (kind_ != Kind::kArray) *this = Array();
  if (node_ == nullptr || node_->owners.load(std::memory_order_acquire) != 1) {
    auto* own = new ItemsNode;
    own->items = std::as_const(*this).items();
    if (node_ != nullptr) Release();
    node_ = own;
  }
  return static_cast<ItemsNode*>(node_)->items;
}

std::vector<Value::Member>& Value::OwnMembers() {
  if (kind_ != Kind::kObject) *this = Object();
  if (node_ == nullptr || node_->owners.load(std::memory_order_acquire) != 1) {
    auto* own = new MembersNode;
    own->members = std::as_const(*this).members();
    if (node_ != nullptr) Release();
    node_ = own;
  }
  return static_cast<MembersNode*>(node_)->members;
}

std::vector<Value>& Value::items() {
  if (kind_ == Kind::kArray || kind_ == Kind::kNull) return OwnItems();
  static thread_local std::vector<Value> none;
  none.clear();
  return none;
}

std::vector<Value::Member>& Value::members() {
  if (kind_ == Kind::kObject || kind_ == Kind::kNull) return OwnMembers();
  static thread_local std::vector<Member> none;
  none.clear();
  return none;
}

std::optional<int64_t> Value::int64() const {
  if (!is_number()) return std::nullopt;
  int64_t whole = 0;
  const char* end = string().data() + string().size();
  if (auto [p, e] = std::from_chars(string().data(), end, whole); e == std::errc() && p == end) {
    return whole;
  }
  const double value = number();
  if (std::trunc(value) != value || std::abs(value) >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(value);
}

double Value::number() const {
  double value = 0;
  std::from_chars(string().data(), string().data() + string().size(), value);
  return value;
}

const Value* Value::Find(std::string_view name) const {
  for (const Member& member : members()) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Value* Value::Find(std::string_view name) {
  if (std::as_const(*this).Find(name) == nullptr) return nullptr;
  for (Member& member : OwnMembers()) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

std::optional<std::string_view> Value::FindString(std::string_view name) const {
  const Value* found = Find(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->string();
}

bool Value::FindBool(std::string_view name, bool otherwise) const {
  const Value* found = Find(name);
  return found != nullptr && found->is_bool() ? found->bool_ : otherwise;
}

Value& Value::Set(std::string_view name, Value value) {
  std::vector<Member>& members = OwnMembers();
  for (Member& member : members) {
    if (member.first != name) continue;
    member.second = std::move(value);
    return member.second;
  }
  return members.emplace_back(std::string(name), std::move(value)).second;
}

bool Value::Remove(std::string_view name) {
  if (std::as_const(*this).Find(name) == nullptr) return false;
  return std::erase_if(OwnMembers(), [&](const Member& m) { return m.first == name; }) > 0;
}

void Value::Append(Value value) { OwnItems().push_back(std::move(value)); }

bool operator==(const Value& a, const Value& b) {
  if (a.SharesWith(b)) return true;
  if (a.kind_ != b.kind_ || a.bool_ != b.bool_ || a.string() != b.string() ||
      a.items() != b.items() || a.members().size() != b.members().size()) {
    return false;
  }
  return std::ranges::all_of(a.members(), [&](const Value::Member& member) {
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
