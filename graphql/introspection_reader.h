#pragma once

#include "graphql/schema_builder.h"
#include "json/value.h"

namespace joinery::graphql {

// A Schema of the answer to an introspection query: `{"__schema": …}`, `{"data": {"__schema": …}}`
// or the value of `__schema` itself. Descriptions, default values (as text) and deprecations are
// kept. Optional members may be missing or null (older servers): descriptions, args, isDeprecated,
// directives, interfaces, `subscriptionType`, `isRepeatable`, `specifiedByURL`/`specifiedByUrl`.
// All types are kept, reachable or not.
//
// Errors, all of them: `Could not find type with name "T"` for a reference to a type that is not
// listed; a member that must be there names its place, such as `types[3].fields[0]: key "type" not
// found`.
SchemaResult ReadIntrospection(const json::Value& result);

}  // namespace joinery::graphql
