#include "connectors/postgres/sql/compile.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/strings.h"
#include "connectors/postgres/sql/sql_writer.h"
#include "json/write.h"

namespace joinery::connectors::postgres {
namespace {

// Whether a cast to text says the same as what the server sends; booleans but for their spelling.
bool CastsToItsText(const plan::SqlType& type) {
  if (type.dimensions > 0 || !type.schema.empty()) return false;
  static constexpr std::string_view kSuch[] = {
      "int2",    "int4", "int8", "numeric",   "float4",      "float8", "bool", "text",
      "varchar", "uuid", "date", "timestamp", "timestamptz", "json",   "jsonb"};
  return std::ranges::find(kSuch, type.name) != std::end(kSuch);
}

ColumnForm FormOf(const plan::SqlType& type) {
  if (type.dimensions > 0) return ColumnForm::kJson;
  for (const std::string_view number : {"int2", "int4", "int8", "numeric", "float4", "float8"}) {
    if (type.name == number) return ColumnForm::kNumber;
  }
  if (type.name == "bool") return ColumnForm::kBoolean;
  if (type.name == "json" || type.name == "jsonb") return ColumnForm::kJson;
  return ColumnForm::kQuoted;
}

// Builds one statement; see Layout for the two kinds.
class Compiler {
 public:
  Compiler(const plan::Fragment& fragment, std::string_view marker)
      : fragment_(fragment), writer_(fragment, sql_.layout) {
    layout().marker = marker;
    layout().join_members.resize(fragment.joins.size());
  }

  CompiledSql Run() {
    const plan::RelationalFragment& relational = writer_.relational();
    const auto& roots = relational.roots;
    const bool rows = roots.size() == 1 && roots[0].shape != plan::RootShape::kAggregate;
    if (relational.in_order) {
      CompileWrites(relational);
    } else {
      if (rows) {
        writer_.out().text = CompileRows(roots[0]);
      } else if (roots.size() > 1 && roots[0].batch) {
        CompileTogether(0, static_cast<uint32_t>(roots.size()));
      } else {
        CompileValues(roots);
      }
      sql_.statements.push_back(std::move(writer_.out()));
    }
    for (std::string& member : layout().join_members) {
      std::string quoted;
      json::AppendQuoted(quoted, member);
      quoted.push_back(':');
      member = std::move(quoted);
    }
    return std::move(sql_);
  }

  SqlStatement RunApart(uint32_t root) {
    CompileTogether(root, root + 1);
    return std::move(writer_.out());
  }

 private:
  // A column of the statement. `exact`: cast to text it reads as the server would send it.
  struct Column {
    std::string expression;
    bool exact = true;
  };

  Layout& layout() { return sql_.layout; }
  RowLayout& rows() { return layout().rows.back(); }

  // Every root after what is written for it.
  void CompileWrites(const plan::RelationalFragment& relational) {
    layout().kind = Layout::Kind::kValues;
    layout().roots = static_cast<uint32_t>(relational.roots.size());
    for (uint32_t r = 0; r < relational.roots.size(); ++r) {
      for (const uint32_t w : relational.roots[r].writes) {
        SqlWriter writer(fragment_, layout());
        writer.out().text = writer.Write(relational.writes[w], w);
        writer.out().write = w;
        sql_.statements.push_back(std::move(writer.out()));
      }
      SqlWriter writer(fragment_, layout());
      writer.out().text = StrCat("select ", writer.ValueOf(relational.roots[r]), " as f0");
      writer.out().root = r;
      layout().scanned = layout().scanned || writer.has_marks();
      sql_.statements.push_back(std::move(writer.out()));
    }
  }

  uint32_t AddColumn(const std::string& expression, bool exact = true) {
    columns_.push_back({expression, exact});
    return static_cast<uint32_t>(columns_.size() - 1);
  }

  // `unnest(…) with ordinality as k(c0, …, i)`.
  std::string Keys(const plan::RelationalRoot& root) {
    std::string arrays;
    std::string names;
    for (uint32_t c = 0; c < root.key_types.size(); ++c) {
      StrAppend(arrays, c > 0 ? ", " : "",
                writer_.KeyArray(*root.batch, c, root.key_types[c], IsList(root, c)));
      StrAppend(names, "c", c, ", ");
    }
    return StrCat("unnest(", arrays, ") with ordinality as k(", names, "i)");
  }

  static bool IsList(const plan::RelationalRoot& root, size_t column) {
    return column < root.key_any_of.size() && root.key_any_of[column];
  }

  // What a key column of the relation is compared with.
  static std::string KeyOf(const plan::RelationalRoot& root, size_t column) {
    if (!IsList(root, column)) return StrCat("k.c", column);
    return StrCat("any(k.c", column, "::", SqlWriter::ArrayText(root.key_types[column]), ")");
  }

  static std::string KeyCondition(const plan::RelationalRoot& root, const RowName& row) {
    std::string out;
    for (size_t c = 0; c < root.key_columns.size(); ++c) {
      StrAppend(out, c > 0 ? " and " : "", row.Column(root.key_columns[c]), " = ", KeyOf(root, c));
    }
    return out;
  }

  // Members and key columns of a row, as columns of the statement.
  void RowColumns(const std::vector<plan::OutputField>& fields, const RowName& row) {
    std::string before = "{";
    bool first = true;
    for (const plan::OutputField& field : fields) {
      if (!first) before.push_back(',');
      first = false;
      json::AppendQuoted(before, field.name);
      before.push_back(':');
      if (field.kind == plan::OutputField::Kind::kConstant) {
        before.append(field.constant);
        continue;
      }
      MemberLayout member{.before = std::exchange(before, std::string())};
      if (field.kind == plan::OutputField::Kind::kHole) {
        member.hole = true;
        member.join = field.join;
        AddKey(fragment_.joins[field.join].key_set, row);
      } else {
        member.form = ColumnFor(field, row, member.column);
        if (HoldsHoles(field)) member.form = ColumnForm::kJsonScanned;
      }
      rows().members.push_back(std::move(member));
    }
    rows().after = before + "}";
  }

  static bool HoldsHoles(const plan::OutputField& field) {
    if (field.kind == plan::OutputField::Kind::kHole) return true;
    return field.relation && RelationHoldsHoles(*field.relation);
  }

  static bool RelationHoldsHoles(const plan::Relation& relation) {
    const auto holds = [](const std::vector<plan::OutputField>& fields) {
      return std::ranges::any_of(fields, HoldsHoles);
    };
    if (holds(relation.fields)) return true;
    return std::ranges::any_of(relation.aggregate,
                               [&](const plan::AggregateField& a) { return holds(a.nodes); });
  }

  void AddKey(uint32_t key_set, const RowName& row) {
    const auto known = std::ranges::find(rows().keys, key_set, &KeyLayout::key_set);
    if (known != rows().keys.end()) return;
    KeyLayout key{.key_set = key_set};
    for (const plan::Scalar& scalar : writer_.relational().key_scalars[key_set]) {
      const ColumnForm form = FormOf(scalar.type);
      const std::string value = writer_.Scalar(scalar, row);
      const bool list = scalar.type.dimensions > 0;
      key.columns.push_back(AddColumn(list ? StrCat("to_json(", value, ")") : value,
                                      list || CastsToItsText(scalar.type)));
      key.forms.push_back(form);
    }
    rows().keys.push_back(std::move(key));
  }

  ColumnForm ColumnFor(const plan::OutputField& field, const RowName& row, uint32_t& column) {
    if (field.kind != plan::OutputField::Kind::kScalar) {
      column = AddColumn(writer_.JsonMember(field, row));
      return ColumnForm::kJson;
    }
    std::string value = writer_.Scalar(*field.scalar, row);
    if (field.json_path) {
      column = AddColumn(StrCat("(", value, " #> ", writer_.Parameter(*field.json_path), ")"));
      return ColumnForm::kJson;
    }
    const bool exact = CastsToItsText(field.scalar->type);
    switch (field.form) {
      case plan::JsonForm::kNumber:
        column = AddColumn(value, exact);
        return ColumnForm::kNumber;
      case plan::JsonForm::kNumberText:
      case plan::JsonForm::kText:
        column = AddColumn(value, exact);
        return ColumnForm::kQuoted;
      case plan::JsonForm::kBoolean:
        column = AddColumn(value, exact);
        return ColumnForm::kBoolean;
      case plan::JsonForm::kJson:
        column = AddColumn(value, exact);
        return ColumnForm::kJson;
      case plan::JsonForm::kTimestamp:
        column = AddColumn(value, exact);
        return ColumnForm::kTimestamp;
      case plan::JsonForm::kGeoJson:
        column = AddColumn(StrCat("ST_AsGeoJSON(", value, ", 15, 4)"));
        return ColumnForm::kJson;
      case plan::JsonForm::kAsDatabase:
        column = AddColumn(StrCat("to_json(", value, ")"));
        return ColumnForm::kJson;
    }
    return ColumnForm::kQuoted;
  }

  std::string SelectList() const {
    std::string out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      StrAppend(out, i > 0 ? ", " : "", columns_[i].expression, " as f", i);
    }
    return out.empty() ? "1 as f0" : out;
  }

  std::string CompileRows(const plan::RelationalRoot& root) {
    const plan::Relation& relation = root.relation;
    layout().rows.push_back({.shape = root.shape});
    const RowName row = writer_.NewRow();
    if (!root.batch) {
      RowColumns(relation.fields, row);
      std::string text = StrCat("select ", Distinct(relation, row), SelectList(),
                                writer_.FromWhere(relation, row, nullptr, ""));
      AppendOrder(relation, row, "", text);
      text.append(root.shape == plan::RootShape::kObject ? " limit 1"
                                                         : writer_.Bounds(relation, false));
      return text;
    }
    const bool bounded =
        !relation.limit.empty() || !relation.offset.empty() || !relation.distinct_on.empty();
    return bounded ? CompileBounded(root, row) : CompileJoined(root, row);
  }

  // All rows of all keys by one join.
  std::string CompileJoined(const plan::RelationalRoot& root, const RowName& row) {
    layout().slot_column = AddColumn("k.i - 1");
    const std::string keys = Keys(root);
    RowColumns(root.relation.fields, row);
    const bool unique = SameColumns(root.key_columns, root.primary_key);
    const bool first_of_many = root.shape == plan::RootShape::kObject && !unique;
    const std::string from =
        writer_.FromWhere(root.relation, row, nullptr, KeyCondition(root, row));
    std::string text = StrCat("select ", first_of_many ? "distinct on (k.i) " : "", SelectList(),
                              " from ", keys, " cross join", std::string_view(from).substr(5));
    if (root.shape == plan::RootShape::kObject) {
      if (!first_of_many) return text;
      text.append(" order by k.i");
      for (const std::string& column : root.primary_key) StrAppend(text, ", ", row.Column(column));
      return text;
    }
    AppendOrder(root.relation, row, "k.i", text);
    return text;
  }

  static bool SameColumns(std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return !b.empty() && a == b;
  }

  // Bounds hold per key: a lateral sub-select for each, in the keys' order.
  std::string CompileBounded(const plan::RelationalRoot& root, const RowName& row) {
    const std::string keys = Keys(root);
    RowColumns(root.relation.fields, row);
    std::string inner =
        StrCat("select ", Distinct(root.relation, row), SelectList(),
               writer_.FromWhere(root.relation, row, nullptr, KeyCondition(root, row)));
    AppendOrder(root.relation, row, "", inner);
    inner.append(writer_.Bounds(root.relation, true));
    std::string list;
    for (size_t i = 0; i < columns_.size(); ++i) StrAppend(list, "x.f", i, ", ");
    const uint32_t slot = AddColumn("k.i - 1");
    layout().slot_column = slot;
    return StrCat("select ", list, "k.i - 1 as f", slot, " from ", keys, " cross join lateral (",
                  inner, ") as x");
  }

  // Keyed roots one behind the other, of which each has columns of its own: all as text.
  void CompileTogether(uint32_t first, uint32_t end) {
    struct Part {
      std::string list;
      std::string rows;
      size_t columns;
    };
    std::vector<Part> parts;
    size_t most = 0;
    for (uint32_t root = first; root < end; ++root) {
      columns_.clear();
      std::string rows = CompileKeyed(writer_.relational().roots[root]);
      most = std::max(most, columns_.size());
      parts.push_back({TextList(root), std::move(rows), columns_.size()});
    }
    std::string& text = writer_.out().text;
    for (const Part& part : parts) {
      StrAppend(text, text.empty() ? "" : " union all ", "select ", part.list);
      for (size_t i = part.columns; i < most; ++i) text.append(", null");
      StrAppend(text, " from (", part.rows, ") as x");
    }
    layout().root_column = 0;
    layout().slot_column = 1;
  }

  std::string CompileKeyed(const plan::RelationalRoot& root) {
    if (root.shape != plan::RootShape::kAggregate) return CompileRows(root);
    const std::string keys = Keys(root);
    layout().slot_column = AddColumn("k.i - 1");
    MemberLayout value{.form = RelationHoldsHoles(root.relation) ? ColumnForm::kJsonScanned
                                                                 : ColumnForm::kJson};
    value.column = AddColumn(KeyedValue(root));
    layout().rows.push_back({.shape = plan::RootShape::kObject, .members = {std::move(value)}});
    return StrCat("select ", SelectList(), " from ", keys);
  }

  // The root's number, the slot, and the other columns of rows named x; members and keys follow
  // them there.
  std::string TextList(uint32_t root) {
    const uint32_t slot = *layout().slot_column;
    std::string out = StrCat(root, ", x.f", slot);
    for (uint32_t c = 0; c < columns_.size(); ++c) {
      if (c != slot) StrAppend(out, ", ", AsText(StrCat("x.f", c), columns_[c].exact));
    }
    const auto move = [slot](uint32_t& column) { column += column < slot ? 2 : 1; };
    for (MemberLayout& member : rows().members) move(member.column);
    for (KeyLayout& key : rows().keys) std::ranges::for_each(key.columns, move);
    return out;
  }

  // Text as the server sends it; a cast says some types in another way (inet, character).
  static std::string AsText(const std::string& value, bool exact) {
    if (exact) return StrCat(value, "::text");
    return StrCat("case when ", value, " is not null then format('%s', ", value, ") end");
  }

  static std::string Distinct(const plan::Relation& relation, const RowName& row) {
    if (relation.distinct_on.empty()) return "";
    std::string out = "distinct on (";
    for (size_t i = 0; i < relation.distinct_on.size(); ++i) {
      StrAppend(out, i > 0 ? ", " : "", row.Column(relation.distinct_on[i]));
    }
    return out + ") ";
  }

  void AppendOrder(const plan::Relation& relation, const RowName& row, std::string_view first,
                   std::string& text) {
    const std::string order = writer_.OrderBy(relation.order_by, row);
    if (first.empty() && order.empty()) return;
    StrAppend(text, " order by ", first, !first.empty() && !order.empty() ? ", " : "", order);
  }

  // Each root is one JSON value, per key or once.
  void CompileValues(const std::vector<plan::RelationalRoot>& roots) {
    layout().kind = Layout::Kind::kValues;
    layout().roots = static_cast<uint32_t>(roots.size());
    std::string keys;
    if (!roots.empty() && roots[0].batch) {
      keys = Keys(roots[0]);
      layout().slot_column = AddColumn("k.i - 1");
      layout().first_column = 1;
    }
    for (const plan::RelationalRoot& root : roots) {
      if (root.batch) {
        AddColumn(KeyedValue(root));
      } else {
        AddColumn(writer_.JsonOf(root.relation, root.shape, nullptr, ""));
      }
    }
    layout().scanned = writer_.has_marks();
    writer_.out().text = StrCat("select ", SelectList(), keys.empty() ? "" : " from ", keys);
  }

  std::string KeyedValue(const plan::RelationalRoot& root) {
    // Key columns are told apart from the relation's own by standing in a row named k.
    std::vector<std::string> conditions;
    for (size_t c = 0; c < root.key_columns.size(); ++c) {
      conditions.push_back(
          StrCat(kRowMark, ".", QuoteIdentifier(root.key_columns[c]), " = ", KeyOf(root, c)));
    }
    return writer_.JsonOf(root.relation, root.shape, nullptr, Join(conditions, " and "));
  }

  const plan::Fragment& fragment_;
  CompiledSql sql_;
  SqlWriter writer_;
  std::vector<Column> columns_;
};

bool WritesFit(const plan::RelationalFragment& relational) {
  if (!relational.writes.empty() && !relational.in_order) return false;
  const auto known = [&](uint32_t write) { return write < relational.writes.size(); };
  for (const plan::RelationalRoot& root : relational.roots) {
    if (!std::ranges::all_of(root.writes, known)) return false;
    if (relational.in_order && root.batch) return false;
  }
  for (uint32_t w = 0; w < relational.writes.size(); ++w) {
    for (const auto& row : relational.writes[w].rows) {
      if (row.size() != relational.writes[w].columns.size()) return false;
      for (const plan::WriteValue& value : row) {
        if (value.kind == plan::WriteValue::Kind::kWritten && value.write >= w) return false;
      }
    }
  }
  return true;
}

}  // namespace

StatusOr<CompiledSql> Compile(const plan::Fragment& fragment, std::string_view marker) {
  const auto* relational = std::get_if<plan::RelationalFragment>(&fragment.body);
  if (relational == nullptr) return InvalidArgument("not a relational fragment");
  if (relational->roots.empty()) return InvalidArgument("a relational fragment without a root");
  if (relational->parameter_types.size() != fragment.parameters ||
      relational->key_scalars.size() != fragment.key_sets.size()) {
    return InvalidArgument("a relational fragment whose parts do not fit");
  }
  if (!WritesFit(*relational)) return InvalidArgument("a relational fragment that writes amiss");
  return Compiler(fragment, marker).Run();
}

SqlStatement CompileApart(const plan::Fragment& fragment, std::string_view marker, uint32_t root) {
  return Compiler(fragment, marker).RunApart(root);
}

const std::string& ProcessMarker() {
  static const std::string marker = [] {
    std::random_device device;
    std::string out = "joinery_";
    static constexpr char kDigits[] = "0123456789abcdef";
    for (int i = 0; i < 16; ++i) out.push_back(kDigits[device() & 15]);
    return out + "_";
  }();
  return marker;
}

}  // namespace joinery::connectors::postgres
