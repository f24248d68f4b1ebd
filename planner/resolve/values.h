#pragma once

#include <string>
#include <vector>

#include "base/issue.h"
#include "graphql/ast.h"
#include "planner/resolve/resolved.h"
#include "planner/resolve/variables.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// Checks values given in a document or in variables against their types and brings both to one
// form.
class ValueResolver {
 public:
  ValueResolver(const RoleSchema& schema, Variables& variables)
      : schema_(schema), variables_(variables) {}

  // The arguments of a field. `path` is the field's.
  IssueOr<std::vector<ResolvedMember>> Arguments(
      const graphql::FieldDefinition& field, const graphql::NodeList<graphql::ast::Argument>& given,
      const std::string& path);

  // Whether @skip and @include let the selection through; other directives must be known.
  IssueOr<bool> Included(const graphql::NodeList<graphql::ast::Directive>& directives,
                         std::string_view place, const std::string& path);

 private:
  struct Place {
    const graphql::InputValueDefinition* definition;
    graphql::TypeRef type;
    std::string path;
  };
  struct Origin {
    std::string_view variable;
    std::vector<json::PathStep> steps;
  };

  IssueOr<ResolvedValue> Literal(const graphql::ast::Value& literal, const Place& place);
  IssueOr<ResolvedValue> FromVariable(std::string_view name, const Place& place);
  IssueOr<ResolvedValue> FromJson(const json::Value& value, const Place& place,
                                  const Origin& origin);
  IssueOr<ResolvedValue> ObjectLiteral(const graphql::ast::Value& literal, const Place& place,
                                       const graphql::InputObjectType& type);
  IssueOr<ResolvedValue> ObjectFromJson(const json::Value& value, const Place& place,
                                        const graphql::InputObjectType& type, const Origin& origin);
  IssueOr<ResolvedValue> Scalar(const json::Value& value, std::string_view found,
                                const Place& place);
  IssueOr<ResolvedValue> Enum(std::string_view name, const graphql::EnumType& type,
                              const Place& place);
  IssueOr<json::Value> JsonLiteral(const graphql::ast::Value& literal);
  MaybeIssue CheckMissing(const graphql::InputObjectType& type, const ResolvedValue& object,
                          const std::string& path);
  Issue NullIssue(const Place& place) const;
  bool RefusesNull(const Place& place) const;

  const RoleSchema& schema_;
  Variables& variables_;
};

}  // namespace joinery::planner
