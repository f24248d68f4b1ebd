#include "base/strings.h"
#include "connectors/postgres/sql/sql_writer.h"

namespace joinery::connectors::postgres {
namespace {

using plan::CompareOperator;

// Operators written between both sides.
std::string_view Infix(CompareOperator op) {
  switch (op) {
    case CompareOperator::kEq:
      return "=";
    case CompareOperator::kNeq:
      return "<>";
    case CompareOperator::kGt:
      return ">";
    case CompareOperator::kLt:
      return "<";
    case CompareOperator::kGte:
      return ">=";
    case CompareOperator::kLte:
      return "<=";
    case CompareOperator::kLike:
      return "like";
    case CompareOperator::kNlike:
      return "not like";
    case CompareOperator::kIlike:
      return "ilike";
    case CompareOperator::kNilike:
      return "not ilike";
    case CompareOperator::kSimilar:
      return "similar to";
    case CompareOperator::kNsimilar:
      return "not similar to";
    case CompareOperator::kRegex:
      return "~";
    case CompareOperator::kIregex:
      return "~*";
    case CompareOperator::kNregex:
      return "!~";
    case CompareOperator::kNiregex:
      return "!~*";
    case CompareOperator::kContains:
    case CompareOperator::kAncestor:
      return "@>";
    case CompareOperator::kContainedIn:
    case CompareOperator::kDescendant:
      return "<@";
    case CompareOperator::kHasKey:
    case CompareOperator::kMatchesAny:
      return "?";
    case CompareOperator::kHasKeysAny:
      return "?|";
    case CompareOperator::kHasKeysAll:
      return "?&";
    case CompareOperator::kMatches:
      return "~";
    case CompareOperator::kMatchesFulltext:
      return "@";
    default:
      return {};
  }
}

// Operators that are functions of both sides.
std::string_view FunctionName(CompareOperator op) {
  switch (op) {
    case CompareOperator::kStContains:
      return "ST_Contains";
    case CompareOperator::kStCrosses:
      return "ST_Crosses";
    case CompareOperator::kStEquals:
      return "ST_Equals";
    case CompareOperator::kStIntersects:
    case CompareOperator::kStIntersectsRast:
    case CompareOperator::kStIntersectsNbandGeom:
    case CompareOperator::kStIntersectsGeomNband:
      return "ST_Intersects";
    case CompareOperator::kSt3dIntersects:
      return "ST_3DIntersects";
    case CompareOperator::kStOverlaps:
      return "ST_Overlaps";
    case CompareOperator::kStTouches:
      return "ST_Touches";
    case CompareOperator::kStWithin:
      return "ST_Within";
    case CompareOperator::kStDWithin:
      return "ST_DWithin";
    case CompareOperator::kSt3dDWithin:
      return "ST_3DDWithin";
    default:
      return {};
  }
}

}  // namespace

std::string SqlWriter::Compare(const plan::Predicate& predicate, const std::string& left) {
  const auto operand = [&](size_t i) { return Parameter(predicate.parameters[i]); };
  switch (predicate.op) {
    case CompareOperator::kIn:
      return StrCat(left, " = any(", operand(0), ")");
    case CompareOperator::kNin:
      return StrCat(left, " <> all(", operand(0), ")");
    case CompareOperator::kAncestorAny:
      return StrCat(left, " @> any(", operand(0), ")");
    case CompareOperator::kDescendantAny:
      return StrCat(left, " <@ any(", operand(0), ")");
    default:
      break;
  }
  if (const std::string_view infix = Infix(predicate.op); !infix.empty()) {
    return StrCat("(", left, " ", infix, " ", operand(0), ")");
  }
  std::string out = StrCat(FunctionName(predicate.op), "(", left);
  const bool distance =
      predicate.op == CompareOperator::kStDWithin || predicate.op == CompareOperator::kSt3dDWithin;
  if (distance) {
    // The arguments come as distance, from[, use_spheroid]; the functions take from first.
    StrAppend(out, ", ", operand(1), ", ", operand(0));
    if (predicate.parameters.size() > 2) StrAppend(out, ", ", operand(2));
  } else {
    for (size_t i = 0; i < predicate.parameters.size(); ++i) StrAppend(out, ", ", operand(i));
  }
  out.push_back(')');
  return out;
}

std::string SqlWriter::Exists(const plan::Predicate& predicate, const RowName& row,
                              const RowName& root) {
  const RowName inner = NewRow();
  std::string out = "exists (select 1 from ";
  StrAppend(out, predicate.function ? Call(*predicate.function, row) : QuoteTable(predicate.table),
            " as ", inner.columns);
  std::string where;
  for (const plan::ColumnPair& pair : predicate.pairs) {
    StrAppend(where, where.empty() ? " where " : " and ", inner.Column(pair.inner), " = ",
              row.Column(pair.outer));
  }
  for (const plan::Predicate& child : predicate.children) {
    if (child.kind == plan::Predicate::Kind::kTrue) continue;
    StrAppend(where, where.empty() ? " where " : " and ", Predicate(child, inner, root));
  }
  StrAppend(out, where, ")");
  return out;
}

std::string SqlWriter::Predicate(const plan::Predicate& predicate, const RowName& row,
                                 const RowName& root) {
  using Kind = plan::Predicate::Kind;
  switch (predicate.kind) {
    case Kind::kTrue:
      return "true";
    case Kind::kFalse:
      return "false";
    case Kind::kAnd:
    case Kind::kOr: {
      if (predicate.children.empty()) return predicate.kind == Kind::kAnd ? "true" : "false";
      std::string out = "(";
      for (size_t i = 0; i < predicate.children.size(); ++i) {
        if (i > 0) out.append(predicate.kind == Kind::kAnd ? " and " : " or ");
        out.append(Predicate(predicate.children[i], row, root));
      }
      out.push_back(')');
      return out;
    }
    case Kind::kNot:
      return StrCat("(not ", Predicate(predicate.children.front(), row, root), ")");
    case Kind::kExists:
      return Exists(predicate, row, root);
    default:
      break;
  }
  std::string left = Scalar(*predicate.left, row);
  if (predicate.cast_left) left = StrCat("(", left, ")::", TypeText(*predicate.cast_left));
  switch (predicate.kind) {
    case Kind::kIsNull:
      return StrCat("(", left, " is null)");
    case Kind::kIsNotNull:
      return StrCat("(", left, " is not null)");
    case Kind::kCompareColumns: {
      const RowName& other = predicate.root_column ? root : row;
      return StrCat("(", left, " ", Infix(predicate.op), " ", other.Column(predicate.right_column),
                    ")");
    }
    default:
      return Compare(predicate, left);
  }
}

}  // namespace joinery::connectors::postgres
