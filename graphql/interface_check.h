#pragma once

#include <vector>

#include "graphql/schema_builder.h"
#include "graphql/type_system.h"

namespace joinery::graphql {

// Whether objects and interfaces keep the promises of the interfaces they implement
// (IsValidImplementation, section 3.6.1 of the October 2021 specification): each field is there, of
// the same type or a subtype; each argument is there, of the same type; arguments of their own are
// not required; and the interfaces of an interface are implemented too. Schemas from elsewhere need
// it, the builder does not check it. All errors, in the order of type names.
std::vector<SchemaError> CheckInterfaces(const Schema& schema);

}  // namespace joinery::graphql
