#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "graphql/arena.h"
#include "graphql/ast.h"
#include "graphql/name_table.h"

namespace joinery::graphql {

// The types of one schema: chapter 3 of the October 2021 specification, as objects.
//
// All of it is made by SchemaBuilder (graphql/schema_builder.h) or from SDL (graphql/sdl.h) or an
// introspection result (graphql/introspection_reader.h), lives on the arena of its Schema, is
// immutable and may be read by any number of threads. Pointers and string_views die with the
// Schema. The exception is a schema that is made bit by bit (SchemaBuilder::BuildAsNeeded): looking
// at it makes what is looked at, so it is for one thread at a time.

// An index that whoever built the schema attaches to a definition and gives meaning to; nothing in
// graphql/ looks at it.
inline constexpr uint32_t kNoBinding = UINT32_MAX;

enum class TypeKind : uint8_t { kScalar, kObject, kInterface, kUnion, kEnum, kInputObject };

std::string_view TypeKindName(TypeKind kind);  // "SCALAR", "OBJECT", … as introspection has it.

class TypeMaker;
struct NamedType;
struct ScalarType;
struct ObjectType;
struct InterfaceType;
struct UnionType;
struct EnumType;
struct InputObjectType;

// A named type, wrapped in any number of lists and non-nulls (30 at most). A small value type.
class TypeRef {
 public:
  static constexpr int kMaxWrappers = 30;

  TypeRef() = default;
  explicit TypeRef(const NamedType* named) : named_(named) {}

  explicit operator bool() const { return named_ != nullptr; }
  inline const NamedType* named() const;
  // Of the named type, which a schema made bit by bit need not make for it.
  inline std::string_view name() const;
  bool is_non_null() const { return (wrappers_ & 3) == kNonNull; }
  // Whether the outermost wrapper is a list; a non-null list is none, see Nullable().
  bool is_list() const { return (wrappers_ & 3) == kList; }
  // Named without any wrapper.
  bool is_named() const { return wrappers_ == 0; }
  int depth() const;  // Number of wrappers.

  // Without the outermost wrapper, of which there must be one.
  TypeRef Unwrapped() const { return TypeRef(named_, wrappers_ >> 2); }
  // Without the outermost non-null, if any.
  TypeRef Nullable() const { return is_non_null() ? Unwrapped() : *this; }
  // Whether this is a list, nullable or not; Item() is then the type of what is in it.
  bool is_any_list() const { return Nullable().is_list(); }
  TypeRef Item() const { return Nullable().Unwrapped(); }
  // The same wrappers around another type; of `named` its own wrappers do not count.
  TypeRef WithNamed(TypeRef named) const { return TypeRef(named.named_, wrappers_); }

  // Same type, same wrappers.
  friend bool operator==(const TypeRef&, const TypeRef&) = default;

 private:
  friend TypeRef List(TypeRef item);
  friend TypeRef NonNull(TypeRef nullable);
  static constexpr uint64_t kNonNull = 1;
  static constexpr uint64_t kList = 2;

  TypeRef(const NamedType* named, uint64_t wrappers) : named_(named), wrappers_(wrappers) {}

  const NamedType* named_ = nullptr;
  uint64_t wrappers_ = 0;  // Two bits each, the outermost lowest.
};

TypeRef List(TypeRef item);
// `nullable` itself where it is non-null already.
TypeRef NonNull(TypeRef nullable);

// "[Int!]!"
std::string TypeRefToString(TypeRef type);
void AppendTypeRef(std::string& out, TypeRef type);

// Definitions in the order they were added, with lookup by name.
template <typename T>
class NamedList {
 public:
  NamedList() = default;
  NamedList(NodeList<T> items, NameTable names) : items_(items), names_(names) {}

  // nullptr when there is none of that name. A hash lookup.
  const T* Find(std::string_view name) const {
    const uint32_t at = names_.Find(name, [this](uint32_t i) { return items_[i].name; });
    return at == NameTable::kNone ? nullptr : &items_[at];
  }

  const T* begin() const { return items_.begin(); }
  const T* end() const { return items_.end(); }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const T& operator[](size_t i) const { return items_[i]; }

 private:
  NodeList<T> items_;
  NameTable names_;
};

// `@deprecated`; a definition without a reason text has the specification's default.
struct Deprecation {
  bool deprecated = false;
  std::string_view reason;
};

// An argument of a field or directive, or a field of an input object.
struct InputValueDefinition {
  std::string_view name;
  std::string_view description;  // Empty: none.
  TypeRef type;
  // The default as GraphQL text; a null `data()` means that there is none (see has_default).
  std::string_view default_text;
  // The same, parsed; nullptr when there is none, or an upstream gave a text that is no value.
  const ast::Value* default_value = nullptr;
  Deprecation deprecation;
  uint32_t binding = kNoBinding;

  bool has_default() const { return default_text.data() != nullptr; }
  // Must be given: non-null and without default.
  bool is_required() const { return type.is_non_null() && !has_default(); }
};

struct FieldDefinition {
  std::string_view name;
  std::string_view description;
  TypeRef type;
  NamedList<InputValueDefinition> arguments;
  Deprecation deprecation;
  uint32_t binding = kNoBinding;

  const InputValueDefinition* argument(std::string_view n) const { return arguments.Find(n); }
};

struct EnumValueDefinition {
  std::string_view name;
  std::string_view description;
  Deprecation deprecation;
  uint32_t binding = kNoBinding;
};

// The base of the six kinds of type.
struct NamedType {
  TypeKind kind = TypeKind::kScalar;
  bool is_introspection = false;    // __Schema, __Type, …
  bool is_standard_scalar = false;  // Int, Float, String, Boolean, ID.
  std::string_view name;
  std::string_view description;
  uint32_t binding = kNoBinding;
  bool is_open = false;  // An object whose fields are made one by one: ask Schema::FieldOf.
  // Position in Schema::types(); in a schema made bit by bit, one that no other type has.
  uint32_t index = 0;
  TypeMaker* maker = nullptr;  // Set: nothing but the name is there yet.

  bool is_input() const {
    return kind == TypeKind::kScalar || kind == TypeKind::kEnum || kind == TypeKind::kInputObject;
  }
  bool is_output() const { return kind != TypeKind::kInputObject; }
  // Has fields or members to select: object, interface, union.
  bool is_composite() const { return kind == TypeKind::kObject || is_abstract(); }
  bool is_abstract() const { return kind == TypeKind::kInterface || kind == TypeKind::kUnion; }
  bool is_leaf() const { return kind == TypeKind::kScalar || kind == TypeKind::kEnum; }

  // Each is nullptr for a type of another kind.
  const ScalarType* AsScalar() const;
  const ObjectType* AsObject() const;
  const InterfaceType* AsInterface() const;
  const UnionType* AsUnion() const;
  const EnumType* AsEnum() const;
  const InputObjectType* AsInputObject() const;

  // The fields of an object or interface; an empty list for any other type.
  const NamedList<FieldDefinition>& fields() const;
  // The object types that a value of this type may have: itself for an object, implementations or
  // members for an abstract type, sorted by index; empty for any other type.
  NodeList<const ObjectType*> possible_types() const;
  // Whether a value of this type may be of `object`. A binary search.
  bool MayBe(const ObjectType& object) const;
};

// Makes the types of a schema that is made bit by bit, when they are first looked at.
class TypeMaker {
 public:
  virtual ~TypeMaker() = default;
  // Makes all of `type`, whose `maker` this is.
  virtual void Make(const NamedType& type) = 0;
  // nullptr: there is none of that name.
  virtual const NamedType* Find(std::string_view name) = 0;
  virtual const ObjectType* Root(ast::OperationKind kind) = 0;
  virtual const FieldDefinition* FieldOf(const NamedType& open, std::string_view name) = 0;
};

inline const NamedType* TypeRef::named() const {
  if (named_ != nullptr && named_->maker != nullptr) named_->maker->Make(*named_);
  return named_;
}
inline std::string_view TypeRef::name() const { return named_->name; }

struct ScalarType : NamedType {
  std::string_view specified_by_url;  // Empty: none.
};

struct ObjectType : NamedType {
  NamedList<FieldDefinition> field_list;
  NodeList<const InterfaceType*> interfaces;
  const ObjectType* self = nullptr;

  const FieldDefinition* field(std::string_view n) const { return field_list.Find(n); }
};

struct InterfaceType : NamedType {
  NamedList<FieldDefinition> field_list;
  NodeList<const InterfaceType*> interfaces;
  NodeList<const ObjectType*> implementations;  // Sorted by index.

  const FieldDefinition* field(std::string_view n) const { return field_list.Find(n); }
};

struct UnionType : NamedType {
  NodeList<const ObjectType*> members;  // Sorted by index.
};

struct EnumType : NamedType {
  NamedList<EnumValueDefinition> values;

  const EnumValueDefinition* value(std::string_view n) const { return values.Find(n); }
};

struct InputObjectType : NamedType {
  NamedList<InputValueDefinition> input_fields;

  const InputValueDefinition* field(std::string_view n) const { return input_fields.Find(n); }
};

// Where a directive may stand; a bit each in DirectiveDefinition::locations.
enum class DirectiveLocation : uint8_t {
  kQuery,
  kMutation,
  kSubscription,
  kField,
  kFragmentDefinition,
  kFragmentSpread,
  kInlineFragment,
  kVariableDefinition,
  kSchema,
  kScalar,
  kObject,
  kFieldDefinition,
  kArgumentDefinition,
  kInterface,
  kUnion,
  kEnum,
  kEnumValue,
  kInputObject,
  kInputFieldDefinition
};
inline constexpr int kDirectiveLocationCount = 19;

std::string_view DirectiveLocationName(DirectiveLocation location);  // "QUERY", …
// The bit of that location in `locations`; 0 for an unknown name.
uint32_t DirectiveLocationBit(std::string_view name);
inline constexpr uint32_t DirectiveLocationBit(DirectiveLocation location) {
  return 1u << static_cast<uint32_t>(location);
}

struct DirectiveDefinition {
  std::string_view name;
  std::string_view description;
  uint32_t locations = 0;  // Bits, see DirectiveLocationBit.
  NamedList<InputValueDefinition> arguments;
  bool repeatable = false;
  uint32_t binding = kNoBinding;

  bool MayStandOn(DirectiveLocation location) const {
    return (locations & DirectiveLocationBit(location)) != 0;
  }
};

// A whole schema, reachable types only. Immutable, thread-safe; share it by shared_ptr<const
// Schema>.
class Schema {
 public:
  // nullptr when there is no type of that name. A hash lookup.
  const NamedType* type(std::string_view name) const {
    if (maker_ != nullptr) return maker_->Find(name);
    const uint32_t at = type_names_.Find(name, [this](uint32_t i) { return types_[i]->name; });
    return at == NameTable::kNone ? nullptr : types_[at];
  }
  // All types, introspection's included, sorted by name; none of a schema that is made bit by bit.
  NodeList<const NamedType*> types() const { return types_; }

  std::string_view description() const { return description_; }
  const ObjectType* query() const { return root(ast::OperationKind::kQuery); }
  const ObjectType* mutation() const { return root(ast::OperationKind::kMutation); }
  const ObjectType* subscription() const { return root(ast::OperationKind::kSubscription); }
  const ObjectType* root(ast::OperationKind kind) const {
    return maker_ != nullptr ? maker_->Root(kind) : roots_[static_cast<int>(kind)];
  }

  const DirectiveDefinition* directive(std::string_view name) const {
    return directives_.Find(name);
  }
  const NamedList<DirectiveDefinition>& directives() const { return directives_; }

  // The field of that name on `parent`, with the meta fields: `__typename` on every composite type,
  // `__schema` and `__type` on the query root. nullptr when there is none.
  const FieldDefinition* FieldOf(const NamedType& parent, std::string_view name) const;
  // The meta fields themselves; the last two are nullptr in a schema without introspection.
  const FieldDefinition* typename_field() const { return typename_field_; }
  const FieldDefinition* schema_field() const { return schema_field_; }
  const FieldDefinition* type_field() const { return type_field_; }

  // The type that a reference in a document names; empty when its core is unknown.
  TypeRef Resolve(const ast::TypeNode& node) const;

  // Whether a value of type `sub` is always one of type `super` (the specification's
  // IsValidImplementationFieldType): nullability and lists covariant, object below its abstract
  // types.
  bool IsSubtype(TypeRef sub, TypeRef super) const;

  // Whether some object is a possible type of both.
  static bool TypesOverlap(const NamedType& a, const NamedType& b);

  size_t arena_bytes() const { return arena_->bytes(); }
  bool is_whole() const { return maker_ == nullptr; }

 private:
  friend class SchemaBuilder;
  Schema() = default;

  std::shared_ptr<Arena> arena_;
  std::unique_ptr<TypeMaker> maker_;  // Null: all is made.
  std::string_view description_;
  NodeList<const NamedType*> types_;
  NameTable type_names_;
  const ObjectType* roots_[3] = {};
  NamedList<DirectiveDefinition> directives_;
  const FieldDefinition* typename_field_ = nullptr;
  const FieldDefinition* schema_field_ = nullptr;
  const FieldDefinition* type_field_ = nullptr;
};

}  // namespace joinery::graphql
