#include <algorithm>

#include "planner/consistency/custom_types.h"
#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

class ActionTypes {
 public:
  explicit ActionTypes(RoleBuilder& builder)
      : builder_(builder), types_(builder.graph().world->metadata->custom_types) {}

  void Add() {
    for (const metadata::CustomScalar& scalar : types_.scalars) {
      if (builder_.Claim(scalar.name)) {
        builder_.types().AddScalar(scalar.name, scalar.description);
      }
    }
    for (const metadata::CustomEnum& one : types_.enums) AddEnum(one);
    for (const metadata::CustomInputObject& one : types_.input_objects) AddInput(one);
    for (const auto& [name, object] : builder_.graph().custom_objects) AddObject(object);
  }

  // A type as metadata writes it; scalars of databases are added when new.
  TypeRef Parse(const std::string& text) {
    const std::string_view name = BaseTypeName(text);
    if (KindOf(name) == CustomKind::kScalar) {
      ScalarInfo scalar;
      scalar.graphql_name = name;
      ScalarType(builder_, scalar);
    }
    return builder_.types().ParseTypeText(text);
  }

 private:
  CustomKind KindOf(std::string_view name) { return KindOfCustomType(builder_.graph(), name); }

  void AddEnum(const metadata::CustomEnum& one) {
    if (!builder_.Claim(one.name)) return;
    const TypeHandle handle = builder_.types().AddEnum(one.name, one.description);
    for (const metadata::CustomEnumValue& value : one.values) {
      graphql::EnumValueSpec spec{.name = value.value, .description = value.description};
      if (value.deprecated) spec.deprecation_reason = "No longer supported";
      builder_.types().AddValue(handle, spec);
    }
  }

  void AddInput(const metadata::CustomInputObject& one) {
    if (!builder_.Claim(one.name)) return;
    const TypeHandle handle = builder_.types().AddInputObject(one.name, one.description);
    for (const metadata::CustomField& field : one.fields) {
      builder_.types().AddInputField(handle, {.name = field.name,
                                              .type = Parse(field.type),
                                              .description = field.description,
                                              .binding = builder_.Input(ActionInput{})});
    }
  }

  void AddObject(const CustomObject& object) {
    if (!builder_.Claim(object.metadata->name)) return;
    const TypeHandle handle =
        builder_.types().AddObject(object.metadata->name, object.metadata->description);
    for (const metadata::CustomField& field : object.metadata->fields) {
      builder_.types().AddField(handle, {.name = field.name,
                                         .type = Parse(field.type),
                                         .description = field.description,
                                         .binding = builder_.Field(ActionOutputField{})});
    }
    for (const auto& relationship : object.relationships) {
      AddRemoteRelationshipFields(builder_, handle, *relationship);
    }
  }

  RoleBuilder& builder_;
  const metadata::CustomTypes& types_;
};

void AddAsyncResult(RoleBuilder& builder, ActionTypes& types, const metadata::Action& action) {
  using Root = RoleBuilder::Root;
  if (!builder.Claim(action.name)) return;
  const TypeHandle handle =
      builder.types().AddObject(action.name, StrCat("fields of action: \"", action.name, "\""));
  const auto add = [&](std::string_view name, TypeRef type, std::string_view description) {
    builder.types().AddField(handle, {.name = name,
                                      .type = type,
                                      .description = description,
                                      .binding = builder.Field(ActionOutputField{})});
  };
  const auto scalar = [&](std::string_view name) { return types.Parse(std::string(name)); };
  add("created_at", NonNull(scalar("timestamptz")), "the time at which this action was created");
  add("errors", scalar("json"), "errors related to the invocation");
  add("id", NonNull(scalar("uuid")), "the unique id of an action");
  add("output", types.Parse(action.output_type).Nullable(), "the output fields of this action");
  const FieldSpec field{.name = action.name,
                        .type = builder.Type(action.name),
                        .description = action.comment,
                        .arguments = {{.name = "id",
                                       .type = NonNull(scalar("uuid")),
                                       .description = "the unique id of an action",
                                       .binding = builder.Input(ActionInput{})}},
                        .binding = builder.Field(ActionRootField{
                            .action = action.name, .mutation = false, .async_result = true})};
  builder.RootOf(Root::kQuery).Add(field);
  builder.RootOf(Root::kSubscription).Add(field);
}

}  // namespace

std::optional<ActionSignature> SignatureOf(RoleBuilder& builder, const metadata::Action& action,
                                           const json::Value& given) {
  const auto known = std::ranges::find(builder.graph().actions, &action, &Action::metadata);
  if (known == builder.graph().actions.end()) return std::nullopt;
  if (!builder.is_admin() && !known->roles.contains(builder.role())) return std::nullopt;
  ActionTypes types(builder);
  ActionSignature out{.output = types.Parse(action.output_type)};
  for (const metadata::ActionArgument& argument : action.arguments) {
    if (given.Find(argument.name) != nullptr) continue;
    out.arguments.push_back({.name = argument.name,
                             .type = types.Parse(argument.type),
                             .description = argument.description,
                             .binding = builder.Input(ActionInput{})});
  }
  return out;
}

void AddActionFields(RoleBuilder& builder) {
  ActionTypes types(builder);
  if (builder.graph().custom_types_consistent) types.Add();
  for (const Action& action : builder.graph().actions) {
    const metadata::Action& metadata = *action.metadata;
    auto signature = SignatureOf(builder, metadata, json::Value::Object());
    if (!signature) continue;
    const auto root = metadata.query ? RoleBuilder::Root::kQuery : RoleBuilder::Root::kMutation;
    builder.RootOf(root).Add(
        {.name = metadata.name,
         .type = metadata.asynchronous ? NonNull(types.Parse("uuid")) : signature->output,
         .description = metadata.comment,
         .arguments = std::move(signature->arguments),
         .binding = builder.Field(ActionRootField{.action = metadata.name,
                                                  .mutation = !metadata.query,
                                                  .asynchronous = metadata.asynchronous})});
    if (metadata.asynchronous) AddAsyncResult(builder, types, metadata);
  }
}

}  // namespace joinery::planner
