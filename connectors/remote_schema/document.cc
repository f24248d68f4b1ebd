#include "connectors/remote_schema/document.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

using plan::TextPiece;

constexpr size_t kMaxKeptBytes = size_t{16} << 20;
constexpr size_t kMaxDocumentBytes = size_t{1} << 20;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsNameByte(char c) {
  return c == '_' || IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A JSON value as a GraphQL literal: member names lose their quotes.
void AppendLiteral(const json::Value& value, std::string& out) {
  if (value.is_array()) {
    out.push_back('[');
    for (size_t i = 0; i < value.items().size(); ++i) {
      if (i > 0) out.append(", ");
      AppendLiteral(value.items()[i], out);
    }
    out.push_back(']');
  } else if (value.is_object()) {
    out.push_back('{');
    for (size_t i = 0; i < value.members().size(); ++i) {
      if (i > 0) out.append(", ");
      StrAppend(out, value.members()[i].first, ": ");
      AppendLiteral(value.members()[i].second, out);
    }
    out.push_back('}');
  } else {
    json::Write(value, out);
  }
}

std::string_view NamedType(std::string_view type) {
  while (type.ends_with('!')) type.remove_suffix(1);
  return type;
}

bool IsJsonNumber(std::string_view text) {
  return !text.empty() && (text[0] == '-' || IsDigit(text[0]));
}

// A key as a value of its type, where no digit is lost: numbers as text, and numbers that came as
// text.
void AppendKey(std::string_view raw, std::string_view type, std::string& out) {
  const std::string_view named = NamedType(type);
  if (IsJsonNumber(raw) && (named == "String" || named == "ID")) {
    StrAppend(out, "\"", raw, "\"");
    return;
  }
  const bool text = raw.size() > 2 && raw.front() == '"';
  if (text && (named == "Int" || named == "Float")) {
    const std::string_view inside = raw.substr(1, raw.size() - 2);
    const StatusOr<json::Value> number = json::Parse(inside);
    if (number.ok() && number->is_number()) {
      out.append(inside);
      return;
    }
  }
  out.append(raw);
}

// Session variables are text; numbers and booleans are written as such.
void AppendSessionText(const std::string& text, std::string_view type, std::string& out) {
  const std::string_view named = NamedType(type);
  const StatusOr<json::Value> parsed = json::Parse(text);
  const bool literal =
      parsed.ok() && (((named == "Int" || named == "Float") && parsed->is_number()) ||
                      (named == "Boolean" && parsed->is_bool()));
  if (literal) {
    out.append(text);
  } else {
    json::AppendQuoted(out, text);
  }
}

// Whether `$name` stands in GraphQL text, outside its strings.
bool Uses(std::string_view text, std::string_view name) {
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && in_string) {
      ++at;
    } else if (text[at] == '"') {
      in_string = !in_string;
    } else if (text[at] == '$' && !in_string && text.substr(at + 1).starts_with(name)) {
      const size_t end = at + 1 + name.size();
      if (end == text.size() || !IsNameByte(text[end])) return true;
    }
  }
  return false;
}

// What a part needs to know of its fragment.
class PartView {
 public:
  PartView(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request,
           const Part& part)
      : fragment_(fragment), request_(request), part_(part) {
    // A client's variable may be called as our keys are.
    while (std::ranges::any_of(fragment.variables, [this](const auto& variable) {
      return variable.name.starts_with(prefix_) && variable.name.size() > prefix_.size() &&
             IsDigit(variable.name[prefix_.size()]);
    })) {
      prefix_.push_back('_');
    }
    if (!part.whole) FindRoots();
    FindColumns();
  }

  bool HasVariable(const plan::GraphqlFragment::Variable& variable) const {
    if (part_.whole) return true;
    return std::ranges::any_of(roots_, [&](uint32_t root) {
      return std::ranges::any_of(fragment_.roots[root].text, [&](const TextPiece& piece) {
        return piece.kind == TextPiece::Kind::kText && Uses(piece.text, variable.name);
      });
    });
  }

  // Columns of the root's key that are variables.
  const std::vector<uint32_t>& ColumnsOf(uint32_t root) const { return columns_[root]; }

  const std::string& KeyType(uint32_t root, uint32_t column) const {
    static const std::string none;
    const uint32_t batch = *fragment_.roots[root].batch;
    if (batch >= fragment_.key_types.size() || column >= fragment_.key_types[batch].size())
      return none;
    return fragment_.key_types[batch][column];
  }

  const std::string& Key(const Place& place, uint32_t column) const {
    return request_.batches[*fragment_.roots[place.root].batch].columns[column][place.slot];
  }

  void AppendKeyName(size_t alias, uint32_t column, std::string& out) const {
    StrAppend(out, prefix_, alias, "_", column);
  }

 private:
  void FindRoots() {
    for (uint32_t root = 0; root < fragment_.roots.size(); ++root) {
      if (!fragment_.roots[root].batch && part_.first) roots_.push_back(root);
    }
    for (const Place& place : part_.aliased) {
      if (roots_.empty() || roots_.back() != place.root) roots_.push_back(place.root);
    }
  }

  void FindColumns() {
    columns_.resize(fragment_.roots.size());
    for (uint32_t root = 0; root < fragment_.roots.size(); ++root) {
      if (!fragment_.roots[root].batch) continue;
      std::vector<uint32_t>& columns = columns_[root];
      for (const TextPiece& piece : fragment_.roots[root].text) {
        if (piece.kind != TextPiece::Kind::kKey || KeyType(root, piece.index).empty()) continue;
        if (std::ranges::find(columns, piece.index) == columns.end())
          columns.push_back(piece.index);
      }
    }
  }

  const plan::GraphqlFragment& fragment_;
  const plan::ExecuteRequest& request_;
  const Part& part_;
  std::string prefix_ = "k";
  std::vector<uint32_t> roots_;  // Of a part that is not the whole.
  std::vector<std::vector<uint32_t>> columns_;
};

// `alias: text`, or only the text where it starts with that very name.
void AppendSingle(const plan::GraphqlRoot& root, std::string& out) {
  const std::string_view text = root.text.empty() ? std::string_view() : root.text.front().text;
  const bool same = text.starts_with(root.alias) &&
                    (text.size() == root.alias.size() || !IsNameByte(text[root.alias.size()])) &&
                    !text.substr(root.alias.size()).starts_with(':');
  if (!same) StrAppend(out, root.alias, ": ");
  for (const TextPiece& piece : root.text) out.append(piece.text);
  out.push_back(' ');
}

}  // namespace

std::vector<Part> Split(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request,
                        size_t max_keys) {
  std::vector<Place> all;
  for (uint32_t root = 0; root < fragment.roots.size(); ++root) {
    const auto& batch = fragment.roots[root].batch;
    if (!batch) continue;
    const uint32_t keys = static_cast<uint32_t>(request.batches[*batch].size());
    for (uint32_t slot = 0; slot < keys; ++slot) all.push_back({root, slot});
  }
  const size_t parts = std::max<size_t>(1, (all.size() + max_keys - 1) / max_keys);
  std::vector<Part> out(parts);
  for (size_t i = 0; i < parts; ++i) {
    const size_t begin = all.size() * i / parts;
    const size_t end = all.size() * (i + 1) / parts;
    out[i].first = i == 0;
    out[i].whole = parts == 1;
    out[i].offset = begin;
    out[i].aliased.assign(all.begin() + static_cast<ptrdiff_t>(begin),
                          all.begin() + static_cast<ptrdiff_t>(end));
  }
  return out;
}

std::string DocumentText(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request,
                         const Part& part) {
  const PartView view(fragment, request, part);
  const bool mutation = fragment.operation == plan::GraphqlFragment::Operation::kMutation;
  std::string out = mutation ? "mutation" : "query";
  char separator = '(';
  const auto declare = [&](const auto& append_name, std::string_view type) {
    out.push_back(separator);
    separator = ',';
    out.push_back('$');
    append_name();
    StrAppend(out, ": ", type);
  };
  for (const auto& variable : fragment.variables) {
    if (view.HasVariable(variable)) declare([&] { out.append(variable.name); }, variable.type);
  }
  for (size_t alias = 0; alias < part.aliased.size(); ++alias) {
    const uint32_t root = part.aliased[alias].root;
    for (const uint32_t column : view.ColumnsOf(root)) {
      declare([&] { view.AppendKeyName(alias, column, out); }, view.KeyType(root, column));
    }
  }
  out.append(separator == '(' ? " { " : ") { ");
  if (part.first) {
    for (const plan::GraphqlRoot& root : fragment.roots) {
      if (!root.batch) AppendSingle(root, out);
    }
  }
  for (size_t alias = 0; alias < part.aliased.size(); ++alias) {
    const Place& place = part.aliased[alias];
    StrAppend(out, "f", alias, ": ");
    for (const TextPiece& piece : fragment.roots[place.root].text) {
      if (piece.kind == TextPiece::Kind::kText) {
        out.append(piece.text);
      } else if (!view.KeyType(place.root, piece.index).empty()) {
        out.push_back('$');
        view.AppendKeyName(alias, piece.index, out);
      } else if (const auto value = json::Parse(view.Key(place, piece.index)); value.ok()) {
        AppendLiteral(*value, out);
      }
    }
    out.push_back(' ');
  }
  out.push_back('}');
  return out;
}

std::string VariablesText(const plan::GraphqlFragment& fragment,
                          const plan::ExecuteRequest& request, const Part& part) {
  const PartView view(fragment, request, part);
  std::string out;
  for (const auto& variable : fragment.variables) {
    const plan::ParameterValue& value = request.parameters[variable.parameter];
    if (value.kind == plan::ParameterValue::Kind::kAbsent || !view.HasVariable(variable)) continue;
    StrAppend(out, out.empty() ? "{\"" : ",\"", variable.name, "\":");
    if (value.kind == plan::ParameterValue::Kind::kJson) {
      out.append(value.bytes);
    } else {
      AppendSessionText(value.bytes, variable.type, out);
    }
  }
  for (size_t alias = 0; alias < part.aliased.size(); ++alias) {
    const Place& place = part.aliased[alias];
    for (const uint32_t column : view.ColumnsOf(place.root)) {
      out.append(out.empty() ? "{\"" : ",\"");
      view.AppendKeyName(alias, column, out);
      out.append("\":");
      AppendKey(view.Key(place, column), view.KeyType(place.root, column), out);
    }
  }
  if (out.empty()) out.push_back('{');
  out.push_back('}');
  return out;
}

std::string RequestWriter::Body(const plan::Fragment& fragment, const plan::ExecuteRequest& request,
                                const Part& part) {
  const auto& graphql = std::get<plan::GraphqlFragment>(fragment.body);
  const std::shared_ptr<const std::string> document = QuotedDocument(fragment, request, part);
  return StrCat("{\"query\":", *document, ",\"variables\":", VariablesText(graphql, request, part),
                "}");
}

size_t RequestWriter::kept_documents() const {
  std::lock_guard lock(mutex_);
  return kept_.size();
}

std::shared_ptr<const std::string> RequestWriter::QuotedDocument(
    const plan::Fragment& fragment, const plan::ExecuteRequest& request, const Part& part) {
  const auto& graphql = std::get<plan::GraphqlFragment>(fragment.body);
  const auto write = [&] {
    auto out = std::make_shared<std::string>();
    json::AppendQuoted(*out, DocumentText(graphql, request, part));
    return out;
  };
  bool inline_keys = false;
  for (const plan::GraphqlRoot& root : graphql.roots) {
    for (const TextPiece& piece : root.text) {
      inline_keys = inline_keys || (piece.kind == TextPiece::Kind::kKey && root.batch &&
                                    (graphql.key_types.size() <= *root.batch ||
                                     graphql.key_types[*root.batch].size() <= piece.index ||
                                     graphql.key_types[*root.batch][piece.index].empty()));
    }
  }
  // Parts of a split execution differ in more than their size.
  if (inline_keys || !part.whole || fragment.id.empty()) return write();
  std::string key = fragment.id;
  for (const plan::KeyBatch& batch : request.batches) StrAppend(key, "/", batch.size());
  {
    std::lock_guard lock(mutex_);
    if (const auto it = kept_.find(key); it != kept_.end()) return it->second;
  }
  std::shared_ptr<const std::string> document = write();
  if (document->size() > kMaxDocumentBytes) return document;
  std::lock_guard lock(mutex_);
  if (kept_bytes_ + document->size() > kMaxKeptBytes) {
    kept_.clear();
    kept_bytes_ = 0;
  }
  if (kept_.emplace(std::move(key), document).second) kept_bytes_ += document->size();
  return document;
}

}  // namespace joinery::connectors::remote_schema
