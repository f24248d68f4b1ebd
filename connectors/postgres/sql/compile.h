#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "plan/plan.h"

namespace joinery::connectors::postgres {

// How the text of a result column becomes JSON.
enum class ColumnForm : uint8_t {
  kNumber,       // As it is; NaN and infinities quoted.
  kQuoted,       // A JSON string of the text.
  kBoolean,      // 't' or 'f'.
  kJson,         // JSON already.
  kJsonScanned,  // JSON with marked holes inside.
  kTimestamp,    // ISO 8601: 'T' for the blank, minutes added to the zone.
};

// One member of the object made of a row, in the order of the answer.
struct MemberLayout {
  std::string before;  // `{"id":` or `,"name":`, constants of members before it included.
  bool hole = false;   // No column: the value of join `join` goes here.
  uint32_t join = 0;
  uint32_t column = 0;  // Of the result.
  ColumnForm form = ColumnForm::kQuoted;
};

// Where a row's key of one key set stands in the result.
struct KeyLayout {
  uint32_t key_set = 0;
  std::vector<uint32_t> columns;
  std::vector<ColumnForm> forms;
};

// What the rows of one root mean: each is an object of `members`, or one value.
struct RowLayout {
  plan::RootShape shape = plan::RootShape::kArray;
  std::vector<MemberLayout> members;
  std::string after;  // What closes the object: constants behind the last member and `}`.
  std::vector<KeyLayout> keys;
};

// What the rows of a compiled statement mean.
struct Layout {
  enum class Kind : uint8_t {
    kRows,    // Each row is of one root, as `rows` says.
    kValues,  // Each row has one JSON value per root, from `first_column` on.
  };
  Kind kind = Kind::kRows;
  std::vector<RowLayout> rows;  // By root.
  // Column with the root's number; none: there is one root.
  std::optional<uint32_t> root_column;
  // Column with the key's slot, from 0; none: not keyed.
  std::optional<uint32_t> slot_column;
  uint32_t first_column = 0;
  uint32_t roots = 1;
  bool scanned = false;  // kValues: the values hold marked holes.
  // By join: `"name":` of its member, where the hole is marked inside JSON.
  std::vector<std::string> join_members;
  std::string marker;
};

// Where the statement's $1, $2 … come from.
struct Binding {
  enum class Kind : uint8_t { kParameter, kKeys, kKeyLists };
  Kind kind = Kind::kParameter;
  uint32_t index = 0;   // Fragment::parameters, or Fragment::batches.
  uint32_t column = 0;  // kKeys, kKeyLists: of the batch.
  plan::SqlType type;   // kKeys, kKeyLists: of the elements.
  friend bool operator==(const Binding&, const Binding&) = default;
};

struct SqlStatement {
  std::string text;
  std::vector<Binding> bindings;
  // A bound of nested or per-key rows is a parameter: a plan kept for all values would be a bad
  // one.
  bool plan_each_time = false;
  // Of fragments that write: the one root that the rows are of; none: they say nothing.
  std::optional<uint32_t> root;
  // Set: the write that it is.
  std::optional<uint32_t> write;
};

// The SQL of a fragment, and how its rows become the answer. A fragment that reads is one
// statement, however many roots and batches it has. Immutable.
struct CompiledSql {
  std::vector<SqlStatement> statements;
  Layout layout;
};

// Texts in the message of an error that a write's statement raises itself, behind the marker.
inline constexpr std::string_view kCheckFailed = "check";
inline constexpr std::string_view kTooFew = "few";

// Compiles a relational fragment. `marker` marks holes inside JSON: a text that no stored value
// holds and no client knows. InvalidArgument: the fragment is not one.
StatusOr<CompiledSql> Compile(const plan::Fragment& fragment, std::string_view marker);

// The part of a statement with a root column that is about root `root` alone; its rows mean the
// same.
SqlStatement CompileApart(const plan::Fragment& fragment, std::string_view marker, uint32_t root);

// An unguessable marker, made once per process.
const std::string& ProcessMarker();

}  // namespace joinery::connectors::postgres
