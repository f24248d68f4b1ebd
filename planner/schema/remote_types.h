#pragma once

#include <string>
#include <string_view>

#include "planner/schema/role_builder.h"

namespace joinery::planner {

// A remote schema as one role sees it, and how its definitions become ours.
class RemoteView {
 public:
  RemoteView(RoleBuilder& builder, const RemoteSchema& remote);

  // False: the role sees nothing of it, and nothing else may be asked.
  bool visible() const { return schema_ != nullptr; }
  const graphql::Schema& schema() const { return *schema_; }
  const RemoteSchema& remote() const { return remote_; }

  TypeRef Convert(TypeRef upstream) const;
  // Owner of presets of the type's fields, by upstream's names; roots of a role's document may be
  // called otherwise.
  std::string_view UpstreamName(const graphql::NamedType& type) const;
  // Whether the role's document sets the input, so that clients do not see it.
  bool IsHidden(std::string_view owner, const graphql::InputValueDefinition& input) const;
  bool IsHiddenType(std::string_view input_type) const;
  InputValueSpec ConvertInput(const graphql::InputValueDefinition& input) const;
  // The arguments of `type`.`field` that clients see.
  std::vector<InputValueSpec> Arguments(const graphql::NamedType& type,
                                        const graphql::FieldDefinition& field) const;

 private:
  RoleBuilder& builder_;
  const RemoteSchema& remote_;
  const RemotePermission* permission_ = nullptr;  // Null: all of it.
  const graphql::Schema* schema_ = nullptr;
};

}  // namespace joinery::planner
