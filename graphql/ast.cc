#include "graphql/ast.h"

namespace joinery::graphql {

const ast::Operation* Document::operation(std::string_view name) const {
  if (name.empty()) return operations_.size() == 1 ? operations_.front() : nullptr;
  for (const ast::Operation* operation : operations_) {
    if (operation->name == name) return operation;
  }
  return nullptr;
}

std::string_view OperationKindName(ast::OperationKind kind) {
  switch (kind) {
    case ast::OperationKind::kQuery:
      return "query";
    case ast::OperationKind::kMutation:
      return "mutation";
    case ast::OperationKind::kSubscription:
      return "subscription";
  }
  return "query";
}

}  // namespace joinery::graphql
