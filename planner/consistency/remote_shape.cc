#include "planner/consistency/remote_shape.h"

#include "base/strings.h"

namespace joinery::planner {
namespace {

void AppendInputs(const graphql::NamedList<graphql::InputValueDefinition>& inputs,
                  const RemotePermission* permission, std::string_view owner, std::string& out) {
  for (const graphql::InputValueDefinition& input : inputs) {
    if (permission != nullptr && permission->IsPreset(owner, input.name)) continue;
    StrAppend(out, " ", input.name, ":", graphql::TypeRefToString(input.type), "=",
              input.default_text);
  }
}

// Root types have no name of their own on our side where their fields stand on our roots.
bool IsShown(const graphql::Schema& schema, const RemoteSchema& remote,
             const graphql::NamedType& type) {
  if (type.is_introspection || type.is_standard_scalar) return false;
  if (!remote.names.root_namespace.empty()) return true;
  return &type != schema.query() && &type != schema.mutation() && &type != schema.subscription();
}

}  // namespace

std::string ShapeOf(const graphql::NamedType& type, const RemotePermission* permission) {
  std::string out = StrCat(graphql::TypeKindName(type.kind), " ");
  for (const graphql::FieldDefinition& field : type.fields()) {
    StrAppend(out, field.name, "(");
    AppendInputs(field.arguments, permission,
                 permission == nullptr ? std::string() : StrCat(type.name, ".", field.name), out);
    StrAppend(out, "):", graphql::TypeRefToString(field.type), " ");
  }
  if (const auto* input = type.AsInputObject()) {
    AppendInputs(input->input_fields, permission, type.name, out);
  }
  if (const auto* enumeration = type.AsEnum()) {
    for (const graphql::EnumValueDefinition& value : enumeration->values) {
      StrAppend(out, value.name, " ");
    }
  }
  if (type.is_abstract()) {
    for (const graphql::ObjectType* member : type.possible_types())
      StrAppend(out, member->name, " ");
  }
  return out;
}

std::string RoleTypeClash(const Graph& graph, std::string_view role, const RemoteSchema& remote,
                          const RemotePermission& permission) {
  for (const auto& other : graph.remote_schemas) {
    const auto granted = other->permissions.find(role);
    if (other.get() == &remote || granted == other->permissions.end()) continue;
    std::map<std::string_view, const graphql::NamedType*> theirs;
    for (const graphql::NamedType* type : granted->second.schema->types()) {
      if (IsShown(*granted->second.schema, *other, *type)) {
        theirs.emplace(other->names.Type(type->name), type);
      }
    }
    for (const graphql::NamedType* type : permission.schema->types()) {
      if (!IsShown(*permission.schema, remote, *type)) continue;
      const auto same = theirs.find(remote.names.Type(type->name));
      if (same == theirs.end()) continue;
      if (ShapeOf(*type, &permission) == ShapeOf(*same->second, &granted->second)) continue;
      return StrCat("the type \"", same->first, "\" differs from what the role may see of it in ",
                    "remote schema \"", other->name,
                    "\"; a prefix in `customization.type_names` keeps them apart");
    }
  }
  return {};
}

}  // namespace joinery::planner
