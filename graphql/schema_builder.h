#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/type_system.h"

namespace joinery::graphql {

// One thing that is wrong with a schema under construction.
struct SchemaError {
  enum class Kind : uint8_t {
    kSyntax,       // The SDL text is no document.
    kUnknownType,  // `Could not find type with name "T"`
    kDuplicate,    // A type, field, argument, value or directive is defined twice.
    kWrongKind,    // A root that is no object, a member that is no object, …
    kEmpty,        // A type without fields, members or values.
    kInvalid,      // Anything else, such as an input type where an output type must be.
  };
  Kind kind = Kind::kInvalid;
  std::string message;
  std::string type_name;  // The type the error is about or in; may be empty.
  std::string member;     // The field or value in it; may be empty.
  Location location;      // In SDL; zero elsewhere.
};

// Either `schema` or, when that is null, at least one error.
struct SchemaResult {
  std::shared_ptr<const Schema> schema;
  std::vector<SchemaError> errors;

  bool ok() const { return schema != nullptr; }
};

// What an argument or input field is made of. Texts are copied when it is added.
struct InputValueSpec {
  std::string_view name;
  TypeRef type;
  std::string_view description = {};
  std::optional<std::string_view> default_text =
      std::nullopt;  // As GraphQL, such as `[]` or `"x"`.
  std::optional<std::string_view> deprecation_reason = std::nullopt;
  uint32_t binding = kNoBinding;
};

struct FieldSpec {
  std::string_view name;
  TypeRef type;
  std::string_view description = {};
  std::vector<InputValueSpec> arguments = {};
  std::optional<std::string_view> deprecation_reason = std::nullopt;
  uint32_t binding = kNoBinding;
};

struct EnumValueSpec {
  std::string_view name;
  std::string_view description = {};
  std::optional<std::string_view> deprecation_reason = std::nullopt;
  uint32_t binding = kNoBinding;
};

struct DirectiveSpec {
  std::string_view name;
  uint32_t locations = 0;  // Bits, see DirectiveLocationBit.
  std::string_view description = {};
  std::vector<InputValueSpec> arguments = {};
  bool repeatable = false;
  uint32_t binding = kNoBinding;
};

// What a schema that is made bit by bit is made from: adds to its builder what is asked for. It may
// add more than that, but each type and each field once.
class TypeSource {
 public:
  virtual ~TypeSource() = default;
  // Adds the type of that name, if there is one.
  virtual void AddType(std::string_view name) = 0;
  // Adds the field of that name to the open object type `owner`, if there is one.
  virtual void AddField(std::string_view owner, std::string_view name) = 0;
  // Whether the root has any field.
  virtual bool HasRoot(ast::OperationKind kind) = 0;
};

// Collects types by name, in any order, and makes a Schema of what its roots reach.
//
//   SchemaBuilder builder;
//   auto query = builder.AddObject("query_root");
//   builder.AddField(query, {.name = "author",
//                            .type = NonNull(List(NonNull(builder.Type("author")))),
//                            .arguments = {{.name = "limit", .type = builder.Type("Int")}}});
//   auto author = builder.AddObject("author", "…");      // After its first use: fine.
//   …
//   builder.SetRoot(ast::OperationKind::kQuery, "query_root");
//   SchemaResult result = std::move(builder).Build();
//
// A text given to it is copied; equal short texts are stored once. Cost is linear in what is added,
// with one hash lookup per name. Not thread-safe; used once.
class SchemaBuilder {
 public:
  enum class Handle : uint32_t {};  // A type that was added.

  SchemaBuilder();
  ~SchemaBuilder();
  SchemaBuilder(SchemaBuilder&&) noexcept;
  SchemaBuilder& operator=(SchemaBuilder&&) noexcept;

  // The type of that name, nullable; it may be added later, or never: an error of Build when it is
  // reachable. The five standard scalars need no adding.
  TypeRef Type(std::string_view name);
  // The same from text with wrappers, such as "[Int!]!"; an empty TypeRef when it is no type.
  TypeRef ParseTypeText(std::string_view text);
  TypeRef FromNode(const ast::TypeNode& node);

  // Each adds a type. A second type of a name is an error of Build, and the handle a fresh one
  // whose contents are dropped.
  Handle AddScalar(std::string_view name, std::string_view description = {},
                   std::string_view specified_by_url = {}, uint32_t binding = kNoBinding);
  Handle AddObject(std::string_view name, std::string_view description = {},
                   uint32_t binding = kNoBinding);
  Handle AddInterface(std::string_view name, std::string_view description = {},
                      uint32_t binding = kNoBinding);
  Handle AddUnion(std::string_view name, std::string_view description = {},
                  uint32_t binding = kNoBinding);
  Handle AddEnum(std::string_view name, std::string_view description = {},
                 uint32_t binding = kNoBinding);
  Handle AddInputObject(std::string_view name, std::string_view description = {},
                        uint32_t binding = kNoBinding);

  // The type of that name if it was added.
  std::optional<Handle> Find(std::string_view name) const;
  std::optional<TypeKind> KindOf(std::string_view name) const;

  void AddField(Handle object_or_interface, const FieldSpec& field);
  void AddInterfaceTo(Handle object_or_interface, std::string_view interface_name);
  void AddMember(Handle union_type, std::string_view object_name);
  void AddValue(Handle enum_type, const EnumValueSpec& value);
  void AddInputField(Handle input_object, const InputValueSpec& field);
  size_t FieldCount(Handle type) const;  // Fields, values, members or input fields so far.

  void AddDirective(const DirectiveSpec& directive);
  // @skip, @include, @deprecated, @specifiedBy, as far as they were not added.
  void AddStandardDirectives();

  void SetRoot(ast::OperationKind kind, std::string_view object_name);
  void SetDescription(std::string_view description);

  // Off: no __Schema, __Type …; nothing can be asked about the schema. On by default.
  void set_introspection(bool on);
  // Also keep these types, and what they reach, though no root reaches them.
  void AddExtraRoot(std::string_view type_name);
  // Keep every type that was added, reachable or not. Off by default.
  void set_keep_all(bool on);

  // Errors are found in what is kept only, all of them: unknown types, duplicates, roots and
  // members that are no objects, types that are empty, input types in output places and the other
  // way round. Nothing may be called afterwards.
  SchemaResult Build() &&;

  // A schema of the root types that were set, made bit by bit: whoever looks at a type or a field
  // of an open type has `source` add it to this builder, which must outlive the schema as `source`
  // must. Called before anything else is added. There is no introspection in it. What would be an
  // error of Build is not found: of equal fields the first counts, and a type that nobody adds has
  // no fields.
  std::shared_ptr<const Schema> BuildAsNeeded(TypeSource& source);
  // Marks an object type of such a schema as open: its fields are added one by one.
  void Open(Handle object);

 private:
  struct State;
  class Assembly;
  class Maker;

  Handle Add(TypeKind kind, std::string_view name, std::string_view description, uint32_t binding);

  std::unique_ptr<State> state_;
};

}  // namespace joinery::graphql
