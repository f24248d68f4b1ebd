#include "graphql/type_system.h"

#include <algorithm>

#include "base/check.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kLocationNames[kDirectiveLocationCount] = {"QUERY",
                                                                      "MUTATION",
                                                                      "SUBSCRIPTION",
                                                                      "FIELD",
                                                                      "FRAGMENT_DEFINITION",
                                                                      "FRAGMENT_SPREAD",
                                                                      "INLINE_FRAGMENT",
                                                                      "VARIABLE_DEFINITION",
                                                                      "SCHEMA",
                                                                      "SCALAR",
                                                                      "OBJECT",
                                                                      "FIELD_DEFINITION",
                                                                      "ARGUMENT_DEFINITION",
                                                                      "INTERFACE",
                                                                      "UNION",
                                                                      "ENUM",
                                                                      "ENUM_VALUE",
                                                                      "INPUT_OBJECT",
                                                                      "INPUT_FIELD_DEFINITION"};

template <typename T>
const T* As(const NamedType* type, TypeKind kind) {
  return type->kind == kind ? static_cast<const T*>(type) : nullptr;
}

bool Implements(const NodeList<const InterfaceType*>& interfaces, const NamedType* wanted) {
  return std::ranges::find(interfaces, wanted) != interfaces.end();
}

bool IsNamedSubtype(const NamedType& sub, const NamedType& super) {
  if (&sub == &super) return true;
  if (const ObjectType* object = sub.AsObject()) return super.is_abstract() && super.MayBe(*object);
  const InterfaceType* interface = sub.AsInterface();
  return interface != nullptr && Implements(interface->interfaces, &super);
}

}  // namespace

std::string_view TypeKindName(TypeKind kind) {
  switch (kind) {
    case TypeKind::kScalar:
      return "SCALAR";
    case TypeKind::kObject:
      return "OBJECT";
    case TypeKind::kInterface:
      return "INTERFACE";
    case TypeKind::kUnion:
      return "UNION";
    case TypeKind::kEnum:
      return "ENUM";
    case TypeKind::kInputObject:
      return "INPUT_OBJECT";
  }
  return "SCALAR";
}

std::string_view DirectiveLocationName(DirectiveLocation location) {
  return kLocationNames[static_cast<size_t>(location)];
}

uint32_t DirectiveLocationBit(std::string_view name) {
  for (int i = 0; i < kDirectiveLocationCount; ++i) {
    if (kLocationNames[i] == name) return 1u << i;
  }
  return 0;
}

// --- TypeRef
// ---------------------------------------------------------------------------------------

int TypeRef::depth() const {
  int depth = 0;
  for (uint64_t rest = wrappers_; rest != 0; rest >>= 2) ++depth;
  return depth;
}

TypeRef List(TypeRef item) {
  JOINERY_CHECK(item.depth() < TypeRef::kMaxWrappers);
  return TypeRef(item.named_, item.wrappers_ << 2 | TypeRef::kList);
}

TypeRef NonNull(TypeRef nullable) {
  if (nullable.is_non_null()) return nullable;
  JOINERY_CHECK(nullable.depth() < TypeRef::kMaxWrappers);
  return TypeRef(nullable.named_, nullable.wrappers_ << 2 | TypeRef::kNonNull);
}

void AppendTypeRef(std::string& out, TypeRef type) {
  if (type.is_named()) {
    if (type) out.append(type.name());
    return;
  }
  const bool list = type.is_list();
  if (list) out.push_back('[');
  AppendTypeRef(out, type.Unwrapped());
  out.push_back(list ? ']' : '!');
}

std::string TypeRefToString(TypeRef type) {
  std::string out;
  AppendTypeRef(out, type);
  return out;
}

// --- NamedType
// -------------------------------------------------------------------------------------

const ScalarType* NamedType::AsScalar() const { return As<ScalarType>(this, TypeKind::kScalar); }
const ObjectType* NamedType::AsObject() const { return As<ObjectType>(this, TypeKind::kObject); }
const InterfaceType* NamedType::AsInterface() const {
  return As<InterfaceType>(this, TypeKind::kInterface);
}
const UnionType* NamedType::AsUnion() const { return As<UnionType>(this, TypeKind::kUnion); }
const EnumType* NamedType::AsEnum() const { return As<EnumType>(this, TypeKind::kEnum); }
const InputObjectType* NamedType::AsInputObject() const {
  return As<InputObjectType>(this, TypeKind::kInputObject);
}

const NamedList<FieldDefinition>& NamedType::fields() const {
  static const NamedList<FieldDefinition> kNone;
  if (const ObjectType* object = AsObject()) return object->field_list;
  if (const InterfaceType* interface = AsInterface()) return interface->field_list;
  return kNone;
}

NodeList<const ObjectType*> NamedType::possible_types() const {
  if (const ObjectType* object = AsObject()) return {&object->self, 1};
  if (const InterfaceType* interface = AsInterface()) return interface->implementations;
  if (const UnionType* type = AsUnion()) return type->members;
  return {};
}

bool NamedType::MayBe(const ObjectType& object) const {
  const NodeList<const ObjectType*> possible = possible_types();
  const auto at = std::ranges::lower_bound(possible, object.index, {},
                                           [](const ObjectType* type) { return type->index; });
  return at != possible.end() && *at == &object;
}

// --- Schema
// ----------------------------------------------------------------------------------------

const FieldDefinition* Schema::FieldOf(const NamedType& parent, std::string_view name) const {
  if (name.starts_with("__") && parent.is_composite()) {
    if (name == "__typename") return typename_field_;
    if (&parent == query() && name == "__schema") return schema_field_;
    if (&parent == query() && name == "__type") return type_field_;
    if (parent.is_open) return nullptr;
  }
  return parent.is_open ? maker_->FieldOf(parent, name) : parent.fields().Find(name);
}

TypeRef Schema::Resolve(const ast::TypeNode& node) const {
  if (node.inner == nullptr) {
    const NamedType* named = type(node.name);
    return named == nullptr ? TypeRef() : TypeRef(named);
  }
  const TypeRef inner = Resolve(*node.inner);
  if (!inner || inner.depth() >= TypeRef::kMaxWrappers) return {};
  return node.kind == ast::TypeNode::Kind::kList ? List(inner) : NonNull(inner);
}

bool Schema::IsSubtype(TypeRef sub, TypeRef super) const {
  if (super.is_non_null()) {
    return sub.is_non_null() && IsSubtype(sub.Unwrapped(), super.Unwrapped());
  }
  const TypeRef nullable = sub.Nullable();
  if (super.is_list() != nullable.is_list()) return false;
  if (super.is_list()) return IsSubtype(nullable.Unwrapped(), super.Unwrapped());
  return IsNamedSubtype(*nullable.named(), *super.named());
}

bool Schema::TypesOverlap(const NamedType& a, const NamedType& b) {
  if (&a == &b) return true;
  const NodeList<const ObjectType*> left = a.possible_types();
  const NodeList<const ObjectType*> right = b.possible_types();
  if (left.size() > right.size()) return TypesOverlap(b, a);
  return std::ranges::any_of(left, [&](const ObjectType* object) { return b.MayBe(*object); });
}

}  // namespace joinery::graphql
