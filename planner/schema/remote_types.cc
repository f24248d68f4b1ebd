#include "planner/schema/remote_types.h"

namespace joinery::planner {
namespace {

using graphql::TypeKind;
using graphql::ast::OperationKind;

class RemoteTypeAdder {
 public:
  RemoteTypeAdder(RoleBuilder& builder, const RemoteView& view)
      : builder_(builder),
        view_(view),
        names_(view.remote().names),
        binding_(builder.Bind(view.remote())) {}

  void AddTypes() {
    for (const graphql::NamedType* type : view_.schema().types()) {
      if (type->is_introspection || type->is_standard_scalar) continue;
      if (view_.IsHiddenType(type->name)) continue;
      if (view_.remote().hidden_roots.contains(view_.UpstreamName(*type))) continue;
      const std::string_view name = names_.Type(view_.UpstreamName(*type));
      if (builder_.Claim(name)) AddType(*type, name);
    }
  }

  void AddRoots() {
    AddRoot(RoleBuilder::Root::kQuery, view_.schema().query());
    AddRoot(RoleBuilder::Root::kMutation, view_.schema().mutation());
    // They can be seen; planning refuses them.
    if (names_.root_namespace.empty()) {
      AddRoot(RoleBuilder::Root::kSubscription, view_.schema().subscription());
    }
  }

 private:
  void AddType(const graphql::NamedType& type, std::string_view name) {
    graphql::SchemaBuilder& types = builder_.types();
    switch (type.kind) {
      case TypeKind::kScalar:
        types.AddScalar(name, type.description, type.AsScalar()->specified_by_url);
        return;
      case TypeKind::kEnum: {
        const TypeHandle handle = types.AddEnum(name, type.description);
        for (const graphql::EnumValueDefinition& value : type.AsEnum()->values) {
          types.AddValue(handle, {.name = value.name,
                                  .description = value.description,
                                  .deprecation_reason = Reason(value.deprecation)});
        }
        return;
      }
      case TypeKind::kInputObject: {
        const TypeHandle handle = types.AddInputObject(name, type.description);
        for (const graphql::InputValueDefinition& field : type.AsInputObject()->input_fields) {
          if (view_.IsHidden(type.name, field)) continue;
          types.AddInputField(handle, view_.ConvertInput(field));
        }
        return;
      }
      case TypeKind::kUnion: {
        const TypeHandle handle = types.AddUnion(name, type.description);
        for (const graphql::ObjectType* member : type.AsUnion()->members) {
          types.AddMember(handle, names_.Type(member->name));
        }
        return;
      }
      case TypeKind::kInterface:
        AddFields(types.AddInterface(name, type.description), type, type.AsInterface()->interfaces);
        return;
      case TypeKind::kObject: {
        const TypeHandle handle = types.AddObject(name, type.description);
        AddFields(handle, type, type.AsObject()->interfaces);
        const auto joined = view_.remote().relationships.find(type.name);
        if (joined == view_.remote().relationships.end()) return;
        for (const auto& relationship : joined->second) {
          AddRemoteRelationshipFields(builder_, handle, *relationship);
        }
        return;
      }
    }
  }

  void AddFields(TypeHandle handle, const graphql::NamedType& type,
                 const graphql::NodeList<const graphql::InterfaceType*>& interfaces) {
    for (const graphql::InterfaceType* interface : interfaces) {
      builder_.types().AddInterfaceTo(handle, names_.Type(interface->name));
    }
    for (const graphql::FieldDefinition& field : type.fields()) {
      const std::string name = names_.Field(view_.UpstreamName(type), field.name);
      builder_.types().AddField(handle, Spec(type, field, name));
    }
  }

  FieldSpec Spec(const graphql::NamedType& type, const graphql::FieldDefinition& field,
                 std::string_view name) {
    RemoteField binding{.schema = binding_};
    if (name != field.name) binding.upstream_name = field.name;
    return {.name = name,
            .type = view_.Convert(field.type),
            .description = field.description,
            .arguments = view_.Arguments(type, field),
            .deprecation_reason = Reason(field.deprecation),
            .binding = builder_.Field(std::move(binding))};
  }

  void AddRoot(RoleBuilder::Root root, const graphql::ObjectType* type) {
    if (type == nullptr) return;
    RootType& ours = builder_.RootOf(root);
    if (!names_.root_namespace.empty()) {
      ours.Add({.name = names_.root_namespace,
                .type = builder_.Type(names_.Type(view_.UpstreamName(*type))),
                .binding = builder_.Field(NamespaceField{})});
      return;
    }
    for (const graphql::FieldDefinition& field : type->field_list) {
      const std::string name = names_.Field(view_.UpstreamName(*type), field.name);
      if (!ours.Has(name)) ours.Add(Spec(*type, field, name));
    }
  }

  static std::optional<std::string_view> Reason(const graphql::Deprecation& deprecation) {
    if (!deprecation.deprecated) return std::nullopt;
    return deprecation.reason;
  }

  RoleBuilder& builder_;
  const RemoteView& view_;
  const RemoteNames& names_;
  const RemoteSchemaBinding* binding_;
};

}  // namespace

RemoteView::RemoteView(RoleBuilder& builder, const RemoteSchema& remote)
    : builder_(builder), remote_(remote) {
  if (builder.is_admin() || !builder.options().remote_schema_permissions) {
    schema_ = remote.upstream.get();
    return;
  }
  const auto permission = remote.permissions.find(builder.role());
  if (permission == remote.permissions.end()) return;
  permission_ = &permission->second;
  schema_ = permission_->schema.get();
}

TypeRef RemoteView::Convert(TypeRef upstream) const {
  const std::string_view name = remote_.names.Type(UpstreamName(*upstream.named()));
  return upstream.WithNamed(builder_.Type(name));
}

std::string_view RemoteView::UpstreamName(const graphql::NamedType& type) const {
  if (permission_ == nullptr) return type.name;
  for (const OperationKind kind :
       {OperationKind::kQuery, OperationKind::kMutation, OperationKind::kSubscription}) {
    const graphql::ObjectType* upstream = remote_.upstream->root(kind);
    if (&type == schema_->root(kind) && upstream != nullptr) return upstream->name;
  }
  return type.name;
}

bool RemoteView::IsHidden(std::string_view owner,
                          const graphql::InputValueDefinition& input) const {
  return permission_ != nullptr && permission_->IsPreset(owner, input.name);
}

bool RemoteView::IsHiddenType(std::string_view input_type) const {
  return permission_ != nullptr && permission_->hidden_inputs.contains(input_type);
}

InputValueSpec RemoteView::ConvertInput(const graphql::InputValueDefinition& input) const {
  InputValueSpec spec{.name = input.name,
                      .type = Convert(input.type),
                      .description = input.description,
                      .binding = builder_.Input(RemoteInput{})};
  if (input.has_default()) spec.default_text = input.default_text;
  if (input.deprecation.deprecated) spec.deprecation_reason = input.deprecation.reason;
  return spec;
}

std::vector<InputValueSpec> RemoteView::Arguments(const graphql::NamedType& type,
                                                  const graphql::FieldDefinition& field) const {
  std::vector<InputValueSpec> out;
  const std::string owner =
      permission_ == nullptr ? std::string() : StrCat(UpstreamName(type), ".", field.name);
  for (const graphql::InputValueDefinition& argument : field.arguments) {
    if (!IsHidden(owner, argument)) out.push_back(ConvertInput(argument));
  }
  return out;
}

RemoteSchemaBinding* RoleBuilder::Bind(const RemoteSchema& remote) {
  RemoteSchemaBinding*& bound = remotes_[&remote];
  if (bound != nullptr) return bound;
  if (!RemoteView(*this, remote).visible()) return nullptr;
  auto binding = std::make_unique<RemoteSchemaBinding>();
  binding->name = remote.name;
  binding->upstream = remote.upstream;
  for (const auto& [upstream, client] : remote.names.types) {
    binding->upstream_types.emplace(client, upstream);
    binding->client_types.emplace(upstream, client);
  }
  const auto permission = remote.permissions.find(role());
  if (!is_admin_ && options_.remote_schema_permissions && permission != remote.permissions.end()) {
    for (const auto& [owner, presets] : permission->second.presets) {
      binding->presets.emplace(owner, presets);
    }
  }
  bound = binding.get();
  schema_.remote_schemas.push_back(std::move(binding));
  return bound;
}

void AddRemoteSchemaFields(RoleBuilder& builder, const RemoteSchema& remote) {
  const RemoteView view(builder, remote);
  if (!view.visible()) return;
  RemoteTypeAdder adder(builder, view);
  adder.AddTypes();
  adder.AddRoots();
}

}  // namespace joinery::planner
