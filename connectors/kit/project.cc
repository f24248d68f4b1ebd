#include "connectors/kit/project.h"

#include <algorithm>
#include <utility>

#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors {

using FieldKind = plan::Projection::Field::Kind;

Projector::Projector(const plan::Fragment& fragment,
                     const std::vector<std::vector<std::string>>& key_members)
    : fragment_(fragment), key_members_(key_members), slots_(fragment.key_sets.size()) {
  result_.keys.resize(fragment.key_sets.size());
  for (size_t i = 0; i < fragment.key_sets.size(); ++i) {
    result_.keys[i].columns.resize(fragment.key_sets[i].columns);
  }
}

std::optional<std::string> Projector::Value(const plan::Projection::Field& field,
                                            std::string_view text, size_t begin, size_t end) {
  return At(field, 0, text, begin, end);
}

std::optional<std::string> Projector::At(const plan::Projection::Field& field, uint32_t level,
                                         std::string_view text, size_t begin, size_t end) {
  std::string& out = result_.bytes;
  if (text[begin] == 'n') {
    if (level < field.non_null.size() && field.non_null[level]) {
      return StrCat("expecting not null value for field \"", field.source_key, "\"");
    }
    out.append("null");
    return std::nullopt;
  }
  if (level < field.list_depth) {
    // One value where a list is declared is for the source's own rules to refuse.
    if (text[begin] != '[') {
      if (!field.non_null.empty()) {
        return StrCat("expecting array for field \"", field.source_key, "\" but got another value");
      }
      out.append(text.substr(begin, end - begin));
      return std::nullopt;
    }
    std::vector<json::Extent> items;
    json::ReadItems(text, begin, items);
    out.push_back('[');
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out.push_back(',');
      if (auto problem = At(field, level + 1, text, items[i].begin, items[i].end)) return problem;
    }
    out.push_back(']');
    return std::nullopt;
  }
  if (field.projection.raw) {
    out.append(text.substr(begin, end - begin));
    return std::nullopt;
  }
  if (text[begin] != '{') {
    if (field.projection.closed) {
      return StrCat("expecting object for field \"", field.source_key, "\" but got another value");
    }
    out.append("null");
    return std::nullopt;
  }
  return Object(field.projection, text, begin);
}

std::optional<std::string> Projector::Object(const plan::Projection& projection,
                                             std::string_view text, size_t begin) {
  const size_t first = members_.size();
  json::ReadMembers(text, begin, members_);
  const size_t last = members_.size();
  std::optional<std::string> problem;
  if (projection.closed) problem = CheckKnown(projection, text, first, last);
  if (!problem) problem = Members(projection, text, first, last);
  members_.resize(first);
  return problem;
}

std::optional<std::string> Projector::CheckKnown(const plan::Projection& projection,
                                                 std::string_view text, size_t first, size_t last) {
  std::vector<std::string> unexpected;
  for (size_t i = first; i < last; ++i) {
    const std::string_view name = members_[i].name;
    const bool known = std::ranges::any_of(projection.known_members,
                                           [&](const auto& member) { return member.name == name; });
    if (!known) unexpected.emplace_back(name);
  }
  if (!unexpected.empty()) {
    return StrCat("unexpected fields in webhook response: ", Join(unexpected, ", "));
  }
  for (const plan::Projection::KnownMember& member : projection.known_members) {
    if (!member.non_null) continue;
    const std::string_view value = RawMember(member.name, text, first, last);
    if (value.empty()) {
      return StrCat("field ", member.name, " expected in webhook response, but not found");
    }
    if (value == "null") return StrCat("expecting not null value for field \"", member.name, "\"");
  }
  return std::nullopt;
}

std::string_view Projector::RawMember(std::string_view name, std::string_view text, size_t first,
                                      size_t last) const {
  for (size_t i = first; i < last; ++i) {
    const json::MemberSpan& member = members_[i];
    if (member.name == name) return text.substr(member.begin, member.end - member.begin);
  }
  return {};
}

std::optional<std::string> Projector::Members(const plan::Projection& projection,
                                              std::string_view text, size_t first, size_t last) {
  std::string& out = result_.bytes;
  std::string_view type;
  if (!projection.typename_key.empty()) {
    type = RawMember(projection.typename_key, text, first, last);
    if (type.size() >= 2) type = type.substr(1, type.size() - 2);
  }
  out.push_back('{');
  bool any = false;
  size_t expected = first;
  for (const plan::Projection::Field& field : projection.fields) {
    if (!field.only_on.empty() && std::ranges::find(field.only_on, type) == field.only_on.end()) {
      continue;
    }
    if (any) out.push_back(',');
    any = true;
    json::AppendQuoted(out, field.response_key);
    out.push_back(':');
    if (field.kind == FieldKind::kConstant) {
      out.append(field.constant);
      continue;
    }
    if (field.kind == FieldKind::kHole) {
      const uint32_t slot = Key(fragment_.joins[field.join].key_set, text, first, last);
      result_.holes.push_back({.offset = out.size(), .join = field.join, .slot = slot});
      continue;
    }
    // Sources mostly answer in the order asked.
    size_t at = last;
    for (size_t i = expected; i < last && at == last; ++i) {
      if (members_[i].name == field.source_key) at = i;
    }
    for (size_t i = first; i < expected && at == last; ++i) {
      if (members_[i].name == field.source_key) at = i;
    }
    if (at == last) {
      out.append("null");
      continue;
    }
    expected = at + 1;
    const json::MemberSpan member = members_[at];
    if (auto problem = At(field, 0, text, member.begin, member.end)) return problem;
  }
  out.push_back('}');
  return std::nullopt;
}

uint32_t Projector::Key(uint32_t key_set, std::string_view text, size_t first, size_t last) {
  scratch_.clear();
  const std::vector<std::string>& names = key_members_[key_set];
  std::vector<std::string_view> values;
  values.reserve(names.size());
  for (const std::string& name : names) {
    const std::string_view value = RawMember(name, text, first, last);
    if (value.empty() || value == "null") return plan::Hole::kNullKey;
    values.push_back(value);
    scratch_.append(value);
    scratch_.push_back('\0');
  }
  auto& slots = slots_[key_set];
  if (const auto known = slots.find(std::string_view(scratch_)); known != slots.end()) {
    return known->second;
  }
  const uint32_t slot = static_cast<uint32_t>(slots.size());
  slots.emplace(scratch_, slot);
  for (size_t c = 0; c < values.size(); ++c) {
    result_.keys[key_set].columns[c].emplace_back(values[c]);
  }
  return slot;
}

}  // namespace joinery::connectors
