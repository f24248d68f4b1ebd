#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/type_system.h"
#include "planner/consistency/join_types.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// The type of the join field of that name; null when the relationship has none.
using JoinFieldLookup = std::function<const JoinFieldType*(std::string_view name)>;

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
