#include "graphql/schema_assembly.h"

#include <algorithm>

#include "base/strings.h"

namespace joinery::graphql {
namespace {

std::string_view KindWord(TypeKind kind) {
  switch (kind) {
    case TypeKind::kObject:
      return "Object";
    case TypeKind::kInterface:
      return "Interface";
    case TypeKind::kUnion:
      return "Union";
    case TypeKind::kEnum:
      return "Enum";
    case TypeKind::kInputObject:
      return "Input object";
    case TypeKind::kScalar:
      return "Scalar";
  }
  return "Type";
}

}  // namespace

// --- What is kept
// ----------------------------------------------------------------------------------

void SchemaBuilder::Assembly::IndexImplementations() {
  for (uint32_t i = 0; i < state_.definitions.size(); ++i) {
    const PendingType& pending = state_.definitions[i];
    if (pending.kind != TypeKind::kObject && pending.kind != TypeKind::kInterface) continue;
    for (const NamedType* interface : pending.names) implementers_[interface].push_back(i);
  }
}

void SchemaBuilder::Assembly::Keep(NamedType* type) {
  TypeSymbol& symbol = state_.symbols[type->index];
  if (symbol.kept) return;
  symbol.kept = true;
  if (symbol.definition != TypeSymbol::kUndefined) {
    to_visit_.push_back(symbol.definition);
  } else if (IsStandardScalar(type->name)) {
    scalars_.push_back(type);
  }
}

void SchemaBuilder::Assembly::KeepInputs(const NamedList<InputValueDefinition>& inputs) {
  for (const InputValueDefinition& input : inputs) {
    if (input.type) Keep(const_cast<NamedType*>(input.type.named()));
  }
}

void SchemaBuilder::Assembly::KeepAll(PendingType& pending) {
  for (const FieldDefinition& field : pending.fields) {
    if (field.type) Keep(const_cast<NamedType*>(field.type.named()));
    KeepInputs(field.arguments);
  }
  for (const NamedType* name : pending.names) Keep(const_cast<NamedType*>(name));
  for (const InputValueDefinition& input : pending.input_fields) {
    if (input.type) Keep(const_cast<NamedType*>(input.type.named()));
  }
  if (pending.kind != TypeKind::kInterface) return;
  const auto found = implementers_.find(state_.symbols[pending.symbol].type);
  if (found == implementers_.end()) return;
  for (const uint32_t i : found->second) Keep(state_.symbols[state_.definitions[i].symbol].type);
}

void SchemaBuilder::Assembly::KeepReachable() {
  Keep(state_.Mention("String"));
  Keep(state_.Mention("Boolean"));
  for (const std::string_view root : state_.roots) {
    if (!root.empty()) Keep(state_.Mention(root));
  }
  for (const uint32_t symbol : state_.extra_roots) Keep(state_.symbols[symbol].type);
  for (const PendingDirective& directive : state_.directives) {
    KeepInputs(directive.directive.arguments);
  }
  if (state_.introspection) Keep(state_.Mention("__Schema"));
  if (state_.keep_all) {
    for (const PendingType& pending : state_.definitions) Keep(state_.symbols[pending.symbol].type);
  }
  while (!to_visit_.empty()) {
    const uint32_t definition = to_visit_.back();
    to_visit_.pop_back();
    kept_.push_back(definition);
    KeepAll(state_.definitions[definition]);
  }
  std::ranges::sort(kept_);  // Errors come in the order in which types were added.
}

// --- Checks
// ----------------------------------------------------------------------------------------

void SchemaBuilder::Assembly::Error(SchemaError::Kind kind, std::string message,
                                    std::string_view type, std::string_view member) {
  errors_.push_back({.kind = kind,
                     .message = std::move(message),
                     .type_name = std::string(type),
                     .member = std::string(member),
                     .location = {}});
}

const PendingType* SchemaBuilder::Assembly::DefinitionOf(const NamedType* type) const {
  const uint32_t definition = state_.symbols[type->index].definition;
  return definition == TypeSymbol::kUndefined ? nullptr : &state_.definitions[definition];
}

bool SchemaBuilder::Assembly::IsDefined(const NamedType* type) const {
  return DefinitionOf(type) != nullptr || IsStandardScalar(type->name);
}

void SchemaBuilder::Assembly::CheckUse(TypeRef type, bool as_input, const PendingType* user,
                                       std::string_view member) {
  const std::string_view user_name = user == nullptr ? std::string_view() : NameOf(*user);
  if (!type) {
    return Error(SchemaError::Kind::kInvalid,
                 StrCat("the type of \"", member, "\" is nested too deeply"), user_name, member);
  }
  if (!IsDefined(type.named())) {
    return Error(SchemaError::Kind::kUnknownType,
                 StrCat("Could not find type with name \"", type.named()->name, '"'), user_name,
                 member);
  }
  const PendingType* used = DefinitionOf(type.named());
  const TypeKind kind = used == nullptr ? TypeKind::kScalar : used->kind;
  const bool leaf = kind == TypeKind::kScalar || kind == TypeKind::kEnum;
  if (leaf || (kind == TypeKind::kInputObject) == as_input) return;
  Error(SchemaError::Kind::kWrongKind,
        as_input ? "expected input type, but got output type"
                 : "expected output type, but got input type",
        user_name, member);
}

void SchemaBuilder::Assembly::CheckNames(const PendingType& pending) {
  const bool is_union = pending.kind == TypeKind::kUnion;
  const TypeKind wanted = is_union ? TypeKind::kObject : TypeKind::kInterface;
  for (const NamedType* name : pending.names) {
    const PendingType* definition = DefinitionOf(name);
    if (definition != nullptr && definition->kind == wanted) continue;
    if (is_union && IsDefined(name)) {
      Error(SchemaError::Kind::kWrongKind,
            StrCat("Union type '", NameOf(pending), "' can only include object types. It cannot ",
                   "include '", name->name, "'"),
            NameOf(pending), name->name);
    } else if (is_union) {
      Error(SchemaError::Kind::kUnknownType,
            StrCat("Could not find type '", name->name,
                   "', which is defined as a member type of Union '", NameOf(pending), "'"),
            NameOf(pending), name->name);
    } else {
      Error(SchemaError::Kind::kUnknownType,
            StrCat("Could not find interface '", name->name, "' implemented by ",
                   KindWord(pending.kind), " type '", NameOf(pending), "'"),
            NameOf(pending), name->name);
    }
  }
}

void SchemaBuilder::Assembly::Check(const PendingType& pending) {
  for (const SchemaError& error : pending.errors) errors_.push_back(error);
  const auto empty = [&](bool is_empty, std::string_view what) {
    if (!is_empty) return;
    Error(SchemaError::Kind::kEmpty,
          StrCat("List of ", what, " cannot be empty for ", ToLower(KindWord(pending.kind)), " '",
                 NameOf(pending), "'"),
          NameOf(pending), {});
  };
  switch (pending.kind) {
    case TypeKind::kScalar:
      return;
    case TypeKind::kObject:
      empty(pending.fields.empty(), "fields");
      break;
    case TypeKind::kInterface:
      empty(pending.fields.empty(), "fields");
      break;
    case TypeKind::kInputObject:
      empty(pending.input_fields.empty(), "input fields");
      break;
    case TypeKind::kEnum:
      empty(pending.values.empty(), "values");
      break;
    case TypeKind::kUnion:
      if (pending.names.empty()) {
        Error(SchemaError::Kind::kEmpty,
              StrCat("List of member types cannot be empty for union type '", NameOf(pending), "'"),
              NameOf(pending), {});
      }
      break;
  }
  for (const FieldDefinition& field : pending.fields) {
    CheckUse(field.type, false, &pending, field.name);
    for (const InputValueDefinition& argument : field.arguments) {
      CheckUse(argument.type, true, &pending, field.name);
    }
  }
  for (const InputValueDefinition& field : pending.input_fields) {
    CheckUse(field.type, true, &pending, field.name);
  }
  CheckNames(pending);
}

void SchemaBuilder::Assembly::CheckRoots() {
  for (const std::string_view root : state_.roots) {
    if (root.empty()) continue;
    const NamedType* type = state_.Mention(root);
    const PendingType* definition = DefinitionOf(type);
    if (!IsDefined(type)) {
      Error(SchemaError::Kind::kUnknownType, StrCat("Could not find type with name \"", root, '"'),
            root, {});
    } else if (definition == nullptr || definition->kind != TypeKind::kObject) {
      Error(SchemaError::Kind::kWrongKind, StrCat('"', root, "\" has to be an object type"), root,
            {});
    }
  }
  for (const uint32_t symbol : state_.extra_roots) {
    const NamedType* type = state_.symbols[symbol].type;
    if (IsDefined(type)) continue;
    Error(SchemaError::Kind::kUnknownType,
          StrCat("Could not find type with name \"", type->name, '"'), type->name, {});
  }
}

void SchemaBuilder::Assembly::CheckDirectives() {
  for (const PendingDirective& pending : state_.directives) {
    for (const SchemaError& error : pending.errors) errors_.push_back(error);
    for (const InputValueDefinition& argument : pending.directive.arguments) {
      CheckUse(argument.type, true, nullptr, pending.directive.name);
    }
  }
}

// --- Making
// ----------------------------------------------------------------------------------------

template <typename T>
T* SchemaBuilder::Assembly::Place(const PendingType& pending) {
  NamedType* room = state_.symbols[pending.symbol].type;
  const std::string_view name = room->name;
  T* type = new (room) T();
  type->kind = pending.kind;
  type->name = name;
  type->index = pending.symbol;
  type->description = pending.description;
  type->binding = pending.binding;
  type->is_introspection = pending.introspection;
  type->is_open = pending.open;
  return type;
}

template <typename T>
NamedList<T> SchemaBuilder::Assembly::MakeList(const std::vector<T>& items, std::string_view what,
                                               const PendingType& pending) {
  const NodeList<T> list = NodeList<T>::Copy(arena_, items.data(), items.size());
  const NameTable names(
      arena_, static_cast<uint32_t>(items.size()), [&](uint32_t i) { return list[i].name; },
      [&](uint32_t i) {
        Error(SchemaError::Kind::kDuplicate,
              StrCat("duplicate ", what, ": \"", list[i].name, "\" found in the ",
                     KindWord(pending.kind), " \"", NameOf(pending), '"'),
              NameOf(pending), list[i].name);
      });
  return {list, names};
}

template <typename T>
NodeList<const T*> SchemaBuilder::Assembly::MakeNames(const PendingType& pending) {
  const T** list = arena_.NewArray<const T*>(pending.names.size());
  for (size_t i = 0; i < pending.names.size(); ++i) {
    list[i] = static_cast<const T*>(pending.names[i]);
  }
  std::vector<const NamedType*> sorted(pending.names);
  std::ranges::sort(sorted);
  for (auto at = std::ranges::adjacent_find(sorted); at != sorted.end();
       at = std::adjacent_find(at + 1, sorted.end())) {
    Error(SchemaError::Kind::kDuplicate,
          StrCat("duplicate ", pending.kind == TypeKind::kUnion ? "members" : "interfaces", ": \"",
                 (*at)->name, "\" found in the ", KindWord(pending.kind), " \"", NameOf(pending),
                 '"'),
          NameOf(pending), (*at)->name);
  }
  return {list, pending.names.size()};
}

void SchemaBuilder::Assembly::Make(PendingType& pending) {
  switch (pending.kind) {
    case TypeKind::kScalar: {
      auto* type = Place<ScalarType>(pending);
      type->specified_by_url = pending.specified_by_url;
      type->is_standard_scalar = IsStandardScalar(type->name);
      return;
    }
    case TypeKind::kObject: {
      auto* type = Place<ObjectType>(pending);
      type->self = type;
      type->field_list = MakeList(pending.fields, "fields", pending);
      type->interfaces = MakeNames<InterfaceType>(pending);
      return;
    }
    case TypeKind::kInterface: {
      auto* type = Place<InterfaceType>(pending);
      type->field_list = MakeList(pending.fields, "fields", pending);
      type->interfaces = MakeNames<InterfaceType>(pending);
      return;
    }
    case TypeKind::kUnion: {
      auto* type = Place<UnionType>(pending);
      type->members = MakeNames<ObjectType>(pending);
      return;
    }
    case TypeKind::kEnum: {
      auto* type = Place<EnumType>(pending);
      type->values = MakeList(pending.values, "enum values", pending);
      return;
    }
    case TypeKind::kInputObject: {
      auto* type = Place<InputObjectType>(pending);
      type->input_fields = MakeList(pending.input_fields, "input fields", pending);
      return;
    }
  }
}

void SchemaBuilder::Assembly::MakeStandardScalar(NamedType* room) {
  const std::string_view name = room->name;
  const uint32_t index = room->index;
  auto* type = new (room) ScalarType();
  type->name = name;
  type->index = index;
  type->is_standard_scalar = true;
}

void SchemaBuilder::Assembly::MakeStandardScalars() {
  for (NamedType* room : scalars_) MakeStandardScalar(room);
}

void SchemaBuilder::Assembly::SortTypes(Schema& schema) {
  std::vector<NamedType*> types(scalars_);
  for (const uint32_t definition : kept_) {
    types.push_back(state_.symbols[state_.definitions[definition].symbol].type);
  }
  std::ranges::sort(types, {}, &NamedType::name);
  for (size_t i = 0; i < types.size(); ++i) types[i]->index = static_cast<uint32_t>(i);
  const auto** sorted = arena_.NewArray<const NamedType*>(types.size());
  std::ranges::copy(types, sorted);
  schema.types_ = NodeList<const NamedType*>(sorted, types.size());
  schema.type_names_ = NameTable(
      arena_, static_cast<uint32_t>(types.size()), [&](uint32_t i) { return types[i]->name; },
      [](uint32_t) {});
}

void SchemaBuilder::Assembly::LinkAbstractTypes(const Schema& schema) {
  const auto by_index = [](const ObjectType* type) { return type->index; };
  for (const NamedType* type : schema.types_) {
    std::vector<const ObjectType*> objects;
    if (const UnionType* members = type->AsUnion()) {
      objects.assign(members->members.begin(), members->members.end());
    } else if (type->kind == TypeKind::kInterface && implementers_.contains(type)) {
      for (const uint32_t i : implementers_.at(type)) {
        const NamedType* candidate = state_.symbols[state_.definitions[i].symbol].type;
        if (const ObjectType* object = candidate->AsObject()) objects.push_back(object);
      }
    } else {
      continue;
    }
    std::ranges::sort(objects, {}, by_index);
    const auto list = NodeList<const ObjectType*>::Copy(arena_, objects.data(), objects.size());
    auto* room = const_cast<NamedType*>(type);
    if (type->kind == TypeKind::kUnion) {
      static_cast<UnionType*>(room)->members = list;
    } else {
      static_cast<InterfaceType*>(room)->implementations = list;
    }
  }
}

FieldDefinition* SchemaBuilder::Assembly::MetaField(std::string_view name, TypeRef type) {
  FieldDefinition* field = arena_.New<FieldDefinition>();
  field->name = name;
  field->type = type;
  return field;
}

void SchemaBuilder::Assembly::AddMetaFields(Schema& schema) {
  const TypeRef string = NonNull(TypeRef(state_.Mention("String")));
  schema.typename_field_ = MetaField("__typename", string);
  if (!state_.introspection) return;
  schema.schema_field_ = MetaField("__schema", NonNull(TypeRef(state_.Mention("__Schema"))));
  FieldDefinition* type = MetaField("__type", TypeRef(state_.Mention("__Type")));
  type->arguments =
      state_.MakeInputs({{.name = "name", .type = string}}, "field", {}, "__type", errors_);
  schema.type_field_ = type;
}

NamedList<DirectiveDefinition> SchemaBuilder::Assembly::MakeDirectives() {
  std::vector<DirectiveDefinition> directives;
  for (const PendingDirective& pending : state_.directives) directives.push_back(pending.directive);
  const auto list =
      NodeList<DirectiveDefinition>::Copy(arena_, directives.data(), directives.size());
  const NameTable names(
      arena_, static_cast<uint32_t>(list.size()), [&](uint32_t i) { return list[i].name; },
      [&](uint32_t i) {
        Error(SchemaError::Kind::kDuplicate, StrCat("duplicate directives: \"", list[i].name, '"'),
              {}, list[i].name);
      });
  return {list, names};
}

SchemaResult SchemaBuilder::Assembly::Run() {
  errors_ = std::move(state_.errors);
  IndexImplementations();
  KeepReachable();
  CheckRoots();
  for (const uint32_t definition : kept_) Check(state_.definitions[definition]);
  CheckDirectives();

  const NamedList<DirectiveDefinition> directives = MakeDirectives();
  for (const uint32_t definition : kept_) Make(state_.definitions[definition]);
  MakeStandardScalars();
  if (!errors_.empty()) return {.schema = nullptr, .errors = std::move(errors_)};

  std::shared_ptr<Schema> schema(new Schema());
  schema->description_ = state_.description;
  schema->directives_ = directives;
  SortTypes(*schema);
  LinkAbstractTypes(*schema);
  for (int i = 0; i < 3; ++i) {
    if (state_.roots[i].empty()) continue;
    schema->roots_[i] = schema->type(state_.roots[i])->AsObject();
  }
  AddMetaFields(*schema);
  schema->arena_ = state_.arena;
  return {.schema = std::move(schema), .errors = {}};
}

SchemaResult SchemaBuilder::Build() && {
  if (state_->introspection) {
    const size_t first = state_->definitions.size();
    AddIntrospectionTypes(*this);
    for (size_t i = first; i < state_->definitions.size(); ++i) {
      state_->definitions[i].introspection = true;
    }
  }
  return Assembly(*state_).Run();
}

}  // namespace joinery::graphql
