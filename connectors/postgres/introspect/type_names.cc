#include "connectors/postgres/introspect/type_names.h"

#include <algorithm>

namespace joinery::connectors::postgres {

const PostgresType& TypeNames::Find(uint32_t oid) const {
  static const PostgresType unknown{.schema = "pg_catalog", .name = "unknown", .kind = 'p'};
  const auto found = types_.find(oid);
  return found == types_.end() ? unknown : found->second;
}

// Types such as point and name have elements too, but are no arrays.
bool TypeNames::IsArray(uint32_t oid, const PostgresType& type) const {
  return type.element != 0 && Find(type.element).array == oid;
}

uint32_t TypeNames::ElementOf(uint32_t oid) const {
  const PostgresType& type = Find(oid);
  return IsArray(oid, type) ? type.element : oid;
}

plan::SqlType TypeNames::Name(uint32_t oid, uint32_t dimensions) const {
  const uint32_t element = ElementOf(oid);
  const PostgresType& type = Find(element);
  plan::SqlType name;
  if (type.schema != "pg_catalog") name.schema = type.schema;
  name.name = type.name;
  // Postgres does not hold declared dimensions to anything, and forgets them in views.
  name.dimensions = element == oid ? 0 : std::max(dimensions, 1u);
  return name;
}

plan::SqlType TypeNames::BaseName(uint32_t oid, uint32_t dimensions) const {
  const uint32_t element = ElementOf(oid);
  uint32_t base = element;
  uint32_t base_dimensions = 0;
  while (Find(base).kind == 'd') {
    base_dimensions = Find(base).dimensions;
    base = Find(base).base;
  }
  if (base == element) return Name(oid, dimensions);
  plan::SqlType name = Name(base, base_dimensions);
  if (element != oid) name.dimensions += std::max(dimensions, 1u);
  return name;
}

plan::TypeKind TypeNames::Kind(uint32_t oid) const {
  switch (Find(ElementOf(oid)).kind) {
    case 'e':
      return plan::TypeKind::kEnum;
    case 'd':
      return plan::TypeKind::kDomain;
    case 'c':
      return plan::TypeKind::kComposite;
    case 'r':
    case 'm':
      return plan::TypeKind::kRange;
    case 'p':
      return plan::TypeKind::kPseudo;
    default:
      return plan::TypeKind::kBase;
  }
}

uint32_t TypeNames::Relation(uint32_t oid) const { return Find(oid).relation; }

bool TypeNames::IsNotNull(uint32_t oid) const {
  for (const PostgresType* type = &Find(oid); type->kind == 'd'; type = &Find(type->base)) {
    if (type->not_null) return true;
  }
  return false;
}

}  // namespace joinery::connectors::postgres
