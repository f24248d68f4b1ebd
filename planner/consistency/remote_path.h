#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/type_system.h"
#include "planner/consistency/join_types.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// The type of the join field of that name; null when the relationship has none.
using JoinFieldLookup = std::function<const JoinFieldType*(std::string_view name)>;

// "$x" → "x"; nullopt for "$$x", which is the text "$x", and for what is no string.
std::optional<std::string_view> VariableIn(const json::Value& value);

struct RemotePath {
  std::vector<const graphql::FieldDefinition*> fields;  // One per step.
  std::string error;  // Hasura's text; empty: the way leads somewhere.
};

// Follows `steps` from the query root of `schema`, and checks fields, arguments and values.
RemotePath FollowRemotePath(const graphql::Schema& schema,
                            const std::vector<metadata::RemoteFieldStep>& steps,
                            const JoinFieldLookup& lookup);

// Whether a role's document has the fields and arguments on the way.
bool HasRemotePath(const graphql::Schema& schema,
                   const std::vector<metadata::RemoteFieldStep>& steps);

}  // namespace joinery::planner
