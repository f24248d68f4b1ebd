#pragma once

#include <memory>
#include <vector>

#include "graphql/validation/context.h"
#include "graphql/validation/visitor.h"

namespace joinery::graphql::validation {

// Walks the executable definitions of the context's document once and shows every node to every
// visitor. Ends early when the context is full.
void Walk(const Context& context, const std::vector<std::unique_ptr<Visitor>>& visitors);

}  // namespace joinery::graphql::validation
