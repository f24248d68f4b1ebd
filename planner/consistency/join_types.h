#pragma once

#include <string>
#include <string_view>

#include "graphql/type_system.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// The type of a join field on its own side, as a GraphQL name: "Int", "uuid", "jsonb", or that of a
// remote type's or action's field.
struct JoinFieldType {
  std::string name;
  uint32_t list_depth = 0;
  // An object, interface or union of a remote schema.
  bool composite = false;
  // Of a database or one of GraphQL's own: its meaning is known.
  bool known = true;
};

// Whether values of a join field can be sent as an argument of `type`. False only for what can
// never work; values that may not fit are judged at run time.
bool FitsArgument(const JoinFieldType& field, graphql::TypeRef type);

// The same for an input of an action, whose type metadata writes as text. `custom`: it is one of
// the custom input objects.
bool FitsInput(const JoinFieldType& field, std::string_view type, bool custom);

// Whether values of a join field can be looked for in the column.
bool FitsColumn(const JoinFieldType& field, const Column& column);

// "[Int]"
std::string JoinTypeText(const JoinFieldType& field);

}  // namespace joinery::planner
