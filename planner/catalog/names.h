#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/relational.h"
#include "planner/catalog/options.h"

namespace joinery::planner {

// Whether `name` may stand in a GraphQL schema: a name that does not begin with two underscores.
bool IsGraphqlName(std::string_view name);

// "t" in schema public, else "s.t": how texts name tables and functions.
std::string SqlName(const plan::TableName& name);

// A name in pieces, so that it can be written in either convention. The first piece of a custom
// name stays as written.
class Identifier {
 public:
  Identifier() = default;
  // A name of the user's: one piece.
  static Identifier Custom(std::string_view name) { return Identifier({std::string(name)}); }
  // A name of the database: pieces between underscores.
  static Identifier FromDatabase(std::string_view name);

  Identifier Prefixed(const Identifier& prefix) const;
  Identifier Then(std::string_view piece) const;  // `piece` in snake case.

  // Pieces joined by underscores.
  std::string Snake() const;
  // Pieces run together; the first as it is, others with a capital first.
  std::string Camel() const;
  // The same, the first one too.
  std::string Pascal() const;

 private:
  explicit Identifier(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  std::vector<std::string> pieces_;
};

// What a source's `customization` does to names.
struct SourceNaming {
  NamingConvention convention = NamingConvention::kHasuraDefault;
  std::string root_namespace;
  std::string root_prefix, root_suffix;
  std::string type_prefix, type_suffix;

  bool is_graphql() const { return convention == NamingConvention::kGraphqlDefault; }

  // A root field's name before or after prefix and suffix.
  std::string Root(std::string_view field) const;
  // A type's name: `table` in the source's convention, then `suffix` in snake case ("_bool_exp"
  // without the first underscore), then the type prefix and suffix around it.
  std::string Type(const Identifier& table, std::string_view suffix = {}) const;
  // What the names of all types of the table begin with.
  std::string TypeStem(const Identifier& table) const;
  // The same for types that have no table in their name; `name` is written in Hasura's convention.
  std::string Wrap(std::string_view name) const;
  // A field or argument that the engine names, such as `distinct_on`.
  std::string Field(std::string_view snake) const;
  std::string Field(const Identifier& name) const;
  // An enum value that the engine names, such as `asc_nulls_first`.
  std::string EnumValue(std::string_view name) const;

  friend bool operator==(const SourceNaming&, const SourceNaming&) = default;
};

}  // namespace joinery::planner
