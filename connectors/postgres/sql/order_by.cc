#include "base/strings.h"
#include "connectors/postgres/sql/sql_writer.h"

namespace joinery::connectors::postgres {

std::string_view AggregateName(plan::Aggregate aggregate) {
  switch (aggregate) {
    case plan::Aggregate::kCount:
      return "count";
    case plan::Aggregate::kSum:
      return "sum";
    case plan::Aggregate::kAvg:
      return "avg";
    case plan::Aggregate::kMax:
      return "max";
    case plan::Aggregate::kMin:
      return "min";
    case plan::Aggregate::kStddev:
      return "stddev";
    case plan::Aggregate::kStddevPop:
      return "stddev_pop";
    case plan::Aggregate::kStddevSamp:
      return "stddev_samp";
    case plan::Aggregate::kVarPop:
      return "var_pop";
    case plan::Aggregate::kVarSamp:
      return "var_samp";
    case plan::Aggregate::kVariance:
      return "variance";
  }
  return "count";
}

// The value that rows are ordered by; relationships on the way become scalar sub-selects, which
// Postgres evaluates for the rows that the filter leaves.
std::string SqlWriter::OrderTerm(const plan::OrderBy& order, const RowName& row, size_t step) {
  const bool aggregate = order.kind == plan::OrderBy::Kind::kAggregate;
  if (step == order.path.size()) {
    if (!aggregate) return Scalar(*order.scalar, row);
    if (!order.scalar) return "count(*)";
    return StrCat(AggregateName(order.aggregate), "(", Scalar(*order.scalar, row), ")");
  }
  const plan::OrderBy::Step& leg = order.path[step];
  const RowName inner = NewRow();
  std::string out = StrCat("(select ", OrderTerm(order, inner, step + 1), " from ",
                           QuoteTable(leg.table), " as ", inner.columns);
  std::string where;
  for (const plan::ColumnPair& pair : leg.pairs) {
    StrAppend(where, where.empty() ? " where " : " and ", inner.Column(pair.inner), " = ",
              row.Column(pair.outer));
  }
  if (leg.filter) {
    StrAppend(where, where.empty() ? " where " : " and ", Predicate(*leg.filter, inner, inner));
  }
  const bool last = step + 1 == order.path.size();
  StrAppend(out, where, aggregate && last ? ")" : " limit 1)");
  return out;
}

std::string SqlWriter::OrderBy(const std::vector<plan::OrderBy>& order, const RowName& row) {
  std::string out;
  for (const plan::OrderBy& term : order) {
    StrAppend(out, out.empty() ? "" : ", ", OrderTerm(term, row, 0));
    out.append(term.descending ? " desc" : " asc");
    // Postgres' own defaults are left unsaid, so that an index of that order is seen to fit.
    if (term.nulls_first != term.descending) {
      out.append(term.nulls_first ? " nulls first" : " nulls last");
    }
  }
  return out;
}

}  // namespace joinery::connectors::postgres
