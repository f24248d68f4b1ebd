#pragma once

#include <string>

#include "json/value.h"
#include "plan/relational.h"

namespace joinery::planner {

// Why a value that metadata gives to a column (or compares it with) can never be of its type;
// empty: it may be. Texts are for the database to read, whatever the type; so are values of types
// that this engine does not know.
std::string LiteralFault(const json::Value& value, const plan::SqlType& type);

}  // namespace joinery::planner
