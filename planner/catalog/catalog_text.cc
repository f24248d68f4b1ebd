#include "planner/catalog/catalog_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace joinery::planner {
namespace {

plan::TableName NameFrom(std::string_view text) {
  text = Trim(text);
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {"public", std::string(text)};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

struct TypeText {
  plan::SqlType type;
  plan::TypeKind kind = plan::TypeKind::kBase;
  plan::SqlType base;
};

// Words of a line; what stands in parentheses or quotes is one word.
std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  int depth = 0;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '(') ++depth;
    if (!quoted && c == ')') --depth;
    if (c == ' ' && depth == 0 && !quoted) {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
      continue;
    }
    word.push_back(c);
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

std::vector<std::string> NamesIn(std::string_view parenthesised) {
  std::vector<std::string> names;
  const size_t open = parenthesised.find('(');
  const size_t close = parenthesised.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return names;
  const std::string_view inner = parenthesised.substr(open + 1, close - open - 1);
  if (Trim(inner).empty()) return names;
  for (const std::string_view part : Split(inner, ',')) names.emplace_back(Trim(part));
  return names;
}

class CatalogParser {
 public:
  StatusOr<plan::DatabaseCatalog> Parse(std::string_view text) {
    std::vector<std::string_view> lines = Split(text, '\n');
    for (const std::string_view line : lines) NoteTable(line);
    for (std::string_view line : lines) {
      comment_.clear();
      if (const size_t dashes = line.find(" -- "); dashes != std::string_view::npos) {
        comment_ = std::string(Trim(line.substr(dashes + 4)));
        line = line.substr(0, dashes);
      }
      const std::vector<std::string> words = Words(line);
      if (words.empty() || words.front().starts_with('#')) continue;
      if (!Line(words, line)) return InvalidArgument(StrCat("catalog text: ", line));
    }
    return std::move(catalog_);
  }

 private:
  void NoteTable(std::string_view line) {
    const std::vector<std::string> words = Words(line);
    if (words.size() >= 2 && (words[0] == "table" || words[0] == "view")) {
      tables_.push_back(NameFrom(words[1]));
    }
  }

  TypeText Type(std::string_view text) const {
    TypeText out;
    while (text.ends_with("[]")) {
      ++out.type.dimensions;
      text.remove_suffix(2);
    }
    std::string_view base;
    if (text.starts_with("enum:")) {
      out.kind = plan::TypeKind::kEnum;
      text.remove_prefix(5);
    } else if (text.starts_with("domain:")) {
      out.kind = plan::TypeKind::kDomain;
      text.remove_prefix(7);
      base = text.substr(text.find('/') + 1);
      text = text.substr(0, text.find('/'));
    }
    const plan::TableName name = NameFrom(text);
    if (std::ranges::find(tables_, name) != tables_.end()) {
      out.kind = plan::TypeKind::kComposite;
      out.type.schema = name.schema;
    } else if (out.kind != plan::TypeKind::kBase || text.find('.') != std::string_view::npos) {
      out.type.schema = name.schema;
    }
    out.type.name = name.name;
    out.base = out.type;
    if (!base.empty()) out.base = {.name = std::string(base), .dimensions = out.type.dimensions};
    return out;
  }

  bool Line(const std::vector<std::string>& words, std::string_view line) {
    if (words[0] == "table" || words[0] == "view") {
      plan::CatalogTable table{.name = NameFrom(words[1]), .comment = comment_};
      if (words[0] == "view") {
        table.kind = 'v';
        table.updatable = 0;
      }
      catalog_.tables.push_back(std::move(table));
      return true;
    }
    if (words[0] == "function") return Function(line);
    if (words[0] == "enum") return Enum(words);
    if (catalog_.tables.empty()) return false;
    plan::CatalogTable& table = catalog_.tables.back();
    if (words[0] == "pk" && words.size() == 2) {
      table.primary_key =
          plan::CatalogConstraint{StrCat(table.name.name, "_pkey"), NamesIn(words[1])};
      return true;
    }
    if (words[0] == "unique" && words.size() == 3) {
      table.unique_constraints.push_back({words[1], NamesIn(words[2])});
      return true;
    }
    if (words[0] == "fk" && words.size() == 4)
      return ForeignKey(table, NamesIn(words[1]), words[3]);
    return words.size() >= 2 && Column(table, words);
  }

  static bool ForeignKey(plan::CatalogTable& table, std::vector<std::string> columns,
                         const std::string& target) {
    plan::CatalogForeignKey key{.name = StrCat(table.name.name, "_", Join(columns, "_"), "_fkey"),
                                .columns = std::move(columns)};
    key.foreign_table = NameFrom(std::string_view(target).substr(0, target.find('(')));
    key.foreign_columns = NamesIn(target);
    table.foreign_keys.push_back(std::move(key));
    return true;
  }

  bool Column(plan::CatalogTable& table, const std::vector<std::string>& words) {
    std::string_view type = words[1];
    plan::CatalogColumn column{.name = words[0],
                               .position = static_cast<int32_t>(table.columns.size() + 1),
                               .comment = comment_};
    if (type.ends_with('!')) {
      column.nullable = false;
      type.remove_suffix(1);
    }
    const TypeText parsed = Type(type);
    column.type = parsed.type;
    column.type_kind = parsed.kind;
    column.base_type = parsed.base;
    for (size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "default") column.has_default = true;
      if (words[i] == "generated") column.generated = true;
      if (words[i] == "identity") column.identity_always = true;
      if (words[i] == "pk") {
        table.primary_key =
            plan::CatalogConstraint{StrCat(table.name.name, "_pkey"), {column.name}};
      }
      if (words[i] == "->" && i + 1 < words.size()) ForeignKey(table, {column.name}, words[i + 1]);
    }
    table.columns.push_back(std::move(column));
    return true;
  }

  bool Function(std::string_view line) {
    line = Trim(line);
    line.remove_prefix(std::string_view("function ").size());
    const size_t open = line.find('(');
    const size_t close = line.find(')');
    const size_t arrow = line.find("-> ");
    if (open == std::string_view::npos || close == std::string_view::npos ||
        arrow == std::string_view::npos) {
      return false;
    }
    plan::CatalogFunction function{.name = NameFrom(line.substr(0, open)), .comment = comment_};
    for (const std::string& argument : NamesIn(line.substr(0, close + 1))) {
      Argument(function, argument);
    }
    for (const std::string& word : Words(line.substr(arrow + 3))) {
      if (word == "setof") {
        function.returns_set = true;
      } else if (word == "stable") {
        function.volatility = 's';
      } else if (word == "immutable") {
        function.volatility = 'i';
      } else if (word == "variadic") {
        function.variadic = true;
      } else if (word != "volatile") {
        const TypeText type = Type(word);
        function.returns = type.type;
        function.returns_kind = type.kind;
        if (type.kind == plan::TypeKind::kComposite) function.returns_table = NameFrom(word);
      }
    }
    catalog_.functions.push_back(std::move(function));
    return true;
  }

  // `name type`, `type` alone for an unnamed one, `=` behind for a default.
  void Argument(plan::CatalogFunction& function, std::string_view text) {
    plan::CatalogArgument argument;
    if (text.ends_with('=')) {
      argument.has_default = true;
      text.remove_suffix(1);
      text = Trim(text);
    }
    const size_t blank = text.find(' ');
    if (blank != std::string_view::npos) {
      argument.name = std::string(text.substr(0, blank));
      text = text.substr(blank + 1);
    }
    const TypeText type = Type(text);
    argument.type = type.type;
    argument.type_kind = type.kind;
    function.arguments.push_back(std::move(argument));
  }

  bool Enum(const std::vector<std::string>& words) {
    if (words.size() < 2) return false;
    plan::CatalogEnumTable table{.table = NameFrom(words[1])};
    for (size_t i = 2; i < words.size(); ++i) {
      if (words[i].starts_with('"')) {
        table.values.back().comment = words[i].substr(1, words[i].size() - 2);
      } else {
        table.values.push_back({.value = words[i]});
      }
    }
    catalog_.enum_tables.push_back(std::move(table));
    return true;
  }

  std::vector<plan::TableName> tables_;
  std::string comment_;
  plan::DatabaseCatalog catalog_;
};

}  // namespace

StatusOr<plan::DatabaseCatalog> CatalogFromText(std::string_view text) {
  return CatalogParser().Parse(text);
}

}  // namespace joinery::planner
