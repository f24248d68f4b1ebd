#include <algorithm>
#include <set>

#include "base/strings.h"
#include "graphql/interface_check.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

using graphql::TypeKind;

// Decides how the schema's names appear to clients.
class NameCustomizer {
 public:
  NameCustomizer(const metadata::RemoteCustomization& custom, const graphql::Schema& schema)
      : custom_(custom), schema_(schema) {}

  // Hasura's text of what is wrong; empty: fine.
  std::string Fill(RemoteNames& names) {
    names.root_namespace = custom_.root_namespace;
    for (const graphql::NamedType* type : schema_.types()) {
      const std::string name = TypeName(*type);
      if (name != type->name) names.types.emplace(type->name, name);
    }
    for (const auto& fields : custom_.field_names) NameFields(fields, names);
    std::string problem = DuplicateTypes(names);
    if (problem.empty()) problem = DuplicateFields(names);
    if (problem.empty()) problem = InterfaceFields(names);
    return problem;
  }

 private:
  bool IsRoot(const graphql::NamedType& type) const {
    return &type == schema_.query() || &type == schema_.mutation() ||
           &type == schema_.subscription();
  }

  std::string TypeName(const graphql::NamedType& type) const {
    const bool fixed = type.is_introspection || type.is_standard_scalar ||
                       type.name.starts_with("__") ||
                       (IsRoot(type) && custom_.root_namespace.empty());
    if (fixed) return std::string(type.name);
    const auto mapped = custom_.type_mapping.find(type.name);
    if (mapped != custom_.type_mapping.end()) return mapped->second;
    return StrCat(custom_.type_prefix, type.name, custom_.type_suffix);
  }

  void NameFields(const metadata::RemoteCustomization::FieldNames& fields,
                  RemoteNames& names) const {
    const graphql::NamedType* parent = schema_.type(fields.parent_type);
    if (parent == nullptr) return;
    for (const graphql::FieldDefinition& field : parent->fields()) {
      const auto mapped = fields.mapping.find(field.name);
      const std::string name = mapped != fields.mapping.end()
                                   ? mapped->second
                                   : StrCat(fields.prefix, field.name, fields.suffix);
      if (name != field.name) {
        names.fields.emplace(StrCat(fields.parent_type, ".", field.name), name);
      }
    }
  }

  static std::string Quoted(const std::set<std::string>& names) {
    std::vector<std::string> quoted;
    for (const std::string& name : names) quoted.push_back(StrCat("\"", name, "\""));
    return Join(quoted, ", ");
  }

  std::string DuplicateTypes(const RemoteNames& names) const {
    std::set<std::string> seen, twice;
    for (const graphql::NamedType* type : schema_.types()) {
      const std::string name(names.Type(type->name));
      if (!seen.insert(name).second) twice.insert(name);
    }
    if (twice.empty()) return {};
    return StrCat(
        "Type name mappings are not distinct; the following types appear more than once: ",
        Quoted(twice));
  }

  std::string DuplicateFields(const RemoteNames& names) const {
    for (const auto& customized : custom_.field_names) {
      const graphql::NamedType* type = schema_.type(customized.parent_type);
      if (type == nullptr) continue;
      std::set<std::string> seen, twice;
      for (const graphql::FieldDefinition& field : type->fields()) {
        const std::string name = names.Field(type->name, field.name);
        if (!seen.insert(name).second) twice.insert(name);
      }
      if (twice.empty()) continue;
      return StrCat(
          "Field name mappings for ",
          type->kind == TypeKind::kInterface ? "interface" : "object type", " \"", type->name,
          "\" are not distinct; the following fields appear more than once: ", Quoted(twice));
    }
    return {};
  }

  std::string InterfaceFields(const RemoteNames& names) const {
    for (const graphql::NamedType* type : schema_.types()) {
      const graphql::InterfaceType* interface = type->AsInterface();
      if (interface == nullptr || names.fields.empty()) continue;
      for (const graphql::ObjectType* object : interface->implementations) {
        for (const graphql::FieldDefinition& field : interface->field_list) {
          const std::string ours = names.Field(interface->name, field.name);
          const std::string theirs = names.Field(object->name, field.name);
          if (ours == theirs) continue;
          return StrCat(
              "Remote schema customization inconsistency: field name mapping for field \"",
              field.name, "\" of interface \"", interface->name,
              "\" is inconsistent with mapping for type \"", object->name,
              "\". Interface field name maps to \"", ours, "\". Type field name maps to \"", theirs,
              "\".");
        }
      }
    }
    return {};
  }

  const metadata::RemoteCustomization& custom_;
  const graphql::Schema& schema_;
};

bool IsReferenced(const graphql::Schema& schema, const graphql::NamedType& wanted) {
  for (const graphql::NamedType* type : schema.types()) {
    if (type->is_introspection) continue;
    for (const graphql::FieldDefinition& field : type->fields()) {
      if (field.type.named() == &wanted) return true;
    }
  }
  return false;
}

void HideRoots(RemoteSchema& remote) {
  if (!remote.names.root_namespace.empty()) return;
  for (const graphql::ObjectType* root :
       {remote.upstream->query(), remote.upstream->mutation(), remote.upstream->subscription()}) {
    if (root != nullptr && !IsReferenced(*remote.upstream, *root)) {
      remote.hidden_roots.emplace(root->name);
    }
  }
}

std::unique_ptr<RemoteSchema> Build(const Graph& graph, const metadata::RemoteSchema& metadata,
                                    std::string& reason) {
  const auto state = graph.world->remote_schemas.find(metadata.name);
  if (state == graph.world->remote_schemas.end()) {
    reason = "the remote schema has not been introspected";
    return nullptr;
  }
  if (state->second.schema == nullptr) {
    reason = state->second.error;
    return nullptr;
  }
  auto remote = std::make_unique<RemoteSchema>();
  remote->metadata = &metadata;
  remote->name = metadata.name;
  remote->upstream = state->second.schema;
  const auto interfaces = graphql::CheckInterfaces(*remote->upstream);
  if (!interfaces.empty()) {
    reason = interfaces.front().message;
    return nullptr;
  }
  reason = NameCustomizer(metadata.customization, *remote->upstream).Fill(remote->names);
  if (!reason.empty()) return nullptr;
  HideRoots(*remote);
  return remote;
}

}  // namespace

InconsistentObject::Member RemoteSchemaMember(const metadata::RemoteSchema& metadata) {
  return {.type = "remote_schema",
          .name = StrCat("remote_schema ", metadata.name),
          .definition = metadata.document};
}

void AddRemoteSchemas(Graph& graph, Inconsistencies& problems) {
  for (const metadata::RemoteSchema& metadata : graph.world->metadata->remote_schemas) {
    std::string reason;
    std::unique_ptr<RemoteSchema> remote = Build(graph, metadata, reason);
    if (remote == nullptr) {
      problems.Add(RemoteSchemaMember(metadata), reason);
    } else {
      graph.remote_schemas.push_back(std::move(remote));
    }
  }
}

}  // namespace joinery::planner
