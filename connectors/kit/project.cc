#include "connectors/kit/project.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::connectors {
namespace {

using FieldKind = plan::Projection::Field::Kind;

std::string_view WithoutQuotes(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : std::string_view();
}

std::string NotNull(std::string_view name) {
  return StrCat("expecting not null value for field \"", name, "\"");
}

std::string NotFound(std::string_view name) {
  return StrCat("field ", name, " expected in webhook response, but not found");
}

std::string Expecting(std::string_view kind, std::string_view name) {
  return StrCat("expecting ", kind, " for field \"", name, "\"");
}

}  // namespace

Projector::Projector(const plan::Fragment& fragment,
                     const std::vector<std::vector<std::string>>& key_members)
    : fragment_(fragment), key_members_(key_members), slots_(fragment.key_sets.size()) {
  result_.keys.resize(fragment.key_sets.size());
  for (size_t i = 0; i < fragment.key_sets.size(); ++i) {
    result_.keys[i].columns.resize(fragment.key_sets[i].columns);
  }
}

std::optional<std::string> Projector::Value(const plan::Projection::Field& field,
                                            const JsonDocument& document, JsonDocument::Node node) {
  const size_t bytes = result_.bytes.size();
  const size_t holes = result_.holes.size();
  document_ = &document;
  Problem problem = At(field, 0, node);
  if (problem) {
    members_.clear();
    result_.bytes.resize(bytes);
    result_.holes.resize(holes);
  }
  return problem;
}

std::optional<std::string> Projector::Value(const plan::Projection::Field& field,
                                            const JsonDocument& document, JsonDocument::Node node,
                                            uint32_t root, uint32_t slot) {
  const uint64_t begin = result_.bytes.size();
  const uint32_t first_hole = static_cast<uint32_t>(result_.holes.size());
  Problem problem = Value(field, document, node);
  if (problem) {
    Null(root, slot);
  } else {
    result_.values[root][slot] = {begin, result_.bytes.size(), first_hole};
  }
  return problem;
}

void Projector::Null(uint32_t root, uint32_t slot) {
  const uint64_t begin = result_.bytes.size();
  result_.bytes.append("null");
  result_.values[root][slot] = {begin, result_.bytes.size(),
                                static_cast<uint32_t>(result_.holes.size())};
}

Projector::Problem Projector::At(const plan::Projection::Field& field, uint32_t level, Node node) {
  if (document_->is_null(node)) {
    if (level < field.non_null.size() && field.non_null[level]) return NotNull(field.source_key);
    result_.bytes.append("null");
    return std::nullopt;
  }
  if (level < field.list_depth) return List(field, level, node);
  if (field.projection.raw) {
    if (field.projection.object && !document_->is_object(node)) {
      return Expecting("object", field.source_key);
    }
    result_.bytes.append(document_->raw(node));
    return std::nullopt;
  }
  return Object(field, node);
}

Projector::Problem Projector::List(const plan::Projection::Field& field, uint32_t level,
                                   Node node) {
  const bool checked = !field.non_null.empty();
  if (!document_->is_array(node)) {
    // Leaf values are not compared with their type: what a source calls a list of scalars goes on.
    if (!field.projection.raw || field.projection.object) {
      return Expecting("array", field.source_key);
    }
    result_.bytes.append(document_->raw(node));
    return std::nullopt;
  }
  if (field.projection.raw && !checked) {
    if (field.projection.object && !HoldsObjects(node, field.list_depth - level - 1)) {
      return Expecting("object", field.source_key);
    }
    result_.bytes.append(document_->raw(node));
    return std::nullopt;
  }
  char separator = '[';
  for (Node item = document_->FirstItem(node); item != 0; item = document_->NextItem(item)) {
    result_.bytes.push_back(separator);
    separator = ',';
    if (Problem problem = At(field, level + 1, item)) return problem;
  }
  if (separator == '[') result_.bytes.push_back('[');
  result_.bytes.push_back(']');
  return std::nullopt;
}

bool Projector::HoldsObjects(Node list, uint32_t lists) const {
  for (Node item = document_->FirstItem(list); item != 0; item = document_->NextItem(item)) {
    const bool right = lists > 0 ? document_->is_array(item) : document_->is_object(item);
    if (!right && !document_->is_null(item)) return false;
  }
  return true;
}

Projector::Problem Projector::Object(const plan::Projection::Field& field, Node node) {
  if (!document_->is_object(node)) return Expecting("object", field.source_key);
  const size_t first = members_.size();
  for (auto member = document_->FirstMember(node); member; member = document_->NextMember(member)) {
    members_.push_back(member);
  }
  const Members members = {first, members_.size()};
  Problem problem;
  if (field.projection.closed) problem = Check(field.projection, members);
  if (!problem) problem = Fields(field.projection, members);
  members_.resize(first);
  return problem;
}

Projector::Problem Projector::Check(const plan::Projection& projection, Members members) const {
  std::vector<std::string_view> unexpected;
  for (size_t i = members.first; i < members.last; ++i) {
    const bool known = std::ranges::any_of(projection.known_members, [&](const auto& member) {
      return member.name == members_[i].name;
    });
    if (!known) unexpected.push_back(members_[i].name);
  }
  if (!unexpected.empty()) {
    return StrCat("unexpected fields in webhook response: ", Join(unexpected, ", "));
  }
  for (const plan::Projection::KnownMember& member : projection.known_members) {
    if (!member.non_null) continue;
    const std::string_view value = Raw(member.name, members);
    if (value.empty()) return NotFound(member.name);
    if (value == "null") return NotNull(member.name);
  }
  return std::nullopt;
}

Projector::Problem Projector::Fields(const plan::Projection& projection, Members members) {
  std::string_view type;
  if (!projection.typename_key.empty()) type = WithoutQuotes(Raw(projection.typename_key, members));
  char separator = '{';
  size_t expected = members.first;
  for (const plan::Projection::Field& field : projection.fields) {
    if (!field.only_on.empty() && std::ranges::find(field.only_on, type) == field.only_on.end()) {
      continue;
    }
    // Response keys are GraphQL names, so nothing in them needs an escape.
    result_.bytes.push_back(separator);
    result_.bytes.push_back('"');
    result_.bytes.append(field.response_key);
    result_.bytes.append("\":");
    separator = ',';
    if (Problem problem = Field(field, members, expected)) return problem;
  }
  if (separator == '{') result_.bytes.push_back('{');
  result_.bytes.push_back('}');
  return std::nullopt;
}

Projector::Problem Projector::Field(const plan::Projection::Field& field, Members members,
                                    size_t& expected) {
  switch (field.kind) {
    case FieldKind::kConstant:
      result_.bytes.append(field.constant);
      return std::nullopt;
    case FieldKind::kHole:
      result_.holes.push_back({.offset = result_.bytes.size(),
                               .join = field.join,
                               .slot = Key(fragment_.joins[field.join].key_set, members)});
      return std::nullopt;
    case FieldKind::kObject:
      return Fields(field.projection, members);
    case FieldKind::kTypename:
      Typename(field, members);
      return std::nullopt;
    case FieldKind::kValue:
      break;
  }
  const size_t at = Find(field.source_key, members, expected);
  if (at == members.last) {
    if (!field.non_null.empty() && field.non_null[0]) return NotFound(field.source_key);
    result_.bytes.append("null");
    return std::nullopt;
  }
  expected = at + 1;
  return At(field, 0, members_[at].value);
}

void Projector::Typename(const plan::Projection::Field& field, Members members) {
  const std::string_view raw = Raw(field.source_key, members);
  if (raw.empty() || raw == "null") {
    result_.bytes.append(field.constant.empty() ? "null" : field.constant);
    return;
  }
  const std::string_view told = WithoutQuotes(raw);
  for (const plan::ColumnPair& name : field.type_names) {
    if (name.outer == told) return json::AppendQuoted(result_.bytes, name.inner);
  }
  result_.bytes.append(raw);
}

size_t Projector::Find(std::string_view name, Members members, size_t expected) const {
  // Sources mostly answer in the order asked.
  for (size_t i = expected; i < members.last; ++i) {
    if (members_[i].name == name) return i;
  }
  for (size_t i = members.first; i < expected; ++i) {
    if (members_[i].name == name) return i;
  }
  return members.last;
}

std::string_view Projector::Raw(std::string_view name, Members members) const {
  const size_t at = Find(name, members, members.first);
  return at == members.last ? std::string_view() : document_->raw(members_[at].value);
}

uint32_t Projector::Key(uint32_t key_set, Members members) {
  key_.clear();
  size_t hash = 0;
  for (const std::string& name : key_members_[key_set]) {
    const std::string_view value = Raw(name, members);
    if (value.empty() || value == "null") return plan::Hole::kNullKey;
    key_.push_back(value);
    hash = hash * 0x9e3779b97f4a7c15u + std::hash<std::string_view>{}(value);
  }
  if (key_.empty()) key_.push_back(plan::KeyBatch::kNoKeys);
  SlotTable& table = slots_[key_set];
  plan::KeyBatch& keys = result_.keys[key_set];
  if (table.hashes.size() * 2 >= table.places.size()) Grow(table);
  const size_t mask = table.places.size() - 1;
  size_t place = hash & mask;
  for (; table.places[place] != 0; place = (place + 1) & mask) {
    const uint32_t slot = table.places[place] - 1;
    if (table.hashes[slot] == hash && KeyIs(keys, slot)) return slot;
  }
  const uint32_t slot = static_cast<uint32_t>(table.hashes.size());
  table.places[place] = slot + 1;
  table.hashes.push_back(hash);
  for (size_t c = 0; c < key_.size(); ++c) keys.columns[c].emplace_back(key_[c]);
  return slot;
}

bool Projector::KeyIs(const plan::KeyBatch& keys, uint32_t slot) const {
  for (size_t c = 0; c < key_.size(); ++c) {
    if (keys.columns[c][slot] != key_[c]) return false;
  }
  return true;
}

void Projector::Grow(SlotTable& table) {
  table.places.assign(std::max<size_t>(16, table.places.size() * 2), 0);
  const size_t mask = table.places.size() - 1;
  for (uint32_t slot = 0; slot < table.hashes.size(); ++slot) {
    size_t place = table.hashes[slot] & mask;
    while (table.places[place] != 0) place = (place + 1) & mask;
    table.places[place] = slot + 1;
  }
}

}  // namespace joinery::connectors
