#include <utility>

#include "base/strings.h"
#include "connectors/postgres/sql/sql_writer.h"

// Statements that change rows. What one wrote stays, as text, in settings that end with the
// transaction
// (`joinery.n<write>`: how many rows, `joinery.w<write>`: the rows), so that all statements of a
// fragment go to the server at once and none waits for an answer. A row's text form is exact for
// every type.
namespace joinery::connectors::postgres {
namespace {

using plan::Assignment;

std::string RowArray(uint32_t write, const plan::TableName& table) {
  return StrCat("current_setting('joinery.w", write, "')::", QuoteTable(table), "[]");
}

}  // namespace

std::string SqlWriter::WrittenRows(const std::vector<uint32_t>& writes,
                                   const plan::TableName& table) const {
  std::string arrays;
  for (const uint32_t write : writes) {
    StrAppend(arrays, arrays.empty() ? "" : " || ", RowArray(write, table));
  }
  if (arrays.empty()) arrays = StrCat("array[]::", QuoteTable(table), "[]");
  return StrCat("unnest(", arrays, ")");
}

// A statement's own error, in a text that no stored value holds. It is evaluated only where it is
// due: the aggregate keeps the planner from folding it.
std::string SqlWriter::Raise(std::string_view what) const {
  return StrCat("(", QuoteLiteral(StrCat(layout_.marker, what, ":")), " || count(*))::int4");
}

std::string SqlWriter::Write(const plan::Write& write, uint32_t index) {
  const RowName row = NewRow();
  std::string change;
  switch (write.kind) {
    case plan::Write::Kind::kInsert:
      change = Insert(write, row);
      break;
    case plan::Write::Kind::kUpdate:
      change = Update(write, row);
      break;
    case plan::Write::Kind::kDelete:
      change = StrCat("delete from ", QuoteTable(write.table), " as ", row.columns);
      break;
  }
  const bool filtered =
      write.kind != plan::Write::Kind::kInsert && write.where.kind != plan::Predicate::Kind::kTrue;
  if (filtered) StrAppend(change, " where ", Predicate(write.where, row, row));
  const std::string check = Check(write, row);
  StrAppend(change, " returning ", write.keeps_rows ? row.whole : "1", " as r");
  if (!check.empty()) StrAppend(change, ", (", check, ") as ok");
  std::string out = StrCat("with ", prefix_, "w as (", change, ") select set_config('joinery.n",
                           index, "', count(*)::text, true)");
  if (write.keeps_rows) {
    StrAppend(out, ", set_config('joinery.w", index,
              "', coalesce(array_agg(w.r)::text, '{}'), true)");
  }
  if (!check.empty()) {
    StrAppend(out, ", case when not coalesce(bool_and(coalesce(w.ok, false)), true) then ",
              Raise(kCheckFailed), " end");
  }
  if (!write.too_few.empty()) {
    StrAppend(out, ", case when count(*) < ", write.rows.size(), " then ", Raise(kTooFew), " end");
  }
  return out + " from w";
}

std::string SqlWriter::Insert(const plan::Write& write, const RowName& row) {
  std::string out = StrCat("insert into ", QuoteTable(write.table), " as ", row.columns);
  if (write.columns.empty()) {
    out.append(" default values");
  } else {
    out.append(" (");
    for (size_t c = 0; c < write.columns.size(); ++c) {
      StrAppend(out, c > 0 ? ", " : "", QuoteIdentifier(write.columns[c]));
    }
    out.append(") values ");
    bool first = true;
    for (const auto& values : write.rows) {
      out.append(std::exchange(first, false) ? "(" : ", (");
      for (size_t c = 0; c < values.size(); ++c) StrAppend(out, c > 0 ? ", " : "", Cell(values[c]));
      out.push_back(')');
    }
  }
  if (write.conflict) out.append(OnConflict(*write.conflict, row));
  return out;
}

// Rows of an earlier write are read once per column, into an array.
std::string SqlWriter::Cell(const plan::WriteValue& value) {
  switch (value.kind) {
    case plan::WriteValue::Kind::kDefault:
      return "default";
    case plan::WriteValue::Kind::kParameter:
      return Parameter(value.parameter);
    case plan::WriteValue::Kind::kWritten:
      break;
  }
  std::string& name = written_arrays_[{value.write, value.column}];
  if (name.empty()) {
    name = NewName("a");
    const plan::TableName& table = relational_.writes[value.write].table;
    StrAppend(prefix_, name, " as materialized (select array_agg(x.", QuoteIdentifier(value.column),
              ") as v from unnest(", RowArray(value.write, table), ") as x), ");
  }
  return StrCat("(select ", name, ".v[", value.row + 1, "] from ", name, ")");
}

std::string SqlWriter::OnConflict(const plan::Conflict& conflict, const RowName& row) {
  std::string out = " on conflict";
  if (!conflict.constraint.empty()) {
    StrAppend(out, " on constraint ", QuoteIdentifier(conflict.constraint));
  }
  if (conflict.update_columns.empty()) return out + " do nothing";
  std::string sets;
  for (const std::string& column : conflict.update_columns) {
    StrAppend(sets, sets.empty() ? "" : ", ", QuoteIdentifier(column), " = excluded.",
              QuoteIdentifier(column));
  }
  for (const Assignment& preset : conflict.presets) StrAppend(sets, ", ", Assign(preset, row));
  StrAppend(out, " do update set ", sets);
  if (conflict.where.kind != plan::Predicate::Kind::kTrue) {
    StrAppend(out, " where ", Predicate(conflict.where, row, row));
  }
  return out;
}

std::string SqlWriter::Update(const plan::Write& write, const RowName& row) {
  std::string out = StrCat("update ", QuoteTable(write.table), " as ", row.columns, " set ");
  for (size_t i = 0; i < write.assignments.size(); ++i) {
    StrAppend(out, i > 0 ? ", " : "", Assign(write.assignments[i], row));
  }
  return out;
}

std::string SqlWriter::Assign(const Assignment& assignment, const RowName& row) {
  const std::string old = row.Column(assignment.column);
  const std::string given = Parameter(assignment.parameter);
  std::string value;
  switch (assignment.op) {
    case Assignment::Operator::kSet:
      value = given;
      break;
    case Assignment::Operator::kInc:
      value = StrCat(old, " + ", given);
      break;
    case Assignment::Operator::kAppend:
      value = StrCat(old, " || ", given);
      break;
    case Assignment::Operator::kPrepend:
      value = StrCat(given, " || ", old);
      break;
    case Assignment::Operator::kDeleteKey:
    case Assignment::Operator::kDeleteElem:
      value = StrCat(old, " - ", given);
      break;
    case Assignment::Operator::kDeleteAtPath:
      value = StrCat(old, " #- ", given);
      break;
  }
  return StrCat(QuoteIdentifier(assignment.column), " = ", value);
}

// Empty: nothing to check. A row's xmax is zero as long as nobody has updated or locked it.
std::string SqlWriter::Check(const plan::Write& write, const RowName& row) {
  const auto holds = [&](const plan::Predicate& check) { return Predicate(check, row, row); };
  const bool any = write.check.kind != plan::Predicate::Kind::kTrue;
  const bool updates = write.conflict && !write.conflict->update_columns.empty();
  if (!updates || !write.updated_check) return any ? holds(write.check) : "";
  return StrCat("case when ", row.columns, ".xmax = 0 then ", holds(write.check), " else ",
                holds(*write.updated_check), " end");
}

std::string SqlWriter::ValueOf(const plan::RelationalRoot& root) {
  using plan::RootShape;
  scope_ = &root.writes;
  if (root.shape != RootShape::kResponse && root.shape != RootShape::kResponses) {
    return JsonOf(root.relation, root.shape, nullptr, "");
  }
  const auto response = [&] {
    const std::string rows = NewName("r");
    return StrCat("(select row_to_json(", rows, ") from (select ",
                  Rows(root.relation.fields, NewRow()), ") as ", rows, ")");
  };
  if (root.shape == RootShape::kResponse) return response();
  std::string list;
  narrowed_ = true;
  for (const uint32_t write : root.writes) {
    const std::vector<uint32_t> one = {write};
    scope_ = &one;
    StrAppend(list, list.empty() ? "" : ", ", response());
  }
  narrowed_ = false;
  scope_ = &root.writes;
  return StrCat("json_build_array(", list, ")");
}

}  // namespace joinery::connectors::postgres
