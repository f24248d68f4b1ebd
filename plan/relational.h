#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The relational fragment: what a SQL source is asked for, as data. It says nothing of SQL text;
// the connector of a database compiles it. Permissions arrive here compiled into predicates, limits
// and column lists; values are always parameters. Immutable once planned.
namespace joinery::plan {

struct TableName {
  std::string schema;
  std::string name;
  friend bool operator==(const TableName&, const TableName&) = default;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

// A type of the database. `schema` is empty for pg_catalog. An array has the element's name and
// `dimensions` > 0.
struct SqlType {
  std::string schema;
  std::string name;  // As in pg_type: "int4", "text", "timestamptz".
  uint32_t dimensions = 0;
  friend bool operator==(const SqlType&, const SqlType&) = default;
};

// How a column's value is written as JSON.
enum class JsonForm : uint8_t {
  kAsDatabase,  // What to_json gives: composites, arrays, intervals and everything not below.
  kNumber,      // A JSON number; NaN and infinities as strings.
  kNumberText,  // A JSON string holding the number.
  kBoolean,
  kText,       // A JSON string of the type's text form.
  kJson,       // json and jsonb: the value itself.
  kTimestamp,  // timestamp and timestamptz in ISO 8601 with a 'T'.
  kGeoJson,    // geometry and geography.
};

// Index into Fragment::parameters.
using ParameterIndex = uint32_t;

struct Relation;
struct Predicate;

// An argument of a SQL function.
struct FunctionArgument {
  enum class Kind : uint8_t { kParameter, kRow };  // kRow: the row of the enclosing relation.
  Kind kind = Kind::kParameter;
  std::string name;  // Empty: positional.
  ParameterIndex parameter = 0;
};

struct FunctionCall {
  TableName function;
  std::vector<FunctionArgument> arguments;
};

// A scalar of a row: a column, or a function of the row.
struct Scalar {
  std::string column;  // Empty when `function` is set.
  std::unique_ptr<FunctionCall> function;
  SqlType type;
  // Masks the value: null unless the predicate holds. Absent: always shown. (Inherited roles.)
  std::unique_ptr<Predicate> visible_if;
};

// How rows of a nested relation belong to their parent: pairs of columns, and-ed.
struct ColumnPair {
  std::string outer;
  std::string inner;
};

enum class CompareOperator : uint8_t {
  kEq,
  kNeq,
  kGt,
  kLt,
  kGte,
  kLte,
  kIn,
  kNin,
  kLike,
  kNlike,
  kIlike,
  kNilike,
  kSimilar,
  kNsimilar,
  kRegex,
  kIregex,
  kNregex,
  kNiregex,
  kContains,
  kContainedIn,
  kHasKey,
  kHasKeysAny,
  kHasKeysAll,
  kAncestor,
  kAncestorAny,
  kDescendant,
  kDescendantAny,
  kMatches,
  kMatchesAny,
  kMatchesFulltext,
  kStContains,
  kStCrosses,
  kStEquals,
  kStIntersects,
  kSt3dIntersects,
  kStOverlaps,
  kStTouches,
  kStWithin,
  kStDWithin,
  kSt3dDWithin,
  kStIntersectsRast,
  kStIntersectsNbandGeom,
  kStIntersectsGeomNband,
};

// A boolean expression over a row.
struct Predicate {
  enum class Kind : uint8_t {
    kTrue,
    kFalse,
    kAnd,
    kOr,
    kNot,      // `children`.
    kCompare,  // `left` `op` `parameters` (most operators take one; kStDWithin takes distance,
               // from[, use_spheroid]; kStIntersectsNbandGeom nband, geommin;
               // kStIntersectsGeomNband geommin[, nband]).
    kCompareColumns,  // `left` `op` (`root_column` ? column of the root row : own
                      // row).`right_column`.
    kIsNull,
    kIsNotNull,  // `left`.
    kExists,     // Some row of `table`, related by `pairs` (none: any row), holds children[0].
  };
  Kind kind = Kind::kTrue;
  std::vector<Predicate> children;
  std::optional<Scalar> left;
  std::optional<SqlType> cast_left;  // `_cast`: the left side is cast before it is compared.
  CompareOperator op = CompareOperator::kEq;
  std::vector<ParameterIndex> parameters;
  std::string right_column;
  bool root_column = false;
  TableName table;
  std::unique_ptr<FunctionCall>
      function;  // kExists over rows of a function (computed field) instead of `table`.
  std::vector<ColumnPair> pairs;
};

enum class Aggregate : uint8_t {
  kCount,
  kSum,
  kAvg,
  kMax,
  kMin,
  kStddev,
  kStddevPop,
  kStddevSamp,
  kVarPop,
  kVarSamp,
  kVariance,
};

struct OrderBy {
  enum class Kind : uint8_t {
    kScalar,     // Of this row, or of the row that `path` leads to.
    kAggregate,  // Over the rows at the last step of `path`; kCount without a scalar counts rows.
  };
  // One relationship on the way; rows outside `filter` count as absent.
  struct Step {
    TableName table;
    std::vector<ColumnPair> pairs;
    std::unique_ptr<Predicate> filter;
  };
  Kind kind = Kind::kScalar;
  std::vector<Step> path;
  std::optional<Scalar> scalar;
  Aggregate aggregate = Aggregate::kCount;
  bool descending = false;
  bool nulls_first = false;
};

// A bound of rows: neither, a number known at plan time, or a parameter. The smaller of both
// counts.
struct Bound {
  std::optional<int64_t> constant;
  std::optional<ParameterIndex> parameter;
  bool empty() const { return !constant && !parameter; }
};

// One member of the JSON object made of a row, in the order of the answer.
struct OutputField {
  enum class Kind : uint8_t {
    kScalar,     // `scalar` in `form`; with `json_path` only that part of a json value.
    kConstant,   // `constant`: JSON text, such as a type's name for __typename.
    kObject,     // `relation`: its first row as an object, or null.
    kArray,      // `relation`: its rows as a list.
    kAggregate,  // `relation` with `aggregate` set: one object.
    kHole,       // A joined field: the executor fills it in; `join` indexes Fragment::joins.
    kAffected,   // In a response: how many rows the writes of the root wrote.
  };
  std::string name;  // Response key.
  Kind kind = Kind::kScalar;
  std::optional<Scalar> scalar;
  JsonForm form = JsonForm::kAsDatabase;
  // text[] of path steps; the value is `#>` it.
  std::optional<ParameterIndex> json_path;
  std::string constant;
  std::unique_ptr<Relation> relation;
  uint32_t join = 0;
};

// One member of `aggregate { … }` or of an aggregate's nodes wrapper.
struct AggregateField {
  enum class Kind : uint8_t {
    kConstant,   // `constant`.
    kCount,      // `columns` empty: rows; else non-null of one / rows of several; `distinct`.
    kColumns,    // `function` over each of `columns`: an object of `members`.
    kAggregate,  // The `aggregate` object itself: `fields`.
    kNodes,      // The rows: `nodes` of Relation::fields.
  };
  struct Member {
    std::string name;      // Response key.
    std::string constant;  // Set: the member is this JSON text (__typename).
    std::optional<Scalar> scalar;
    JsonForm form = JsonForm::kAsDatabase;
  };
  std::string name;  // Response key.
  Kind kind = Kind::kConstant;
  std::string constant;
  Aggregate function = Aggregate::kCount;
  bool distinct = false;
  std::vector<Scalar> columns;
  std::vector<Member> members;
  std::vector<AggregateField> fields;
  std::vector<OutputField> nodes;
  // Bound of `nodes` alone (a role's limit does not bound the aggregate).
  Bound nodes_limit;
};

// Rows of a table or of a function, filtered, ordered, bounded, and what is made of each.
struct Relation {
  TableName table;  // What the rows are of (of a function: its return table).
  std::unique_ptr<FunctionCall> function;  // Set: rows come from this call.
  std::vector<ColumnPair> pairs;           // To the enclosing row; of a root: empty.
  Predicate where;                         // The client's and the role's, and-ed.
  std::vector<OrderBy> order_by;
  std::vector<std::string> distinct_on;
  Bound limit;
  Bound offset;
  std::vector<OutputField> fields;        // Of each row; empty for an aggregate.
  std::vector<AggregateField> aggregate;  // Not empty: the relation is one aggregate object.
  // Instead of a table's rows those that writes of the fragment wrote, in their order.
  bool from_writes = false;
  std::vector<uint32_t> writes;  // Index RelationalFragment::writes.
};

// How the rows of a root become its value.
enum class RootShape : uint8_t {
  kArray,      // A list of objects.
  kObject,     // The first row, or null.
  kAggregate,  // One object.
  kResponse,   // One object of `relation.fields`; there are no rows.
  kResponses,  // A list of such objects, one per write of the root, each about that write alone.
};

// One value that the fragment yields: one per key of its batch, or just one.
struct RelationalRoot {
  RootShape shape = RootShape::kArray;
  Relation relation;
  // Set: `batch` indexes Fragment::batches; `key_columns` are columns of the relation's table, one
  // per key column, equal to the key. Bounds and order then hold per key.
  std::optional<uint32_t> batch;
  std::vector<std::string> key_columns;
  std::vector<SqlType> key_types;  // Of `key_columns`.
  std::vector<bool> key_any_of;    // The key is a list: any item of it will do. Empty: none is.
  // The table's primary key, to order rows where one of several must be chosen (kObject).
  std::vector<std::string> primary_key;
  // What is written before the root is read, in order: indexes RelationalFragment::writes.
  std::vector<uint32_t> writes;
};

// A value that an insert gives to a column.
struct WriteValue {
  enum class Kind : uint8_t {
    kDefault,    // The column's default.
    kParameter,  // `parameter`.
    kWritten,    // `column` of row `row` of what an earlier write wrote.
  };
  Kind kind = Kind::kDefault;
  ParameterIndex parameter = 0;
  uint32_t write = 0;
  uint32_t row = 0;
  std::string column;
};

// What an update does to a column.
struct Assignment {
  enum class Operator : uint8_t {
    kSet,
    kInc,
    kAppend,
    kPrepend,
    kDeleteKey,
    kDeleteElem,
    kDeleteAtPath,
  };
  std::string column;
  Operator op = Operator::kSet;
  ParameterIndex parameter = 0;
};

// What an insert does with rows that break a constraint.
struct Conflict {
  std::string constraint;                   // Empty: whichever.
  std::vector<std::string> update_columns;  // Take the new row's values; none: the row is left out.
  std::vector<Assignment> presets;
  Predicate where;  // Of rows to update.
};

// One statement that changes rows.
struct Write {
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  TableName table;
  // kInsert: one value per column in each row.
  std::vector<std::string> columns;
  std::vector<std::vector<WriteValue>> rows;
  std::optional<Conflict> conflict;
  std::vector<Assignment> assignments;  // kUpdate.
  Predicate where;                      // kUpdate, kDelete.
  // What the rows must hold afterwards, else all is undone; kTrue: anything. `updated_check` is for
  // rows that a conflict made an update.
  Predicate check;
  std::optional<Predicate> updated_check;
  bool keeps_rows = false;  // Later writes or a root read what it wrote.
  std::string path;         // Hasura's path of what fails.
  // Fails, with this text and path, when it writes fewer rows than it has; empty: it may.
  std::string too_few;
  std::string too_few_path;
};

struct RelationalFragment {
  std::vector<RelationalRoot> roots;
  // All in one transaction; roots are then read in order, each after its own writes.
  std::vector<Write> writes;
  // The roots change data: they must run one after another even if `writes` is empty (functions).
  bool in_order = false;
  // Columns behind each of Fragment::key_sets are given here, in its order: scalars of the row
  // where the key set's holes stand.
  std::vector<std::vector<Scalar>> key_scalars;
  // Types of Fragment::parameters as the database needs them, in their order.
  std::vector<SqlType> parameter_types;
};

}  // namespace joinery::plan
