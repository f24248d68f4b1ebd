#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/relational.h"

namespace joinery::plan {

// What becomes of a JSON value that a GraphQL or REST source answered: which members go on, under
// which names, what is checked, where joined fields stand. Read in the order of the answer.
struct Projection {
  struct Field;
  // Neither members nor checks: the value goes on byte for byte.
  bool raw = true;
  // The value must be an object, or a list of such. Of a raw one only the outermost is looked at.
  bool object = false;
  std::vector<Field> fields;  // Of an object; empty when raw.
  // Member that tells the concrete type; set where fields differ by type. Never goes on.
  std::string typename_key;
  // Members that are not among `known_members` are an error (actions: `unexpected fields in webhook
  // response`), and so are absent or null ones that are non-null, selected or not.
  bool closed = false;
  struct KnownMember {
    std::string name;
    bool non_null = false;
  };
  std::vector<KnownMember> known_members;
};

struct Projection::Field {
  enum class Kind : uint8_t {
    kValue,     // `source_key`'s value through `projection`.
    kTypename,  // `source_key`'s string through `type_names`; `constant` when the source does not
                // tell it.
    kConstant,  // `constant`: JSON text.
    kHole,      // A joined field; `join` indexes Fragment::joins.
    kObject,  // An object made here of `projection.fields` over the same source value (namespaces).
  };
  std::string response_key;
  std::string source_key;
  Kind kind = Kind::kValue;
  // Types (source's names) whose objects have it; empty: all.
  std::vector<std::string> only_on;
  Projection projection;
  uint32_t list_depth = 0;  // How many lists stand around the projected value.
  // Nullability from outside in: list_depth + 1 flags, true where null is refused. Empty: not
  // checked.
  std::vector<bool> non_null;
  std::string constant;
  std::vector<ColumnPair> type_names;  // outer: source's name, inner: client's name.
  uint32_t join = 0;
};

// A piece of upstream document text or of an action's input, or what stands there at each
// execution.
struct TextPiece {
  enum class Kind : uint8_t {
    kText,       // `text` as is.
    kKey,        // Key column `index` of the batch: in documents `$k<slot>_<index>` or inline.
    kParameter,  // The JSON of parameter `index`; in inputs only.
  };
  Kind kind = Kind::kText;
  std::string text;
  uint32_t index = 0;
};

// One root field of an upstream document.
struct GraphqlRoot {
  // Set: one aliased field per key of Fragment::batches[*batch]; else the field stands once.
  std::optional<uint32_t> batch;
  // Text after the alias: `field(arg: …) { … }`.
  std::vector<TextPiece> text;
  // Response keys below the alias that lead to the value (`f0: user(id: 1) { messages { … } }`).
  std::vector<std::string> path;
  // Alias of a root that stands once, as the client sees it in forwarded errors.
  std::string alias;
  // Field whose value is projected; its name is the client's response key for error paths.
  Projection::Field value;
};

struct GraphqlFragment {
  enum class Operation : uint8_t { kQuery, kMutation };
  // A variable of the upstream document fed from Fragment::parameters. An absent one is left out.
  struct Variable {
    std::string name;
    std::string type;  // GraphQL type text, upstream's names.
    ParameterIndex parameter = 0;
  };
  // Types of key columns as GraphQL text, per batch; an empty text writes the key inline (enums,
  // unknown types).
  std::vector<std::vector<std::string>> key_types;
  Operation operation = Operation::kQuery;
  std::vector<Variable> variables;
  std::vector<GraphqlRoot> roots;
  // Key sets of Fragment::key_sets: members of the source's object that hold the key, in order.
  std::vector<std::vector<std::string>> key_members;
};

struct ActionFragment {
  struct Input {
    std::string name;
    // Of one JSON value. An absent parameter that is all of it leaves the member out.
    std::vector<TextPiece> value;
  };
  std::string name;  // Of the action, which is also its source's name.
  bool mutation = false;
  std::vector<Input> inputs;
  std::optional<uint32_t> batch;  // Set: one call per key of it.
  ParameterIndex session = 0;     // Object of session variables.
  std::optional<ParameterIndex> request_query;
  Projection::Field value;
  std::vector<std::vector<std::string>> key_members;
};

}  // namespace joinery::plan
