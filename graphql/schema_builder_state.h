#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graphql/schema_builder.h"
#include "graphql/string_pool.h"

namespace joinery::graphql {

// Room for any kind of type, reserved when a name is first mentioned: so references to types that
// are added later need no second pass.
inline constexpr size_t kTypeRoom =
    std::max({sizeof(ScalarType), sizeof(ObjectType), sizeof(InterfaceType), sizeof(UnionType),
              sizeof(EnumType), sizeof(InputObjectType)});

// A name that was mentioned as a type.
struct TypeSymbol {
  static constexpr uint32_t kUndefined = UINT32_MAX;

  NamedType* type = nullptr;         // kTypeRoom bytes; its `index` is the symbol's number for now.
  uint32_t definition = kUndefined;  // In SchemaBuilder::State::definitions.
  bool kept = false;
};

// A type that was added; lists grow until Build.
struct PendingType {
  uint32_t symbol = 0;
  TypeKind kind = TypeKind::kScalar;
  std::string_view description;
  std::string_view specified_by_url;
  uint32_t binding = kNoBinding;
  bool introspection = false;
  bool open = false;
  std::vector<FieldDefinition> fields;
  std::vector<const NamedType*> names;  // Interfaces of an object or interface, members of a union.
  std::vector<EnumValueDefinition> values;
  std::vector<InputValueDefinition> input_fields;
  std::vector<SchemaError> errors;  // Found while adding; reported if the type is kept.
};

struct PendingDirective {
  DirectiveDefinition directive;
  std::vector<SchemaError> errors;
};

// What SchemaBuilder gathers, and the steps of its Build (schema_builder_build.cc).
struct SchemaBuilder::State {
  State() : arena(std::make_shared<Arena>()), pool(*arena) {}

  std::string_view Intern(std::string_view text);
  uint32_t Symbol(std::string_view name);
  // Of a name that was mentioned.
  std::optional<uint32_t> FindSymbol(std::string_view name) const {
    const std::optional<uint32_t> text = pool.Find(name);
    const bool known = text && *text < symbol_of_text.size();
    if (!known || symbol_of_text[*text] == UINT32_MAX) return std::nullopt;
    return symbol_of_text[*text];
  }
  NamedType* Mention(std::string_view name) { return symbols[Symbol(name)].type; }
  InputValueDefinition MakeInput(const InputValueSpec& spec);
  // `errors` gets a duplicate error for each name that is there twice.
  NamedList<InputValueDefinition> MakeInputs(const std::vector<InputValueSpec>& specs,
                                             std::string_view what, std::string_view type,
                                             std::string_view member,
                                             std::vector<SchemaError>& errors);
  Deprecation MakeDeprecation(const std::optional<std::string_view>& reason);

  std::shared_ptr<Arena> arena;
  StringPool pool;
  std::vector<uint32_t> symbol_of_text;  // By number in `pool`.
  std::vector<TypeSymbol> symbols;
  std::vector<PendingType> definitions;
  std::vector<PendingDirective> directives;
  std::vector<SchemaError> errors;
  std::string_view roots[3];
  std::vector<uint32_t> extra_roots;
  std::string_view description;
  bool introspection = true;
  bool keep_all = false;
  TypeMaker* maker = nullptr;  // Of a schema that is made bit by bit.
};

// Adds __Schema and the other seven types of chapter 4 to a builder.
void AddIntrospectionTypes(SchemaBuilder& builder);

// True for Int, Float, String, Boolean and ID.
bool IsStandardScalar(std::string_view name);

}  // namespace joinery::graphql
