#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/arena.h"
#include "graphql/name_table.h"

namespace joinery::graphql {

// A place in a document's text. Lines and columns start at 1; columns count characters (code
// points), `offset` counts bytes from 0.
struct Location {
  uint32_t offset = 0;
  uint32_t line = 0;
  uint32_t column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

// The nodes of the syntax tree of the October 2021 specification, chapters 2 and 3.
//
// Every node lives on the arena of its Document and is immutable after the parse; every string_view
// points into the Document, and dies with it. An absent optional name is empty.
namespace ast {

enum class ValueKind : uint8_t {
  kVariable,
  kInt,
  kFloat,
  kString,
  kBoolean,
  kNull,
  kEnum,
  kList,
  kObject
};

struct ObjectField;

// A literal or a variable.
struct Value {
  ValueKind kind = ValueKind::kNull;
  bool boolean = false;       // kBoolean.
  bool block_string = false;  // kString: it was written between triple quotes.
  Location location;
  // kVariable and kEnum: the name; kInt and kFloat: the digits as written; kString: decoded.
  std::string_view text;
  NodeList<Value> items;         // kList.
  NodeList<ObjectField> fields;  // kObject, in the order written.
};

struct ObjectField {
  std::string_view name;
  Location location;
  Value value;
};

struct Argument {
  std::string_view name;
  Location location;
  Value value;
};

struct Directive {
  std::string_view name;
  Location location;
  NodeList<Argument> arguments;
};

// A reference to a type: a name, or a list or non-null wrapper around `inner`.
struct TypeNode {
  enum class Kind : uint8_t { kNamed, kList, kNonNull };

  Kind kind = Kind::kNamed;
  Location location;
  std::string_view name;            // kNamed.
  const TypeNode* inner = nullptr;  // The other two.

  // The name at the core.
  std::string_view named() const {
    const TypeNode* node = this;
    while (node->inner != nullptr) node = node->inner;
    return node->name;
  }
};

struct Field;
struct FragmentSpread;
struct InlineFragment;

enum class SelectionKind : uint8_t { kField, kFragmentSpread, kInlineFragment };

// One of the three kinds of selection.
class Selection {
 public:
  explicit Selection(const Field* field) : kind_(SelectionKind::kField), node_(field) {}
  explicit Selection(const FragmentSpread* spread)
      : kind_(SelectionKind::kFragmentSpread), node_(spread) {}
  explicit Selection(const InlineFragment* fragment)
      : kind_(SelectionKind::kInlineFragment), node_(fragment) {}

  SelectionKind kind() const { return kind_; }
  // Each is nullptr when the selection is of another kind.
  const Field* field() const {
    return kind_ == SelectionKind::kField ? static_cast<const Field*>(node_) : nullptr;
  }
  const FragmentSpread* spread() const {
    return kind_ == SelectionKind::kFragmentSpread ? static_cast<const FragmentSpread*>(node_)
                                                   : nullptr;
  }
  const InlineFragment* inline_fragment() const {
    return kind_ == SelectionKind::kInlineFragment ? static_cast<const InlineFragment*>(node_)
                                                   : nullptr;
  }

 private:
  SelectionKind kind_;
  const void* node_;
};

using SelectionSet = NodeList<Selection>;

struct Field {
  std::string_view alias;
  std::string_view name;
  Location location;
  NodeList<Argument> arguments;
  NodeList<Directive> directives;
  SelectionSet selections;  // Empty: there were no braces.

  // The member name in the answer: the alias, or the name.
  std::string_view response_key() const { return alias.empty() ? name : alias; }
};

// `...name`
struct FragmentSpread {
  std::string_view name;
  Location location;
  NodeList<Directive> directives;
};

// `... on Type { }`
struct InlineFragment {
  std::string_view type_condition;
  Location location;
  Location type_location;
  NodeList<Directive> directives;
  SelectionSet selections;
};

struct VariableDefinition {
  std::string_view name;  // Without the dollar.
  Location location;
  const TypeNode* type = nullptr;
  const Value* default_value = nullptr;  // nullptr: none.
  NodeList<Directive> directives;
};

enum class OperationKind : uint8_t { kQuery, kMutation, kSubscription };

struct Operation {
  OperationKind kind = OperationKind::kQuery;
  std::string_view name;
  Location location;
  NodeList<VariableDefinition> variables;
  NodeList<Directive> directives;
  SelectionSet selections;
};

struct FragmentDefinition {
  std::string_view name;
  std::string_view type_condition;
  Location location;
  Location type_location;
  NodeList<Directive> directives;
  SelectionSet selections;
};

// --- The type system
// -------------------------------------------------------------------------------

// A description, decoded; `present` tells "" from none.
struct Description {
  std::string_view text;
  bool present = false;
};

// A name with its place, such as an implemented interface or a member of a union.
struct NameNode {
  std::string_view name;
  Location location;
};

// An argument's or input field's definition.
struct InputValueDefinition {
  Description description;
  std::string_view name;
  Location location;
  const TypeNode* type = nullptr;
  const Value* default_value = nullptr;  // nullptr: none.
  NodeList<Directive> directives;
};

struct FieldDefinition {
  Description description;
  std::string_view name;
  Location location;
  NodeList<InputValueDefinition> arguments;
  const TypeNode* type = nullptr;
  NodeList<Directive> directives;
};

struct EnumValueDefinition {
  Description description;
  std::string_view name;
  Location location;
  NodeList<Directive> directives;
};

struct RootOperationType {
  OperationKind kind = OperationKind::kQuery;
  std::string_view type;
  Location location;
};

// `schema { … }` or `extend schema { … }`.
struct SchemaDefinition {
  bool extension = false;
  Description description;
  Location location;
  NodeList<Directive> directives;
  NodeList<RootOperationType> root_types;
};

enum class TypeDefinitionKind : uint8_t {
  kScalar,
  kObject,
  kInterface,
  kUnion,
  kEnum,
  kInputObject
};

// Any of the six kinds of type, or the extension of one; members of other kinds are empty.
struct TypeDefinition {
  TypeDefinitionKind kind = TypeDefinitionKind::kScalar;
  bool extension = false;
  Description description;
  std::string_view name;
  Location location;
  NodeList<Directive> directives;
  NodeList<NameNode> interfaces;                // Objects, interfaces.
  NodeList<FieldDefinition> fields;             // Objects, interfaces.
  NodeList<NameNode> members;                   // Unions.
  NodeList<EnumValueDefinition> values;         // Enums.
  NodeList<InputValueDefinition> input_fields;  // Input objects.
};

struct DirectiveDefinition {
  Description description;
  std::string_view name;
  Location location;
  NodeList<InputValueDefinition> arguments;
  bool repeatable = false;
  NodeList<NameNode> locations;  // Such as "FIELD"; always known names.
};

enum class DefinitionKind : uint8_t { kOperation, kFragment, kSchema, kType, kDirective };

// One definition of a document; exactly the pointer that `kind` names is set.
struct Definition {
  DefinitionKind kind = DefinitionKind::kOperation;
  const Operation* operation = nullptr;
  const FragmentDefinition* fragment = nullptr;
  const SchemaDefinition* schema = nullptr;
  const TypeDefinition* type = nullptr;
  const DirectiveDefinition* directive = nullptr;
};

}  // namespace ast

// A parsed GraphQL text: owns the arena of its nodes and a copy of the text.
//
// Made by ParseDocument or ParseTypeSystem (graphql/parser.h), immutable and thread-safe; share it
// by shared_ptr<const Document>.
class Document {
 public:
  std::string_view text() const { return text_; }
  // Everything, in the order written.
  NodeList<ast::Definition> definitions() const { return definitions_; }
  NodeList<const ast::Operation*> operations() const { return operations_; }
  NodeList<const ast::FragmentDefinition*> fragments() const { return fragments_; }

  // The fragment of that name, the first of several; nullptr when there is none.
  const ast::FragmentDefinition* fragment(std::string_view name) const {
    const uint32_t at =
        fragment_names_.Find(name, [this](uint32_t i) { return fragments_[i]->name; });
    return at == NameTable::kNone ? nullptr : fragments_[at];
  }

  // The operation to run, by the specification's GetOperation: the one of that name, or with an
  // empty name the only one. nullptr when there is none, or several and no name.
  const ast::Operation* operation(std::string_view name) const;

 private:
  friend class Parser;
  Document() = default;

  Arena arena_;
  std::string_view text_;
  NodeList<ast::Definition> definitions_;
  NodeList<const ast::Operation*> operations_;
  NodeList<const ast::FragmentDefinition*> fragments_;
  NameTable fragment_names_;
};

std::string_view OperationKindName(ast::OperationKind kind);  // "query", "mutation", "subscription"

}  // namespace joinery::graphql
