#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "plan/catalog.h"

namespace joinery::connectors::postgres {

// A row of pg_type.
struct PostgresType {
  std::string schema;
  std::string name;
  char kind = 'b';  // typtype.
  uint32_t element = 0;
  uint32_t array = 0;
  uint32_t base = 0;  // Of a domain.
  uint32_t dimensions = 0;
  uint32_t relation = 0;  // Of a row type.
  bool not_null = false;
};

// All types of a database by oid, and how the catalog names them. An unknown oid is "unknown".
class TypeNames {
 public:
  void Add(uint32_t oid, PostgresType type) { types_.emplace(oid, std::move(type)); }

  // An array is its element with `dimensions`, at least one.
  plan::SqlType Name(uint32_t oid, uint32_t dimensions) const;
  // What a domain, or an array's element that is one, is over in the end; else Name.
  plan::SqlType BaseName(uint32_t oid, uint32_t dimensions) const;
  // Of the element for arrays.
  plan::TypeKind Kind(uint32_t oid) const;
  // The table whose rows are of this type; 0: none.
  uint32_t Relation(uint32_t oid) const;
  // A domain that refuses null.
  bool IsNotNull(uint32_t oid) const;

 private:
  const PostgresType& Find(uint32_t oid) const;
  bool IsArray(uint32_t oid, const PostgresType& type) const;
  uint32_t ElementOf(uint32_t oid) const;

  std::unordered_map<uint32_t, PostgresType> types_;
};

}  // namespace joinery::connectors::postgres
