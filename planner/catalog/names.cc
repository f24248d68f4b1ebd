#include "planner/catalog/names.h"

#include <utility>

#include "base/strings.h"

namespace joinery::planner {
namespace {

bool IsNameStart(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void AppendCapitalised(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  char first = piece.front();
  if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
  out.push_back(first);
  out.append(piece.substr(1));
}

}  // namespace

bool IsGraphqlName(std::string_view name) {
  if (name.empty() || !IsNameStart(name.front()) || name.starts_with("__")) return false;
  for (const char c : name) {
    if (!IsNameStart(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string SqlName(const plan::TableName& name) {
  return name.schema == "public" || name.schema.empty() ? name.name
                                                        : StrCat(name.schema, ".", name.name);
}

Identifier Identifier::FromDatabase(std::string_view name) {
  std::vector<std::string> pieces;
  for (const std::string_view piece : Split(name, '_')) pieces.emplace_back(piece);
  return Identifier(std::move(pieces));
}

Identifier Identifier::Prefixed(const Identifier& prefix) const {
  Identifier out = prefix;
  out.pieces_.insert(out.pieces_.end(), pieces_.begin(), pieces_.end());
  return out;
}

Identifier Identifier::Then(std::string_view piece) const {
  return FromDatabase(piece).Prefixed(*this);
}

std::string Identifier::Snake() const { return Join(pieces_, "_"); }

std::string Identifier::Camel() const {
  std::string out;
  for (const std::string& piece : pieces_) {
    if (piece.empty() && out.find_first_not_of('_') == std::string::npos) {
      out.push_back('_');  // A leading underscore stays.
    } else if (out.empty()) {
      out.append(piece);
    } else if (out.find_first_not_of('_') == std::string::npos) {
      out.append(piece);
    } else {
      AppendCapitalised(out, piece);
    }
  }
  return out;
}

std::string Identifier::Pascal() const {
  std::string out;
  for (const std::string& piece : pieces_) {
    if (piece.empty() && out.find_first_not_of('_') == std::string::npos) {
      out.push_back('_');
    } else {
      AppendCapitalised(out, piece);
    }
  }
  return out;
}

std::string SourceNaming::Root(std::string_view field) const {
  if (!is_graphql()) return StrCat(root_prefix, field, root_suffix);
  std::string out = root_prefix;
  if (out.empty()) {
    out.append(field);
  } else {
    AppendCapitalised(out, field);
  }
  AppendCapitalised(out, root_suffix);
  return out;
}

std::string SourceNaming::Type(const Identifier& table, std::string_view suffix) const {
  const Identifier name = suffix.empty() ? table : table.Then(suffix);
  if (!is_graphql()) return StrCat(type_prefix, name.Snake(), type_suffix);
  std::string out = type_prefix;
  out.append(name.Pascal());
  AppendCapitalised(out, type_suffix);
  return out;
}

std::string SourceNaming::TypeStem(const Identifier& table) const {
  return StrCat(type_prefix, is_graphql() ? table.Pascal() : table.Snake());
}

std::string SourceNaming::Wrap(std::string_view name) const {
  return StrCat(type_prefix, name, type_suffix);
}

std::string SourceNaming::Field(std::string_view snake) const {
  return is_graphql() ? Identifier::FromDatabase(snake).Camel() : std::string(snake);
}

std::string SourceNaming::Field(const Identifier& name) const {
  return is_graphql() ? name.Camel() : name.Snake();
}

std::string SourceNaming::EnumValue(std::string_view name) const {
  if (!is_graphql()) return std::string(name);
  std::string out(name);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace joinery::planner
