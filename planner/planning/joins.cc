#include "planner/planning/joins.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/relational.h"
#include "planner/planning/remote.h"

namespace joinery::planner {
namespace {

constexpr uint32_t kMaxJoins = 500;

uint32_t AddTarget(Draft& parent, uint32_t key_set, plan::JoinTarget target) {
  parent.fragment.joins.push_back({.key_set = key_set});
  parent.joins.push_back(target);
  return static_cast<uint32_t>(parent.fragment.joins.size() - 1);
}

plan::RootShape ShapeOf(RelationshipField::Shape shape) {
  switch (shape) {
    case RelationshipField::Shape::kObject:
      return plan::RootShape::kObject;
    case RelationshipField::Shape::kArray:
      return plan::RootShape::kArray;
    case RelationshipField::Shape::kAggregate:
      return plan::RootShape::kAggregate;
  }
  return plan::RootShape::kArray;
}

IssueOr<plan::JoinTarget> JoinTable(Workbench& bench, uint32_t parent, uint32_t key_set,
                                    const ResolvedField& field,
                                    const RemoteRelationshipField::ToTable& target,
                                    const Places& places) {
  Draft& child =
      bench.SharedChild(bench.draft(parent), plan::SourceKind::kPostgres, target.target->source);
  plan::RelationalRoot root;
  root.batch = FeedBatch(child, {parent, key_set}, static_cast<uint32_t>(target.columns.size()));
  root.shape = ShapeOf(target.shape);
  root.key_columns = target.columns;
  root.key_types = target.types;
  if (std::ranges::find(target.any_of, true) != target.any_of.end())
    root.key_any_of = target.any_of;
  root.primary_key = target.target->primary_key;
  ASSIGN_OR_RETURN_ISSUE(
      root.relation, BuildRelation(bench, child, field, *target.target,
                                   target.shape == RelationshipField::Shape::kAggregate, places));
  if (target.shape == RelationshipField::Shape::kObject) root.relation.limit = {};
  child.relational().roots.push_back(std::move(root));
  return plan::JoinTarget{.fetch = child.index,
                          .root = static_cast<uint32_t>(child.relational().roots.size() - 1)};
}

// Writes the arguments of one step of the way into a remote schema. Keys become pieces of their
// own.
class StepWriter {
 public:
  StepWriter(Workbench& bench, Draft& draft, const RemoteRelationshipField& relationship,
             const RemoteRelationshipField::ToRemote& target, std::vector<plan::TextPiece>& pieces,
             std::vector<std::string>& key_types)
      : bench_(bench),
        draft_(draft),
        relationship_(relationship),
        target_(target),
        pieces_(pieces),
        key_types_(key_types) {}

  // `client`: the arguments that the client gave; null pointer on inner steps.
  void Step(const RemoteRelationshipField::ToRemote::Step& step,
            const std::vector<ResolvedMember>* client) {
    Text(step.field);
    bool first = true;
    const auto begin = [&](std::string_view name) {
      Text(first ? "(" : ", ");
      first = false;
      Text(name);
      Text(": ");
    };
    for (const auto& [name, value] : step.arguments.members()) {
      const graphql::InputValueDefinition* argument =
          step.upstream != nullptr ? step.upstream->argument(name) : nullptr;
      begin(name);
      Template(value, argument != nullptr ? argument->type : graphql::TypeRef(),
               ClientValue(client, name));
    }
    if (client != nullptr) {
      for (const ResolvedMember& member : *client) {
        const std::string_view name = UpstreamName(member);
        if (step.arguments.Find(name) != nullptr) continue;
        const graphql::InputValueDefinition* argument =
            step.upstream != nullptr ? step.upstream->argument(name) : nullptr;
        begin(name);
        Text(RemoteValueText(bench_, draft_, member.value,
                             argument != nullptr ? argument->type : graphql::TypeRef(),
                             *target_.schema));
      }
    }
    Presets(step, begin);
    if (!first) Text(")");
  }

  void Text(std::string_view text) {
    if (!pieces_.empty() && pieces_.back().kind == plan::TextPiece::Kind::kText) {
      pieces_.back().text.append(text);
    } else {
      pieces_.push_back({.text = std::string(text)});
    }
  }

 private:
  std::string_view UpstreamName(const ResolvedMember& member) const {
    const auto* input =
        std::get_if<RemoteInput>(&bench_.schema().input(member.definition->binding));
    return input != nullptr && !input->upstream_name.empty()
               ? std::string_view(input->upstream_name)
               : member.definition->name;
  }

  const ResolvedValue* ClientValue(const std::vector<ResolvedMember>* client,
                                   std::string_view name) const {
    if (client == nullptr) return nullptr;
    for (const ResolvedMember& member : *client) {
      if (UpstreamName(member) == name) return &member.value;
    }
    return nullptr;
  }

  // A preset on an argument that the relationship fills is ignored.
  template <typename Begin>
  void Presets(const RemoteRelationshipField::ToRemote::Step& step, const Begin& begin) {
    const graphql::ObjectType* query = target_.schema->upstream->query();
    std::string owner;
    for (const auto& [key, presets] : target_.schema->presets) {
      if (!key.ends_with(StrCat(".", step.field))) continue;
      const graphql::NamedType* type =
          target_.schema->upstream->type(std::string_view(key).substr(0, key.find('.')));
      if (type == nullptr || type->fields().Find(step.field) != step.upstream) continue;
      if (&step == &target_.steps.front() && type != query) continue;
      for (const RemotePreset& preset : presets) {
        if (step.arguments.Find(preset.name) != nullptr) continue;
        begin(preset.name);
        Text(PresetText(bench_, draft_, preset, *target_.schema));
      }
    }
  }

  void Template(const json::Value& value, graphql::TypeRef type, const ResolvedValue* client) {
    if (value.is_string() && value.string().starts_with("$$")) {
      return Text(LiteralText(json::Value(value.string().substr(1)), type));
    }
    if (value.is_string() && value.string().starts_with("$")) {
      return Key(value.string().substr(1), type);
    }
    if (value.is_object()) return Object(value, type, client);
    if (value.is_array()) return List(value, type, client);
    Text(LiteralText(value, type));
  }

  void Object(const json::Value& value, graphql::TypeRef type, const ResolvedValue* client) {
    // One object where a list of objects is expected stands for a list of one.
    const bool list = type && type.is_any_list();
    if (list) Text("[");
    const graphql::InputObjectType* object = type ? type.named()->AsInputObject() : nullptr;
    Text("{");
    bool first = true;
    for (const auto& [name, member] : value.members()) {
      Text(first ? "" : ", ");
      first = false;
      Text(name);
      Text(": ");
      const graphql::InputValueDefinition* field =
          object != nullptr ? object->field(name) : nullptr;
      const ResolvedValue* below = client != nullptr && client->kind == ResolvedValue::Kind::kObject
                                       ? client->Find(name)
                                       : nullptr;
      Template(member, field != nullptr ? field->type : graphql::TypeRef(), below);
    }
    if (client != nullptr) {
      for (const ResolvedMember& member : client->members) {
        const std::string_view name = UpstreamName(member);
        if (value.Find(name) != nullptr) continue;
        const graphql::InputValueDefinition* field =
            object != nullptr ? object->field(name) : nullptr;
        Text(first ? "" : ", ");
        first = false;
        Text(name);
        Text(": ");
        Text(RemoteValueText(bench_, draft_, member.value,
                             field != nullptr ? field->type : graphql::TypeRef(), *target_.schema));
      }
    }
    Text(list ? "}]" : "}");
  }

  void List(const json::Value& value, graphql::TypeRef type, const ResolvedValue* client) {
    const graphql::TypeRef item = type && type.is_any_list() ? type.Item() : graphql::TypeRef();
    Text("[");
    bool first = true;
    // The client's items come first.
    if (client != nullptr && client->kind == ResolvedValue::Kind::kList) {
      for (const ResolvedValue& given : client->items) {
        Text(first ? "" : ", ");
        first = false;
        Text(RemoteValueText(bench_, draft_, given, item, *target_.schema));
      }
    }
    for (const json::Value& element : value.items()) {
      Text(first ? "" : ", ");
      first = false;
      Template(element, item, nullptr);
    }
    Text("]");
  }

  void Key(std::string_view name, graphql::TypeRef type) {
    const auto found = std::ranges::find(relationship_.key_names, name);
    const uint32_t index = static_cast<uint32_t>(found - relationship_.key_names.begin());
    // One value given to a variable of a list type counts as a list of it, as a literal would.
    NoteType(index, type);
    pieces_.push_back({.kind = plan::TextPiece::Kind::kKey, .text = {}, .index = index});
  }

  // A key used at places of different types is written inline.
  void NoteType(uint32_t index, graphql::TypeRef type) {
    const graphql::NamedType* named = type ? type.named() : nullptr;
    std::string text;
    if (named != nullptr && named->is_leaf()) {
      text = graphql::TypeRefToString(graphql::NonNull(type));
    }
    std::string& known = key_types_[index];
    if (known == kUnset) {
      known = text;
    } else if (known != text) {
      known.clear();
    }
  }

 public:
  static constexpr std::string_view kUnset = "?";

 private:
  Workbench& bench_;
  Draft& draft_;
  const RemoteRelationshipField& relationship_;
  const RemoteRelationshipField::ToRemote& target_;
  std::vector<plan::TextPiece>& pieces_;
  std::vector<std::string>& key_types_;
};

IssueOr<plan::JoinTarget> JoinRemote(Workbench& bench, uint32_t parent_index, uint32_t key_set,
                                     const ResolvedField& field,
                                     const RemoteRelationshipField& relationship,
                                     const RemoteRelationshipField::ToRemote& target,
                                     const Places& places) {
  Draft& child = bench.SharedChild(bench.draft(parent_index), plan::SourceKind::kRemoteSchema,
                                   target.schema->name);
  plan::GraphqlRoot root;
  const uint32_t columns = KeyColumns(relationship.keys.size());
  // Each joined field has key types of its own, so it gets a batch of its own unless they agree.
  std::vector<std::string> key_types(columns, std::string(StepWriter::kUnset));
  StepWriter writer(bench, child, relationship, target, root.text, key_types);
  for (size_t i = 0; i < target.steps.size(); ++i) {
    if (i > 0) {
      writer.Text(" { ");
      root.path.push_back(target.steps[i].field);
    }
    writer.Step(target.steps[i], i + 1 == target.steps.size() ? &field.arguments : nullptr);
  }
  ASSIGN_OR_RETURN_ISSUE(RemoteSelection below,
                         BuildRemoteSelection(bench, child, field, *target.schema, places));
  if (!below.text.empty()) writer.Text(StrCat(" ", below.text));
  for (size_t i = 1; i < target.steps.size(); ++i) writer.Text(" }");
  for (std::string& type : key_types) {
    if (type == StepWriter::kUnset) type.clear();
  }
  auto& all_types = child.graphql().key_types;
  const plan::KeyInput keys{parent_index, key_set};
  uint32_t batch = 0;
  while (batch < child.inputs.size() &&
         (child.inputs[batch] != keys || all_types[batch] != key_types)) {
    ++batch;
  }
  if (batch == child.inputs.size()) {
    child.inputs.push_back(keys);
    child.fragment.batches.push_back({.columns = columns});
    all_types.push_back(std::move(key_types));
  }
  root.batch = batch;
  root.value = ProjectedField(field, std::move(below.projection));
  child.graphql().roots.push_back(std::move(root));
  return plan::JoinTarget{.fetch = child.index,
                          .root = static_cast<uint32_t>(child.graphql().roots.size() - 1)};
}

}  // namespace

uint32_t FeedBatch(Draft& child, plan::KeyInput keys, uint32_t columns) {
  const auto found = std::ranges::find(child.inputs, keys);
  if (found != child.inputs.end()) return static_cast<uint32_t>(found - child.inputs.begin());
  child.inputs.push_back(keys);
  child.fragment.batches.push_back({.columns = columns});
  return static_cast<uint32_t>(child.inputs.size() - 1);
}

uint32_t KeyColumns(size_t keys) { return static_cast<uint32_t>(std::max<size_t>(keys, 1)); }

IssueOr<uint32_t> RowKeySet(Workbench& bench, Draft& parent,
                            const RemoteRelationshipField& relationship,
                            std::vector<uint32_t>& place) {
  std::vector<plan::Scalar> scalars;
  for (const JoinKey& key : relationship.keys) {
    plan::Scalar scalar{.column = key.column, .type = key.type};
    if (key.function != nullptr) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench, parent, *key.function, nullptr, "$"));
      scalar.column.clear();
      scalar.function = std::make_unique<plan::FunctionCall>(std::move(call));
    }
    scalars.push_back(std::move(scalar));
  }
  const auto same = [](const plan::Scalar& a, const plan::Scalar& b) {
    return a.column == b.column && !a.function == !b.function &&
           (!a.function || a.function->function == b.function->function);
  };
  auto& all = parent.relational().key_scalars;
  for (const uint32_t candidate : place) {
    if (std::ranges::equal(all[candidate], scalars, same)) return candidate;
  }
  parent.fragment.key_sets.push_back({.columns = KeyColumns(scalars.size())});
  all.push_back(std::move(scalars));
  place.push_back(static_cast<uint32_t>(all.size() - 1));
  return place.back();
}

IssueOr<uint32_t> AddJoin(Workbench& bench, Draft& parent, uint32_t key_set,
                          const ResolvedField& field, const RemoteRelationshipField& relationship,
                          const Places& outer) {
  if (bench.CountJoin() > kMaxJoins) {
    return ValidationFailed("the operation joins more fields than one request may", field.path);
  }
  Places places = outer;
  PushPlaces(places, field.definition->type);
  const uint32_t parent_index = parent.index;
  // The join's number is taken first: children may add joins of their own, to other fetches only.
  const uint32_t join = AddTarget(parent, key_set, {});
  plan::JoinTarget target;
  if (const auto* table = std::get_if<RemoteRelationshipField::ToTable>(&relationship.target)) {
    ASSIGN_OR_RETURN_ISSUE(target, JoinTable(bench, parent_index, key_set, field, *table, places));
  } else if (const auto* action =
                 std::get_if<RemoteRelationshipField::ToAction>(&relationship.target)) {
    ASSIGN_OR_RETURN_ISSUE(
        target, JoinAction(bench, parent_index, key_set, field, relationship, *action, places));
  } else {
    ASSIGN_OR_RETURN_ISSUE(
        target,
        JoinRemote(bench, parent_index, key_set, field, relationship,
                   std::get<RemoteRelationshipField::ToRemote>(relationship.target), places));
  }
  target.bubble = BubbleLevels(outer, field.definition->type);
  bench.draft(parent_index).joins[join] = target;
  return join;
}

}  // namespace joinery::planner
