#include "connectors/postgres/sql/sql_writer.h"

#include <algorithm>

#include "base/strings.h"

namespace joinery::connectors::postgres {

std::string QuoteIdentifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

std::string QuoteLiteral(std::string_view text) {
  std::string out = text.find('\\') == text.npos ? "'" : " E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
  return out;
}

std::string QuoteTable(const plan::TableName& table) {
  return StrCat(QuoteIdentifier(table.schema), ".", QuoteIdentifier(table.name));
}

std::string TypeText(const plan::SqlType& type) {
  std::string out = type.schema.empty() ? "" : StrCat(QuoteIdentifier(type.schema), ".");
  out.append(QuoteIdentifier(type.name));
  for (uint32_t i = 0; i < type.dimensions; ++i) out.append("[]");
  return out;
}

std::string RowName::Column(std::string_view column) const {
  return StrCat(columns, ".", QuoteIdentifier(column));
}

SqlWriter::SqlWriter(const plan::Fragment& fragment, Layout& layout)
    : fragment_(fragment),
      relational_(std::get<plan::RelationalFragment>(fragment.body)),
      parameter_numbers_(fragment.parameters, 0),
      layout_(layout) {}

RowName SqlWriter::NewRow() {
  const std::string name = NewName("t");
  return {name, name};
}

std::string SqlWriter::NewName(std::string_view prefix) { return StrCat(prefix, next_name_++); }

std::string SqlWriter::Parameter(plan::ParameterIndex index) {
  int& number = parameter_numbers_[index];
  const plan::SqlType& type = relational_.parameter_types[index];
  if (number == 0) {
    out_.bindings.push_back({.kind = Binding::Kind::kParameter, .index = index, .type = type});
    number = static_cast<int>(out_.bindings.size());
  }
  if (type.name == "geometry" && type.dimensions == 0) {
    return StrCat("ST_GeomFromGeoJSON($", number, "::text)");
  }
  if (type.name == "geography" && type.dimensions == 0) {
    return StrCat("ST_GeomFromGeoJSON($", number, "::text)::geography");
  }
  return StrCat("$", number, "::", TypeText(type));
}

std::string SqlWriter::KeyArray(uint32_t batch, uint32_t column, const plan::SqlType& type,
                                bool any_of) {
  const Binding wanted{.kind = any_of ? Binding::Kind::kKeyLists : Binding::Kind::kKeys,
                       .index = batch,
                       .column = column,
                       .type = type};
  const auto known = std::ranges::find(out_.bindings, wanted);
  const auto number = known - out_.bindings.begin() + 1;
  if (known == out_.bindings.end()) out_.bindings.push_back(wanted);
  // Lists differ in length, so they travel as texts: an array of arrays would have to be even.
  return StrCat("$", number, "::", any_of ? "text[]" : ArrayText(type));
}

std::string SqlWriter::ArrayText(plan::SqlType type) {
  ++type.dimensions;
  return TypeText(type);
}

std::string SqlWriter::Call(const plan::FunctionCall& call, const RowName& row) {
  std::string out = StrCat(QuoteTable(call.function), "(");
  bool first = true;
  for (const plan::FunctionArgument& argument : call.arguments) {
    if (!first) out.append(", ");
    first = false;
    if (!argument.name.empty()) StrAppend(out, QuoteIdentifier(argument.name), " => ");
    out.append(argument.kind == plan::FunctionArgument::Kind::kRow ? row.whole
                                                                   : Parameter(argument.parameter));
  }
  out.push_back(')');
  return out;
}

std::string SqlWriter::Scalar(const plan::Scalar& scalar, const RowName& row) {
  std::string out = scalar.function ? Call(*scalar.function, row) : row.Column(scalar.column);
  if (scalar.visible_if) {
    out = StrCat("(case when ", Predicate(*scalar.visible_if, row, row), " then ", out, " end)");
  }
  return out;
}

std::string SqlWriter::Bounds(const plan::Relation& relation, bool nested) {
  std::string out;
  const auto bound = [&](const plan::Bound& wanted) {
    if (wanted.parameter && nested) out_.plan_each_time = true;
    if (wanted.constant && wanted.parameter) {
      return StrCat("least(", *wanted.constant, ", ", Parameter(*wanted.parameter), ")");
    }
    return wanted.constant ? StrCat(*wanted.constant) : Parameter(*wanted.parameter);
  };
  if (!relation.limit.empty()) StrAppend(out, " limit ", bound(relation.limit));
  if (!relation.offset.empty()) StrAppend(out, " offset ", bound(relation.offset));
  return out;
}

std::string SqlWriter::FromWhere(const plan::Relation& relation, const RowName& row,
                                 const RowName* outer, const std::string& extra) {
  std::string out = " from ";
  if (relation.from_writes) {
    out.append(WrittenRows(narrowed_ ? *scope_ : relation.writes, relation.table));
  } else if (relation.function) {
    StrAppend(out, Call(*relation.function, outer != nullptr ? *outer : row));
  } else {
    out.append(QuoteTable(relation.table));
  }
  StrAppend(out, " as ", row.columns);
  std::string where;
  const auto add = [&](const std::string& condition) {
    StrAppend(where, where.empty() ? " where " : " and ", condition);
  };
  if (outer != nullptr) {
    for (const plan::ColumnPair& pair : relation.pairs) {
      add(StrCat(row.Column(pair.inner), " = ", outer->Column(pair.outer)));
    }
  }
  if (!extra.empty()) add(ReplaceAll(extra, kRowMark, row.columns));
  if (relation.where.kind != plan::Predicate::Kind::kTrue) {
    add(Predicate(relation.where, row, row));
  }
  return out + where;
}

}  // namespace joinery::connectors::postgres
