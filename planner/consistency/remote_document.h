#pragma once

#include <string>
#include <vector>

#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

struct RemotePermissionResult {
  RemotePermission permission;
  std::string error;  // Hasura's whole text; empty: fine.
};

// Reads a role's SDL document for a remote schema and checks it against `upstream`.
RemotePermissionResult ReadRemotePermission(const graphql::Schema& upstream,
                                            const std::string& text);

// What in the document goes beyond `upstream`, all of it.
std::vector<std::string> CheckRemoteDocument(const graphql::Document& document,
                                             const graphql::Schema& upstream);

// Reads the document's `@preset` directives into `out.presets` and `out.hidden_inputs`; mistakes
// are added to `reasons`. `schema` is the document's own.
void ReadRemotePresets(const graphql::Document& document, const graphql::Schema& schema,
                       const graphql::Schema& upstream, RemotePermission& out,
                       std::vector<std::string>& reasons);

}  // namespace joinery::planner
