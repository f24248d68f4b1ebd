#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace joinery::plan {

// One difference between two GraphQL schemas, seen by the clients of the first.
struct SchemaChange {
  enum class Severity : uint8_t {
    kBreaking,   // Operations that were valid may be so no more.
    kDangerous,  // They stay valid, but clients may meet what they did not expect.
    kSafe,
  };
  Severity severity = Severity::kBreaking;
  std::string kind;        // "FIELD_REMOVED"; stable, for machines.
  std::string coordinate;  // What changed: "author", "author.name", "author.articles(limit:)".
  std::string message;
  std::vector<std::string> roles;  // Those whose schema has the change, sorted.

  friend bool operator==(const SchemaChange&, const SchemaChange&) = default;
};

}  // namespace joinery::plan
