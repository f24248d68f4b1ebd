#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "graphql/schema_assembly.h"

namespace joinery::graphql {

// The schema of SchemaBuilder::BuildAsNeeded. Definitions wait in the builder's state until their
// type is looked at; fields of open types move to the arena as they come.
class SchemaBuilder::Maker final : public TypeMaker {
 public:
  Maker(State& state, TypeSource& source) : state_(state), source_(source), assembly_(state) {}

  void Make(const NamedType& type) override {
    auto* room = const_cast<NamedType*>(&type);
    const uint32_t symbol = room->index;
    const bool is_standard = IsStandardScalar(room->name);
    if (!is_standard && !IsDefined(symbol)) source_.AddType(room->name);
    if (room->maker == nullptr) return;  // Made while it was asked for.
    if (IsDefined(symbol)) {
      MakeDefined(state_.symbols[symbol].definition);
    } else if (is_standard) {
      assembly_.MakeStandardScalar(room);
    } else {
      MakeEmpty(room);
    }
  }

  const NamedType* Find(std::string_view name) override {
    if (!IsStandardScalar(name) && !IsDefined(name)) source_.AddType(name);
    if (!IsStandardScalar(name) && !IsDefined(name)) return nullptr;
    const NamedType* type = state_.Mention(name);
    if (type->maker != nullptr) Make(*type);
    return type;
  }

  const ObjectType* Root(ast::OperationKind kind) override {
    std::optional<const ObjectType*>& root = roots_[static_cast<int>(kind)];
    if (!root) {
      const bool there = kind == ast::OperationKind::kQuery || source_.HasRoot(kind);
      root = there ? Find(state_.roots[static_cast<int>(kind)])->AsObject() : nullptr;
    }
    return *root;
  }

  const FieldDefinition* FieldOf(const NamedType& open, std::string_view name) override {
    if (const FieldDefinition* field = Known(open, name)) return field;
    source_.AddField(open.name, name);
    return Known(open, name);
  }

  NamedList<DirectiveDefinition> MakeDirectives() { return assembly_.MakeDirectives(); }
  const FieldDefinition* MakeTypenameField() {
    return assembly_.MetaField("__typename", NonNull(TypeRef(state_.Mention("String"))));
  }

 private:
  bool IsDefined(uint32_t symbol) const {
    return state_.symbols[symbol].definition != TypeSymbol::kUndefined;
  }
  bool IsDefined(std::string_view name) const {
    const std::optional<uint32_t> symbol = state_.FindSymbol(name);
    return symbol && IsDefined(*symbol);
  }

  void MakeDefined(uint32_t definition) {
    // Making others adds definitions, so this one is taken out; its fields are needed no more.
    PendingType pending = std::move(state_.definitions[definition]);
    state_.definitions[definition].names = pending.names;
    if (pending.open) state_.definitions[definition].fields = std::exchange(pending.fields, {});
    assembly_.Make(pending);
    for (const NamedType* name : pending.names) {
      if (name->maker != nullptr) Make(*name);
    }
    NamedType* type = state_.symbols[pending.symbol].type;
    if (type->kind == TypeKind::kUnion) {
      static_cast<UnionType*>(type)->members = Objects(pending.names);
    } else if (type->kind == TypeKind::kInterface) {
      static_cast<InterfaceType*>(type)->implementations = Objects(Implementers(type));
    }
  }

  std::vector<const NamedType*> Implementers(const NamedType* interface) {
    std::vector<uint32_t> symbols;
    for (const PendingType& one : state_.definitions) {
      if (std::ranges::find(one.names, interface) != one.names.end()) symbols.push_back(one.symbol);
    }
    std::vector<const NamedType*> out;
    for (const uint32_t symbol : symbols) {
      const NamedType* type = state_.symbols[symbol].type;
      if (type->maker != nullptr) Make(*type);
      out.push_back(type);
    }
    return out;
  }

  NodeList<const ObjectType*> Objects(const std::vector<const NamedType*>& types) {
    std::vector<const ObjectType*> objects;
    for (const NamedType* type : types) {
      if (const ObjectType* object = type->AsObject()) objects.push_back(object);
    }
    std::ranges::sort(objects, {}, [](const ObjectType* object) { return object->index; });
    return NodeList<const ObjectType*>::Copy(*state_.arena, objects.data(), objects.size());
  }

  void MakeEmpty(NamedType* room) {
    const std::string_view name = room->name;
    const uint32_t index = room->index;
    auto* type = new (room) ObjectType();
    type->kind = TypeKind::kObject;
    type->name = name;
    type->index = index;
    type->self = type;
  }

  const FieldDefinition* Known(const NamedType& open, std::string_view name) {
    auto& known = fields_[open.index];
    std::vector<FieldDefinition>& fresh =
        state_.definitions[state_.symbols[open.index].definition].fields;
    for (const FieldDefinition& field : fresh) {
      if (!known.contains(field.name)) {
        known.emplace(field.name, state_.arena->New<FieldDefinition>(field));
      }
    }
    fresh.clear();
    const auto found = known.find(name);
    return found == known.end() ? nullptr : found->second;
  }

  State& state_;
  TypeSource& source_;
  Assembly assembly_;
  std::optional<const ObjectType*> roots_[3];
  // Of open types, by their symbols.
  std::unordered_map<uint32_t, std::unordered_map<std::string_view, const FieldDefinition*>>
      fields_;
};

std::shared_ptr<const Schema> SchemaBuilder::BuildAsNeeded(TypeSource& source) {
  auto maker = std::make_unique<Maker>(*state_, source);
  state_->maker = maker.get();
  for (const TypeSymbol& symbol : state_->symbols) symbol.type->maker = maker.get();
  AddStandardDirectives();
  std::shared_ptr<Schema> schema(new Schema());
  schema->description_ = state_->description;
  schema->directives_ = maker->MakeDirectives();
  schema->typename_field_ = maker->MakeTypenameField();
  schema->arena_ = state_->arena;
  schema->maker_ = std::move(maker);
  return schema;
}

}  // namespace joinery::graphql
