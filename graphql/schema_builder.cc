#include "graphql/schema_builder.h"

#include <algorithm>

#include "base/check.h"
#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/schema_builder_state.h"

namespace joinery::graphql {
namespace {

constexpr size_t kLongestInterned = 96;
constexpr std::string_view kNoLongerSupported = "No longer supported";

}  // namespace

bool IsStandardScalar(std::string_view name) {
  return name == "Int" || name == "Float" || name == "String" || name == "Boolean" || name == "ID";
}

// --- State
// -----------------------------------------------------------------------------------------

std::string_view SchemaBuilder::State::Intern(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > kLongestInterned) return arena->Copy(text);
  return pool.text(pool.Add(text));
}

uint32_t SchemaBuilder::State::Symbol(std::string_view name) {
  const uint32_t number = pool.Add(name);
  if (number >= symbol_of_text.size()) symbol_of_text.resize(pool.size(), UINT32_MAX);
  uint32_t& symbol = symbol_of_text[number];
  if (symbol == UINT32_MAX) {
    symbol = static_cast<uint32_t>(symbols.size());
    auto* type = new (arena->Allocate(kTypeRoom, alignof(std::max_align_t))) NamedType();
    type->name = pool.text(number);
    type->index = symbol;
    type->maker = maker;
    symbols.push_back({.type = type});
  }
  return symbol;
}

Deprecation SchemaBuilder::State::MakeDeprecation(const std::optional<std::string_view>& reason) {
  if (!reason.has_value()) return {};
  return {.deprecated = true, .reason = reason->empty() ? kNoLongerSupported : Intern(*reason)};
}

InputValueDefinition SchemaBuilder::State::MakeInput(const InputValueSpec& spec) {
  InputValueDefinition input;
  input.name = Intern(spec.name);
  input.description = Intern(spec.description);
  input.type = spec.type;
  input.deprecation = MakeDeprecation(spec.deprecation_reason);
  input.binding = spec.binding;
  if (spec.default_text.has_value()) {
    input.default_text = arena->Copy(*spec.default_text);
    input.default_value = ParseValue(*arena, input.default_text, /*allow_variables=*/false);
  }
  return input;
}

NamedList<InputValueDefinition> SchemaBuilder::State::MakeInputs(
    const std::vector<InputValueSpec>& specs, std::string_view what, std::string_view type,
    std::string_view member, std::vector<SchemaError>& errors) {
  if (specs.empty()) return {};
  auto* inputs = arena->NewArray<InputValueDefinition>(specs.size());
  for (size_t i = 0; i < specs.size(); ++i)
    new (&inputs[i]) InputValueDefinition(MakeInput(specs[i]));
  NameTable names(
      *arena, static_cast<uint32_t>(specs.size()), [&](uint32_t i) { return inputs[i].name; },
      [&](uint32_t i) {
        errors.push_back({.kind = SchemaError::Kind::kDuplicate,
                          .message = StrCat("duplicate arguments: \"", inputs[i].name,
                                            "\" found in ", what, " \"", member, '"'),
                          .type_name = std::string(type),
                          .member = std::string(member),
                          .location = {}});
      });
  return {NodeList<InputValueDefinition>(inputs, specs.size()), names};
}

// --- Builder
// ---------------------------------------------------------------------------------------

SchemaBuilder::SchemaBuilder() : state_(std::make_unique<State>()) {}
SchemaBuilder::~SchemaBuilder() = default;
SchemaBuilder::SchemaBuilder(SchemaBuilder&&) noexcept = default;
SchemaBuilder& SchemaBuilder::operator=(SchemaBuilder&&) noexcept = default;

TypeRef SchemaBuilder::Type(std::string_view name) { return TypeRef(state_->Mention(name)); }

TypeRef SchemaBuilder::ParseTypeText(std::string_view text) {
  Arena scratch;
  const ast::TypeNode* node = ParseType(scratch, text);
  return node == nullptr ? TypeRef() : FromNode(*node);
}

TypeRef SchemaBuilder::FromNode(const ast::TypeNode& node) {
  if (node.inner == nullptr) return Type(node.name);
  const TypeRef inner = FromNode(*node.inner);
  if (!inner || inner.depth() >= TypeRef::kMaxWrappers) return {};
  return node.kind == ast::TypeNode::Kind::kList ? List(inner) : NonNull(inner);
}

SchemaBuilder::Handle SchemaBuilder::Add(TypeKind kind, std::string_view name,
                                         std::string_view description, uint32_t binding) {
  State& state = *state_;
  const uint32_t symbol = state.Symbol(name);
  const auto handle = static_cast<uint32_t>(state.definitions.size());
  PendingType& pending = state.definitions.emplace_back();
  pending.symbol = symbol;
  pending.kind = kind;
  pending.description = state.Intern(description);
  pending.binding = binding;
  TypeSymbol& entry = state.symbols[symbol];
  if (entry.definition == TypeSymbol::kUndefined) {
    entry.definition = handle;
  } else {
    state.errors.push_back({.kind = SchemaError::Kind::kDuplicate,
                            .message = StrCat("duplicate type names found: \"", name, '"'),
                            .type_name = std::string(name),
                            .member = {},
                            .location = {}});
  }
  return Handle{handle};
}

SchemaBuilder::Handle SchemaBuilder::AddScalar(std::string_view name, std::string_view description,
                                               std::string_view specified_by_url,
                                               uint32_t binding) {
  const Handle handle = Add(TypeKind::kScalar, name, description, binding);
  state_->definitions[static_cast<uint32_t>(handle)].specified_by_url =
      state_->Intern(specified_by_url);
  return handle;
}
SchemaBuilder::Handle SchemaBuilder::AddObject(std::string_view name, std::string_view description,
                                               uint32_t binding) {
  return Add(TypeKind::kObject, name, description, binding);
}
SchemaBuilder::Handle SchemaBuilder::AddInterface(std::string_view name,
                                                  std::string_view description, uint32_t binding) {
  return Add(TypeKind::kInterface, name, description, binding);
}
SchemaBuilder::Handle SchemaBuilder::AddUnion(std::string_view name, std::string_view description,
                                              uint32_t binding) {
  return Add(TypeKind::kUnion, name, description, binding);
}
SchemaBuilder::Handle SchemaBuilder::AddEnum(std::string_view name, std::string_view description,
                                             uint32_t binding) {
  return Add(TypeKind::kEnum, name, description, binding);
}
SchemaBuilder::Handle SchemaBuilder::AddInputObject(std::string_view name,
                                                    std::string_view description,
                                                    uint32_t binding) {
  return Add(TypeKind::kInputObject, name, description, binding);
}

std::optional<SchemaBuilder::Handle> SchemaBuilder::Find(std::string_view name) const {
  const uint32_t definition = state_->symbols[state_->Symbol(name)].definition;
  if (definition == TypeSymbol::kUndefined) return std::nullopt;
  return Handle{definition};
}

std::optional<TypeKind> SchemaBuilder::KindOf(std::string_view name) const {
  const std::optional<Handle> handle = Find(name);
  if (handle.has_value()) return state_->definitions[static_cast<uint32_t>(*handle)].kind;
  return IsStandardScalar(name) ? std::optional(TypeKind::kScalar) : std::nullopt;
}

void SchemaBuilder::AddField(Handle object_or_interface, const FieldSpec& spec) {
  PendingType& type = state_->definitions[static_cast<uint32_t>(object_or_interface)];
  JOINERY_CHECK(type.kind == TypeKind::kObject || type.kind == TypeKind::kInterface);
  FieldDefinition& field = type.fields.emplace_back();
  field.name = state_->Intern(spec.name);
  field.description = state_->Intern(spec.description);
  field.type = spec.type;
  field.deprecation = state_->MakeDeprecation(spec.deprecation_reason);
  field.binding = spec.binding;
  field.arguments = state_->MakeInputs(
      spec.arguments, "field", state_->symbols[type.symbol].type->name, spec.name, type.errors);
}

void SchemaBuilder::AddInterfaceTo(Handle object_or_interface, std::string_view interface_name) {
  NamedType* interface = state_->Mention(interface_name);
  state_->definitions[static_cast<uint32_t>(object_or_interface)].names.push_back(interface);
}

void SchemaBuilder::AddMember(Handle union_type, std::string_view object_name) {
  AddInterfaceTo(union_type, object_name);
}

void SchemaBuilder::AddValue(Handle enum_type, const EnumValueSpec& value) {
  PendingType& type = state_->definitions[static_cast<uint32_t>(enum_type)];
  JOINERY_CHECK(type.kind == TypeKind::kEnum);
  type.values.push_back({.name = state_->Intern(value.name),
                         .description = state_->Intern(value.description),
                         .deprecation = state_->MakeDeprecation(value.deprecation_reason),
                         .binding = value.binding});
}

void SchemaBuilder::AddInputField(Handle input_object, const InputValueSpec& field) {
  PendingType& type = state_->definitions[static_cast<uint32_t>(input_object)];
  JOINERY_CHECK(type.kind == TypeKind::kInputObject);
  type.input_fields.push_back(state_->MakeInput(field));
}

size_t SchemaBuilder::FieldCount(Handle type) const {
  const PendingType& pending = state_->definitions[static_cast<uint32_t>(type)];
  switch (pending.kind) {
    case TypeKind::kUnion:
      return pending.names.size();
    case TypeKind::kEnum:
      return pending.values.size();
    case TypeKind::kInputObject:
      return pending.input_fields.size();
    default:
      return pending.fields.size();
  }
}

void SchemaBuilder::AddDirective(const DirectiveSpec& spec) {
  PendingDirective& pending = state_->directives.emplace_back();
  DirectiveDefinition& directive = pending.directive;
  directive.name = state_->Intern(spec.name);
  directive.description = state_->Intern(spec.description);
  directive.locations = spec.locations;
  directive.repeatable = spec.repeatable;
  directive.binding = spec.binding;
  directive.arguments =
      state_->MakeInputs(spec.arguments, "directive", {}, spec.name, pending.errors);
}

void SchemaBuilder::AddStandardDirectives() {
  using enum DirectiveLocation;
  const auto bits = [](auto... locations) { return (DirectiveLocationBit(locations) | ...); };
  const auto add = [&](const DirectiveSpec& spec) {
    const bool there = std::ranges::any_of(state_->directives, [&](const PendingDirective& d) {
      return d.directive.name == spec.name;
    });
    if (!there) AddDirective(spec);
  };
  const TypeRef boolean = NonNull(Type("Boolean"));
  const uint32_t on_selections = bits(kField, kFragmentSpread, kInlineFragment);
  add({.name = "include",
       .locations = on_selections,
       .description = "whether this field or fragment is part of the answer",
       .arguments = {{.name = "if", .type = boolean}}});
  add({.name = "skip",
       .locations = on_selections,
       .description = "whether this field or fragment is left out of the answer",
       .arguments = {{.name = "if", .type = boolean}}});
  add({.name = "deprecated",
       .locations = bits(kFieldDefinition, kArgumentDefinition, kInputFieldDefinition, kEnumValue),
       .description = "marks what should no longer be used",
       .arguments = {
           {.name = "reason", .type = Type("String"), .default_text = "\"No longer supported\""}}});
  add({.name = "specifiedBy",
       .locations = bits(kScalar),
       .description = "where the behaviour of this scalar is specified",
       .arguments = {{.name = "url", .type = NonNull(Type("String"))}}});
}

void SchemaBuilder::SetRoot(ast::OperationKind kind, std::string_view object_name) {
  state_->roots[static_cast<int>(kind)] = state_->Mention(object_name)->name;
}
void SchemaBuilder::SetDescription(std::string_view description) {
  state_->description = state_->Intern(description);
}
void SchemaBuilder::set_introspection(bool on) { state_->introspection = on; }
void SchemaBuilder::set_keep_all(bool on) { state_->keep_all = on; }
void SchemaBuilder::Open(Handle object) {
  state_->definitions[static_cast<uint32_t>(object)].open = true;
}
void SchemaBuilder::AddExtraRoot(std::string_view type_name) {
  state_->extra_roots.push_back(state_->Symbol(type_name));
}

}  // namespace joinery::graphql
