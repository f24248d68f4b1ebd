#pragma once

#include <cstdint>

// A schema version names what a planner serves: equal versions, equal schemas, whichever replica
// says so. Its parts, from the highest bit: the metadata's resource version, by which versions are
// older and newer; which store or content that number counts in (its lineage); and what the sources
// were found to have.
namespace joinery::plan {

inline constexpr int kCatalogBits = 24;
inline constexpr int kLineageBits = 12;

constexpr uint64_t MakeSchemaVersion(uint64_t resource_version, uint64_t lineage,
                                     uint64_t catalogs) {
  return resource_version << (kLineageBits + kCatalogBits) |
         (lineage & ((uint64_t{1} << kLineageBits) - 1)) << kCatalogBits |
         (catalogs & ((uint64_t{1} << kCatalogBits) - 1));
}

constexpr uint64_t ResourceVersionOf(uint64_t schema_version) {
  return schema_version >> (kLineageBits + kCatalogBits);
}

// The same metadata document, though perhaps other catalogs.
constexpr bool SameDocument(uint64_t a, uint64_t b) {
  return a >> kCatalogBits == b >> kCatalogBits;
}

// `a` is of an older document than `b`. Versions of other lineages are neither older nor newer.
constexpr bool IsOlder(uint64_t a, uint64_t b) {
  const uint64_t lineage = ((uint64_t{1} << kLineageBits) - 1) << kCatalogBits;
  return (a & lineage) == (b & lineage) && ResourceVersionOf(a) < ResourceVersionOf(b);
}

}  // namespace joinery::plan
