#include "connectors/postgres/sql/assemble.h"

#include <algorithm>
#include <utility>

#include "json/scan.h"
#include "json/write.h"

namespace joinery::connectors::postgres {
namespace {

// "2020-01-02 03:04:05.6+00" → "2020-01-02T03:04:05.6+00:00".
void AppendTimestamp(std::string& out, std::string_view text) {
  out.push_back('"');
  const size_t blank = text.find(' ');
  if (blank == text.npos || blank + 1 >= text.size() || text[blank + 1] < '0' ||
      text[blank + 1] > '9') {
    json::AppendEscaped(out, text);
    out.push_back('"');
    return;
  }
  const std::string_view time = text.substr(blank + 1);
  out.append(text.substr(0, blank));
  out.push_back('T');
  // A date before our era has a second blank and "BC" behind the zone.
  const size_t end = std::min(time.find(' '), time.size());
  const std::string_view clock = time.substr(0, end);
  out.append(clock);
  const size_t sign = clock.find_first_of("+-");
  if (sign != clock.npos && clock.size() - sign == 3) out.append(":00");
  out.append(time.substr(end));
  out.push_back('"');
}

void AppendNumber(std::string& out, std::string_view text) {
  const char last = text.empty() ? '\0' : text.back();
  // NaN and infinities have no JSON number.
  if (last >= '0' && last <= '9') {
    out.append(text);
  } else {
    json::AppendQuoted(out, text);
  }
}

void AppendForm(std::string& out, ColumnForm form, std::string_view text) {
  switch (form) {
    case ColumnForm::kNumber:
      return AppendNumber(out, text);
    case ColumnForm::kQuoted:
      return json::AppendQuoted(out, text);
    case ColumnForm::kBoolean:
      out.append(text.starts_with('t') ? "true" : "false");
      return;
    case ColumnForm::kJson:
    case ColumnForm::kJsonScanned:
      out.append(text);
      return;
    case ColumnForm::kTimestamp:
      return AppendTimestamp(out, text);
  }
}

// The number in a column that the statement may not have: then 0.
uint32_t NumberAt(std::optional<uint32_t> column, const RowView& row) {
  if (!column) return 0;
  return static_cast<uint32_t>(ParseInt64(row.Column(*column).value_or("0")).value_or(0));
}

}  // namespace

Assembler::Assembler(const Layout& layout, const plan::Fragment& fragment,
                     const std::vector<size_t>& slots, uint64_t most_rows)
    : layout_(layout),
      fragment_(fragment),
      most_rows_(most_rows),
      key_sets_(fragment.key_sets.size()),
      row_slots_(fragment.key_sets.size(), plan::Hole::kNullKey),
      failed_roots_(slots.size()) {
  for (const size_t keys : slots) result_.values.emplace_back(layout.slot_column ? keys : 1);
  result_.keys.resize(fragment.key_sets.size());
  for (size_t i = 0; i < fragment.key_sets.size(); ++i) {
    result_.keys[i].columns.resize(fragment.key_sets[i].columns);
  }
}

uint32_t Assembler::Slot(uint32_t key_set) {
  auto& slots = key_sets_[key_set].slots;
  if (const auto known = slots.find(std::string_view(scratch_)); known != slots.end()) {
    return known->second;
  }
  const uint32_t slot = static_cast<uint32_t>(slots.size());
  slots.emplace(scratch_, slot);
  for (size_t c = 0; c < key_columns_.size(); ++c) {
    result_.keys[key_set].columns[c].push_back(key_columns_[c]);
  }
  return slot;
}

uint32_t Assembler::RowKey(const KeyLayout& key, const RowView& row) {
  scratch_.clear();
  key_columns_.resize(key.columns.size());
  for (size_t c = 0; c < key.columns.size(); ++c) {
    const std::optional<std::string_view> text = row.Column(key.columns[c]);
    if (!text) return plan::Hole::kNullKey;
    key_columns_[c].clear();
    AppendForm(key_columns_[c], key.forms[c], *text);
    scratch_.append(key_columns_[c]);
    scratch_.push_back('\0');
  }
  if (key_columns_.empty()) key_columns_.emplace_back(plan::KeyBatch::kNoKeys);
  return Slot(key.key_set);
}

void Assembler::AddHole(uint32_t join, uint32_t slot) {
  result_.holes.push_back({.offset = result_.bytes.size(), .join = join, .slot = slot});
}

void Assembler::AddScanned(std::string_view text) {
  std::string& out = result_.bytes;
  const std::string& marker = layout_.marker;
  size_t at = 0;
  for (;;) {
    const size_t found = text.find(marker, at);
    if (found == text.npos) break;
    // `"<marker>j<join>k<set>":[…]`
    out.append(text.substr(at, found - 1 - at));
    size_t p = found + marker.size() + 1;
    uint32_t join = 0, key_set = 0;
    while (text[p] >= '0' && text[p] <= '9') join = join * 10 + (text[p++] - '0');
    ++p;
    while (text[p] >= '0' && text[p] <= '9') key_set = key_set * 10 + (text[p++] - '0');
    p = text.find('[', p) + 1;
    scratch_.clear();
    key_columns_.clear();
    bool null = false;
    while (p < text.size() && text[p] != ']') {
      while (text[p] == ' ' || text[p] == ',') ++p;
      const size_t end = json::EndOfValue(text, p);
      const std::string_view value = text.substr(p, end - p);
      null = null || value == "null";
      key_columns_.emplace_back(value);
      scratch_.append(value);
      scratch_.push_back('\0');
      p = end;
    }
    if (key_columns_.empty()) key_columns_.emplace_back(plan::KeyBatch::kNoKeys);
    at = p + 1;
    if (join >= layout_.join_members.size() || key_set >= key_sets_.size()) {
      problem_ = "a hole that the fragment does not have";
      return;
    }
    out.append(layout_.join_members[join]);
    AddHole(join, null ? plan::Hole::kNullKey : Slot(key_set));
  }
  out.append(text.substr(at));
}

void Assembler::AddMember(const MemberLayout& member, const RowView& row) {
  std::string& out = result_.bytes;
  out.append(member.before);
  if (member.hole) {
    AddHole(member.join, row_slots_[fragment_.joins[member.join].key_set]);
    return;
  }
  const std::optional<std::string_view> text = row.Column(member.column);
  if (!text) {
    out.append("null");
  } else if (member.form == ColumnForm::kJsonScanned) {
    AddScanned(*text);
  } else {
    AppendForm(out, member.form, *text);
  }
}

void Assembler::AddObject(const RowLayout& rows, const RowView& row) {
  for (const KeyLayout& key : rows.keys) row_slots_[key.key_set] = RowKey(key, row);
  for (const MemberLayout& member : rows.members) AddMember(member, row);
  result_.bytes.append(rows.after);
}

void Assembler::OpenList(uint32_t root, uint32_t slot) {
  CloseList();
  const plan::Slice& known = result_.values[root][slot];
  if (known.end > known.begin) problem_ = "rows of one list that do not follow each other";
  open_root_ = root;
  open_slot_ = slot;
  list_begin_ = Offset();
  list_first_hole_ = static_cast<uint32_t>(result_.holes.size());
  list_empty_ = true;
  result_.bytes.push_back('[');
}

void Assembler::CloseList() {
  if (!open_slot_) return;
  result_.bytes.push_back(']');
  result_.values[open_root_][*open_slot_] = {list_begin_, Offset(), list_first_hole_};
  open_slot_.reset();
}

void Assembler::CountRow(uint32_t root) {
  if (++rows_ > most_rows_) excess_ = root;
}

void Assembler::CountItems(uint32_t root, std::string_view list) {
  // A list that is too short for so many items is not looked through: `[{},{}]`.
  if (excess_ || list.size() / 3 < most_rows_ || !list.starts_with('[')) return;
  if (json::CountItems(list, 0, most_rows_ + 1) > most_rows_) excess_ = root;
}

void Assembler::AddValues(const RowView& row) {
  const uint32_t slot = NumberAt(layout_.slot_column, row);
  for (uint32_t root = 0; root < layout_.roots; ++root) {
    AddValue(root, slot, row.Column(layout_.first_column + root).value_or("null"));
  }
}

void Assembler::AddRoot(uint32_t root, const RowView& row) {
  AddValue(root, 0, row.Column(0).value_or("null"));
}

void Assembler::AddValue(uint32_t root, uint32_t slot, std::string_view text) {
  if (slot >= result_.values[root].size()) {
    problem_ = "a slot beyond the batch";
    return;
  }
  const auto& roots = std::get<plan::RelationalFragment>(fragment_.body).roots;
  if (roots[root].shape == plan::RootShape::kArray) CountItems(root, text);
  const uint64_t begin = result_.bytes.size();
  const uint32_t first_hole = static_cast<uint32_t>(result_.holes.size());
  if (layout_.scanned) {
    AddScanned(text);
  } else {
    result_.bytes.append(text);
  }
  result_.values[root][slot] = {begin, result_.bytes.size(), first_hole};
}

void Assembler::AddRow(const RowView& row) {
  if (layout_.kind == Layout::Kind::kValues) return AddValues(row);
  const uint32_t root = NumberAt(layout_.root_column, row);
  const uint32_t slot = NumberAt(layout_.slot_column, row);
  if (root >= layout_.rows.size() || slot >= result_.values[root].size()) {
    problem_ = "a slot beyond the batch";
    return;
  }
  CountRow(root);
  const RowLayout& rows = layout_.rows[root];
  if (rows.shape == plan::RootShape::kObject) {
    plan::Slice& slice = result_.values[root][slot];
    if (slice.end > slice.begin) return;  // The first row is the one.
    CloseList();
    const uint64_t begin = result_.bytes.size();
    const uint32_t first_hole = static_cast<uint32_t>(result_.holes.size());
    AddObject(rows, row);
    slice = {begin, result_.bytes.size(), first_hole};
    return;
  }
  if (open_slot_ != slot || open_root_ != root) OpenList(root, slot);
  if (!list_empty_) result_.bytes.push_back(',');
  list_empty_ = false;
  AddObject(rows, row);
}

void Assembler::FailRoot(uint32_t root) {
  CloseList();
  std::ranges::fill(result_.values[root], plan::Slice());
  failed_roots_[root] = true;
}

std::string Assembler::TakeText(size_t enough) {
  if (result_.bytes.size() < enough) return {};
  result_.streamed += result_.bytes.size();
  return std::exchange(result_.bytes, {});
}

// A root's slots without a row share one empty value.
void Assembler::FillEmpty(size_t root) {
  const bool list = layout_.kind == Layout::Kind::kRows && !failed_roots_[root] &&
                    layout_.rows[root].shape == plan::RootShape::kArray;
  std::optional<plan::Slice> empty;
  for (plan::Slice& slice : result_.values[root]) {
    if (slice.end > slice.begin) continue;
    if (!empty) {
      const uint64_t begin = result_.bytes.size();
      result_.bytes.append(list ? "[]" : "null");
      empty = plan::Slice{begin, result_.bytes.size(), static_cast<uint32_t>(result_.holes.size())};
    }
    slice = *empty;
  }
}

StatusOr<plan::ExecuteResult> Assembler::Finish() {
  CloseList();
  if (!problem_.empty()) return Internal(problem_);
  for (size_t root = 0; root < result_.values.size(); ++root) FillEmpty(root);
  return std::move(result_);
}

}  // namespace joinery::connectors::postgres
