#include "base/strings.h"
#include "connectors/postgres/sql/sql_writer.h"

namespace joinery::connectors::postgres {

std::string_view AggregateName(plan::Aggregate aggregate);

namespace {

// Longer names are cut by Postgres where they name columns.
constexpr size_t kMaxIdentifier = 63;

std::string InJson(const std::string& value, plan::JsonForm form) {
  switch (form) {
    case plan::JsonForm::kNumberText:
    case plan::JsonForm::kText:
      return StrCat("(", value, ")::text");
    case plan::JsonForm::kGeoJson:
      return StrCat("ST_AsGeoJSON(", value, ", 15, 4)::json");
    default:
      return value;
  }
}

}  // namespace

// The key at a hole, under a name that the assembler finds again.
std::string SqlWriter::Mark(const plan::OutputField& field, const RowName& row) {
  has_marks_ = true;
  const uint32_t key_set = fragment_.joins[field.join].key_set;
  std::string out = "json_build_array(";
  bool first = true;
  for (const plan::Scalar& scalar : relational_.key_scalars[key_set]) {
    StrAppend(out, first ? "" : ", ", Scalar(scalar, row));
    first = false;
  }
  out.push_back(')');
  return out;
}

std::string SqlWriter::JsonMember(const plan::OutputField& field, const RowName& row) {
  using Kind = plan::OutputField::Kind;
  switch (field.kind) {
    case Kind::kScalar: {
      std::string value = Scalar(*field.scalar, row);
      if (field.json_path) value = StrCat("(", value, " #> ", Parameter(*field.json_path), ")");
      return InJson(value, field.form);
    }
    case Kind::kConstant:
      return StrCat(QuoteLiteral(field.constant), "::json");
    case Kind::kObject:
      return JsonOf(*field.relation, plan::RootShape::kObject, &row, "");
    case Kind::kArray:
      return JsonOf(*field.relation, plan::RootShape::kArray, &row, "");
    case Kind::kAggregate:
      return JsonOf(*field.relation, plan::RootShape::kAggregate, &row, "");
    case Kind::kHole:
      return Mark(field, row);
    case Kind::kAffected: {
      std::string sum = "0";
      for (const uint32_t write : *scope_) {
        StrAppend(sum, " + current_setting('joinery.n", write, "')::int8");
      }
      return StrCat("(", sum, ")");
    }
  }
  return "null";
}

// The select list of `row_to_json`'s argument.
std::string SqlWriter::Rows(const std::vector<plan::OutputField>& fields, const RowName& row) {
  std::string out;
  for (const plan::OutputField& field : fields) {
    std::string name = field.name;
    if (field.kind == plan::OutputField::Kind::kHole) {
      name = StrCat(layout_.marker, "j", field.join, "k", fragment_.joins[field.join].key_set);
    }
    StrAppend(out, out.empty() ? "" : ", ", JsonMember(field, row), " as ", QuoteIdentifier(name));
  }
  return out;
}

std::string SqlWriter::Select(const plan::Relation& relation, const RowName& row,
                              const RowName* outer, const std::string& extra,
                              const std::string& list, bool nested) {
  std::string out = "select ";
  if (!relation.distinct_on.empty()) {
    out.append("distinct on (");
    for (size_t i = 0; i < relation.distinct_on.size(); ++i) {
      StrAppend(out, i > 0 ? ", " : "", row.Column(relation.distinct_on[i]));
    }
    out.append(") ");
  }
  StrAppend(out, list, FromWhere(relation, row, outer, extra));
  const std::string order = OrderBy(relation.order_by, row);
  if (!order.empty()) StrAppend(out, " order by ", order);
  out.append(Bounds(relation, nested));
  return out;
}

std::string SqlWriter::JsonOf(const plan::Relation& relation, plan::RootShape shape,
                              const RowName* outer, const std::string& extra) {
  if (shape == plan::RootShape::kAggregate) return Aggregate(relation, outer, extra);
  const RowName row = NewRow();
  const std::string rows = NewName("r");
  bool long_names = false;
  for (const plan::OutputField& field : relation.fields) {
    long_names = long_names || field.name.size() > kMaxIdentifier;
    if (field.kind == plan::OutputField::Kind::kHole) {
      layout_.join_members[field.join] = field.name;
    }
  }
  std::string object = StrCat("row_to_json(", rows, ")");
  std::string list = Rows(relation.fields, row);
  if (list.empty()) {
    object = "'{}'::json";
    list = "1";
  }
  if (long_names) {
    // Columns get short names and the object is built by hand.
    list.clear();
    object = "json_build_object(";
    int number = 0;
    for (const plan::OutputField& field : relation.fields) {
      std::string name = field.name;
      if (field.kind == plan::OutputField::Kind::kHole) {
        name = StrCat(layout_.marker, "j", field.join, "k", fragment_.joins[field.join].key_set);
      }
      const std::string column = StrCat("c", number);
      StrAppend(list, number > 0 ? ", " : "", JsonMember(field, row), " as ", column);
      StrAppend(object, number > 0 ? ", " : "", QuoteLiteral(name), ", ", rows, ".", column);
      ++number;
    }
    object.push_back(')');
  }
  std::string inner = Select(relation, row, outer, extra, list, outer != nullptr || !extra.empty());
  if (shape == plan::RootShape::kObject) {
    return StrCat("(select ", object, " from (", inner, " limit 1) as ", rows, ")");
  }
  return StrCat("(select coalesce(json_agg(", object, "), '[]') from (", inner, ") as ", rows, ")");
}

std::string SqlWriter::AggregateValue(const plan::AggregateField& field, const RowName& row,
                                      const std::string& nodes) {
  using Kind = plan::AggregateField::Kind;
  switch (field.kind) {
    case Kind::kConstant:
      return StrCat(QuoteLiteral(field.constant), "::json");
    case Kind::kCount: {
      if (field.columns.empty()) return "count(*)";
      std::string columns;
      for (const plan::Scalar& scalar : field.columns) {
        StrAppend(columns, columns.empty() ? "" : ", ", Scalar(scalar, row));
      }
      if (field.columns.size() > 1) columns = StrCat("(", columns, ")");
      return StrCat("count(", field.distinct ? "distinct " : "", columns, ")");
    }
    case Kind::kColumns: {
      std::string out;
      for (const plan::AggregateField::Member& member : field.members) {
        StrAppend(out, out.empty() ? "" : ", ", QuoteLiteral(member.name), ", ");
        if (!member.scalar) {
          StrAppend(out, QuoteLiteral(member.constant), "::json");
          continue;
        }
        StrAppend(out, InJson(StrCat(AggregateName(field.function), "(",
                                     Scalar(*member.scalar, row), ")"),
                              member.form));
      }
      return StrCat("json_build_object(", out, ")");
    }
    case Kind::kAggregate:
      return AggregateObject(field.fields, row, nodes);
    case Kind::kNodes: {
      std::string filter;
      if (!field.nodes_limit.empty()) {
        filter = StrCat(" filter (where ", nodes, ".n <= ", *field.nodes_limit.constant, ")");
      }
      for (const plan::OutputField& output : field.nodes) {
        if (output.kind == plan::OutputField::Kind::kHole) {
          layout_.join_members[output.join] = output.name;
        }
      }
      const std::string rows = NewName("r");
      const std::string list = Rows(field.nodes, row);
      const std::string object = list.empty() ? "'{}'::json"
                                              : StrCat("(select row_to_json(", rows,
                                                       ") from (select ", list, ") as ", rows, ")");
      return StrCat("coalesce(json_agg(", object, ")", filter, ", '[]')");
    }
  }
  return "null";
}

std::string SqlWriter::AggregateObject(const std::vector<plan::AggregateField>& fields,
                                       const RowName& row, const std::string& nodes) {
  std::string out = "json_build_object(";
  bool first = true;
  for (const plan::AggregateField& field : fields) {
    StrAppend(out, first ? "" : ", ", QuoteLiteral(field.name), ", ",
              AggregateValue(field, row, nodes));
    first = false;
  }
  out.push_back(')');
  return out;
}

std::string SqlWriter::Aggregate(const plan::Relation& relation, const RowName* outer,
                                 const std::string& extra) {
  const bool bounded =
      !relation.limit.empty() || !relation.offset.empty() || !relation.distinct_on.empty();
  bool has_nodes = false;
  for (const plan::AggregateField& field : relation.aggregate) {
    has_nodes = has_nodes || field.kind == plan::AggregateField::Kind::kNodes;
  }
  const RowName row = NewRow();
  if (!bounded && !has_nodes) {
    return StrCat("(select ", AggregateObject(relation.aggregate, row, ""),
                  FromWhere(relation, row, outer, extra), ")");
  }
  // Rows travel whole, with their number, so that nodes and computed fields see them as they are.
  const std::string source = NewName("s");
  const RowName inner{StrCat("(", source, ".t)"), StrCat(source, ".t")};
  const std::string select = Select(relation, row, outer, extra, StrCat(row.whole, " as t"),
                                    outer != nullptr || !extra.empty());
  const std::string object = AggregateObject(relation.aggregate, inner, source);
  return StrCat("(select ", object, " from (select x.t, row_number() over () as n from (", select,
                ") as x) as ", source, ")");
}

}  // namespace joinery::connectors::postgres
