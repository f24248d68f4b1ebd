#include "json/write.h"
#include "planner/consistency/remote_path.h"
#include "planner/schema/remote_types.h"

namespace joinery::planner {
namespace {

std::vector<JoinKey> KeysOf(RoleBuilder& builder, const RemoteRelationship& relationship) {
  std::vector<JoinKey> keys;
  for (const JoinField& field : relationship.keys) {
    JoinKey key;
    if (field.column != nullptr) {
      key.column = field.column->name();
      key.type = field.column->catalog->type;
    } else if (field.computed != nullptr) {
      key.function = builder.Bind(field.computed->function);
      key.type = field.computed->type;
    } else {
      key.member = field.name;
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> NamesOf(const RemoteRelationship& relationship) {
  std::vector<std::string> names;
  for (const JoinField& field : relationship.keys) names.push_back(field.name);
  return names;
}

void AddToTable(RoleBuilder& builder, TypeHandle owner, const RemoteRelationship& relationship,
                const JoinToTable& to) {
  const TableView* target = builder.View(*to.target);
  if (target == nullptr) return;
  const auto bind = [&](RelationshipField::Shape shape) {
    RemoteRelationshipField::ToTable table{
        .target = target->binding, .shape = shape, .any_of = to.any_of};
    for (const Column* column : to.columns) {
      table.columns.push_back(column->name());
      table.types.push_back(column->catalog->type);
    }
    return builder.Field(RemoteRelationshipField{.keys = KeysOf(builder, relationship),
                                                 .target = std::move(table),
                                                 .key_names = NamesOf(relationship)});
  };
  const TypeRef row = builder.Type(to.target->type_name);
  if (!to.array) {
    if (!target->has_type) return;
    builder.types().AddField(owner, {.name = relationship.name,
                                     .type = row,
                                     .binding = bind(RelationshipField::Shape::kObject)});
    return;
  }
  if (target->has_type) {
    builder.types().AddField(owner, {.name = relationship.name,
                                     .type = NonNull(List(NonNull(row))),
                                     .arguments = ListArguments(builder, *target),
                                     .binding = bind(RelationshipField::Shape::kArray)});
  }
  if (!target->permission->allow_aggregations) return;
  const std::string name =
      target->naming().Field(Identifier::Custom(relationship.name).Then("aggregate"));
  builder.types().AddField(owner, {.name = name,
                                   .type = NonNull(builder.Type(target->TypeName("aggregate"))),
                                   .arguments = ListArguments(builder, *target),
                                   .binding = bind(RelationshipField::Shape::kAggregate)});
}

// Takes what a definition gives out of the arguments that clients see.
class Stripper {
 public:
  Stripper(RoleBuilder& builder, const RemoteView& view, const RemoteRelationship& relationship)
      : builder_(builder),
        view_(view),
        suffix_(StrCat("_remote_rel_", relationship.owner_label, relationship.name)) {}

  // What is left of an input; nullopt: nothing.
  std::optional<InputValueSpec> Strip(const graphql::InputValueDefinition& input,
                                      const json::Value* given) {
    if (given == nullptr) return view_.ConvertInput(input);
    const json::Value* object = ObjectIn(*given);
    const graphql::InputObjectType* type = input.type.named()->AsInputObject();
    if (object == nullptr || type == nullptr) return std::nullopt;
    const std::string name = StripType(*type, *object);
    if (name.empty()) return std::nullopt;
    InputValueSpec spec = view_.ConvertInput(input);
    // What the definition gives is enough: the client need not add to it.
    spec.type = spec.type.WithNamed(builder_.Type(name)).Nullable();
    spec.default_text.reset();
    return spec;
  }

 private:
  // The object of an input object's template, or of a list of one.
  static const json::Value* ObjectIn(const json::Value& given) {
    if (given.is_object()) return &given;
    if (given.is_array() && !given.items().empty() && given.items().front().is_object()) {
      return &given.items().front();
    }
    return nullptr;
  }

  // The name of the stripped type; empty when nothing of it is left.
  std::string StripType(const graphql::InputObjectType& type, const json::Value& given) {
    std::vector<InputValueSpec> fields;
    for (const graphql::InputValueDefinition& field : type.input_fields) {
      if (view_.IsHidden(type.name, field)) continue;
      if (auto left = Strip(field, given.Find(field.name))) fields.push_back(std::move(*left));
    }
    if (fields.empty()) return {};
    const std::string base = StrCat(view_.remote().names.Type(type.name), suffix_);
    const std::string shape = json::ToString(given);
    for (int i = 1;; ++i) {
      std::string name = i == 1 ? base : StrCat(base, "_", i);
      const auto [known, fresh] = made_.try_emplace(name, shape);
      if (!fresh && known->second != shape) continue;
      if (fresh && builder_.Claim(name)) {
        const TypeHandle handle = builder_.types().AddInputObject(name, type.description);
        for (const InputValueSpec& field : fields) builder_.types().AddInputField(handle, field);
        builder_.Bind(view_.remote())->upstream_types.emplace(name, type.name);
      }
      return name;
    }
  }

  RoleBuilder& builder_;
  const RemoteView& view_;
  const std::string suffix_;
  std::map<std::string, std::string> made_;  // Name → what was taken out.
};

void AddToRemote(RoleBuilder& builder, TypeHandle owner, const RemoteRelationship& relationship,
                 const JoinToRemote& to) {
  const RemoteView view(builder, *to.schema);
  if (!view.visible() || !HasRemotePath(view.schema(), to.steps)) return;
  RemoteRelationshipField::ToRemote target;
  target.schema = builder.Bind(*to.schema);
  for (size_t i = 0; i < to.steps.size(); ++i) {
    target.steps.push_back(
        {.field = to.steps[i].field, .arguments = to.steps[i].arguments, .upstream = to.fields[i]});
  }
  const graphql::NamedType* type = view.schema().query();
  const graphql::FieldDefinition* field = nullptr;
  for (const metadata::RemoteFieldStep& step : to.steps) {
    if (field != nullptr) type = field->type.named();
    field = type->fields().Find(step.field);
  }
  Stripper stripper(builder, view, relationship);
  const std::string presets = StrCat(view.UpstreamName(*type), ".", field->name);
  std::vector<InputValueSpec> arguments;
  for (const graphql::InputValueDefinition& argument : field->arguments) {
    const json::Value* given = to.steps.back().arguments.Find(argument.name);
    if (view.IsHidden(presets, argument)) continue;
    if (auto left = stripper.Strip(argument, given)) arguments.push_back(std::move(*left));
  }
  builder.types().AddField(
      owner,
      {.name = relationship.name,
       .type = view.Convert(field->type),
       .description = field->description,
       .arguments = std::move(arguments),
       .binding = builder.Field(RemoteRelationshipField{.keys = KeysOf(builder, relationship),
                                                        .target = std::move(target),
                                                        .key_names = NamesOf(relationship)})});
}

void AddToAction(RoleBuilder& builder, TypeHandle owner, const RemoteRelationship& relationship,
                 const JoinToAction& to) {
  auto signature = SignatureOf(builder, *to.action, to.arguments);
  if (!signature) return;
  RemoteRelationshipField binding{
      .keys = KeysOf(builder, relationship),
      .target =
          RemoteRelationshipField::ToAction{.action = to.action->name, .arguments = to.arguments},
      .key_names = NamesOf(relationship)};
  builder.types().AddField(owner, {.name = relationship.name,
                                   .type = signature->output,
                                   .description = to.action->comment,
                                   .arguments = std::move(signature->arguments),
                                   .binding = builder.Field(std::move(binding))});
}

}  // namespace

void AddRemoteRelationshipFields(RoleBuilder& builder, TypeHandle owner,
                                 const RemoteRelationship& relationship) {
  if (const auto* table = std::get_if<JoinToTable>(&relationship.target)) {
    AddToTable(builder, owner, relationship, *table);
  } else if (const auto* action = std::get_if<JoinToAction>(&relationship.target)) {
    AddToAction(builder, owner, relationship, *action);
  } else {
    AddToRemote(builder, owner, relationship, std::get<JoinToRemote>(relationship.target));
  }
}

}  // namespace joinery::planner
