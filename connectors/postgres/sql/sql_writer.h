#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/postgres/sql/compile.h"
#include "plan/plan.h"

namespace joinery::connectors::postgres {

// Stands for the name of a relation's row in conditions that are written before the name is known.
inline constexpr std::string_view kRowMark = "\x01row\x01";

std::string QuoteIdentifier(std::string_view name);
std::string QuoteLiteral(std::string_view text);
std::string QuoteTable(const plan::TableName& table);
std::string TypeText(const plan::SqlType& type);

// How rows of one relation are named inside the statement.
struct RowName {
  std::string columns;  // What stands before `."column"`.
  std::string whole;    // The row as one value of the table's type.
  std::string Column(std::string_view column) const;
};

// Writes the parts of one statement. The state of one compilation; not thread-safe.
class SqlWriter {
 public:
  // Of one statement. What rows mean goes into `layout`, which several statements may share.
  SqlWriter(const plan::Fragment& fragment, Layout& layout);

  // A fresh name for rows.
  RowName NewRow();
  std::string NewName(std::string_view prefix);

  // `$n` for a parameter of the fragment, cast to its type.
  std::string Parameter(plan::ParameterIndex index);
  // `$n` for a column of keys; `any_of`: they are lists, as texts of Postgres arrays.
  std::string KeyArray(uint32_t batch, uint32_t column, const plan::SqlType& type, bool any_of);
  // Name of the array type over `type`.
  static std::string ArrayText(plan::SqlType type);

  // A predicate over `row`; `root` is the outermost row.
  std::string Predicate(const plan::Predicate& predicate, const RowName& row, const RowName& root);
  std::string Scalar(const plan::Scalar& scalar, const RowName& row);
  std::string Call(const plan::FunctionCall& call, const RowName& row);
  std::string OrderBy(const std::vector<plan::OrderBy>& order, const RowName& row);
  // ` limit … offset …`, or empty. `nested`: of rows per parent.
  std::string Bounds(const plan::Relation& relation, bool nested);
  // `from table as row where …`; `outer` is the enclosing row (null: none), `extra` more
  // conditions.
  std::string FromWhere(const plan::Relation& relation, const RowName& row, const RowName* outer,
                        const std::string& extra);

  // A JSON expression: list, object or aggregate of a relation.
  std::string JsonOf(const plan::Relation& relation, plan::RootShape shape, const RowName* outer,
                     const std::string& extra);
  // The value of a member inside JSON.
  std::string JsonMember(const plan::OutputField& field, const RowName& row);

  // A statement that changes rows; it remembers what it wrote until the transaction's end.
  std::string Write(const plan::Write& write, uint32_t index);
  // A root's value as a JSON expression. `kResponse` and what reads written rows included.
  std::string ValueOf(const plan::RelationalRoot& root);

  const plan::RelationalFragment& relational() const { return relational_; }
  const plan::Fragment& fragment() const { return fragment_; }
  bool has_marks() const { return has_marks_; }
  SqlStatement& out() { return out_; }
  Layout& layout() { return layout_; }

 private:
  std::string Compare(const plan::Predicate& predicate, const std::string& left);
  std::string Exists(const plan::Predicate& predicate, const RowName& row, const RowName& root);
  std::string OrderTerm(const plan::OrderBy& order, const RowName& row, size_t step);
  std::string Rows(const std::vector<plan::OutputField>& fields, const RowName& row);
  std::string Select(const plan::Relation& relation, const RowName& row, const RowName* outer,
                     const std::string& extra, const std::string& list, bool nested);
  std::string Aggregate(const plan::Relation& relation, const RowName* outer,
                        const std::string& extra);
  std::string AggregateObject(const std::vector<plan::AggregateField>& fields, const RowName& row,
                              const std::string& nodes);
  std::string AggregateValue(const plan::AggregateField& field, const RowName& row,
                             const std::string& nodes);
  std::string Mark(const plan::OutputField& field, const RowName& row);
  std::string Insert(const plan::Write& write, const RowName& row);
  std::string Update(const plan::Write& write, const RowName& row);
  std::string OnConflict(const plan::Conflict& conflict, const RowName& row);
  std::string Assign(const plan::Assignment& assignment, const RowName& row);
  std::string Cell(const plan::WriteValue& value);
  std::string Check(const plan::Write& write, const RowName& row);
  std::string Raise(std::string_view what) const;
  std::string WrittenRows(const std::vector<uint32_t>& writes, const plan::TableName& table) const;

  const plan::Fragment& fragment_;
  const plan::RelationalFragment& relational_;
  std::vector<int> parameter_numbers_;  // Of the fragment's parameters; 0: not used yet.
  int next_name_ = 0;
  bool has_marks_ = false;
  // The writes that a response is about.
  const std::vector<uint32_t>* scope_ = nullptr;
  bool narrowed_ = false;  // To those of `scope_` alone, also where rows are read.
  // By earlier write and column: what stands for its values, as arrays.
  std::map<std::pair<uint32_t, std::string>, std::string> written_arrays_;
  std::string prefix_;  // `with` queries that come before a write.
  SqlStatement out_;
  Layout& layout_;
};

}  // namespace joinery::connectors::postgres
