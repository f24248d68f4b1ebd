#include <algorithm>
#include <map>

#include "base/strings.h"
#include "planner/consistency/custom_types.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/remote_path.h"

namespace joinery::planner {
namespace {

// The side that owns the relationship.
class LeftSide {
 public:
  struct Field {
    JoinField join;
    JoinFieldType type;
  };
  virtual ~LeftSide() = default;
  virtual std::string name() const = 0;
  virtual std::optional<Field> Find(std::string_view field) const = 0;
  virtual std::vector<std::string> Allowed() const = 0;
  // What stands for the owner in the names of stripped input types.
  virtual std::string label() const = 0;
};

std::string AsName(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain) c = '_';
  }
  return out;
}

class TableSide : public LeftSide {
 public:
  explicit TableSide(const Table& table) : table_(table) {}
  std::string name() const override { return SqlName(table_.name); }
  std::string label() const override {
    std::string out = SqlName(table_.name);
    for (char& c : out) {
      if (c != '_' && AsName(std::string_view(&c, 1)) == "_") c = '_';
    }
    return out;
  }
  std::optional<Field> Find(std::string_view field) const override {
    if (const Column* column = table_.FindColumn(field)) {
      return Field{{.name = std::string(field), .column = column}, TypeOf(column->scalar)};
    }
    const ComputedField* computed = table_.FindComputedField(field);
    if (computed == nullptr || computed->target != nullptr ||
        !computed->function.AllHaveDefaults()) {
      return std::nullopt;
    }
    return Field{{.name = std::string(field), .computed = computed}, TypeOf(computed->scalar)};
  }
  std::vector<std::string> Allowed() const override {
    std::vector<std::string> out;
    for (const Column& column : table_.columns) out.push_back(column.name());
    for (const auto& field : table_.computed_fields) {
      if (Find(field->name)) out.push_back(field->name);
    }
    return out;
  }

 private:
  static JoinFieldType TypeOf(const ScalarInfo& scalar) {
    return {.name = scalar.graphql_name, .list_depth = scalar.is_array ? 1u : 0u};
  }
  const Table& table_;
};

class RemoteTypeSide : public LeftSide {
 public:
  RemoteTypeSide(const RemoteSchema& remote, const graphql::ObjectType& type, bool name_type)
      : remote_(remote), type_(type), name_type_(name_type) {}
  std::string name() const override { return std::string(type_.name); }
  std::string label() const override {
    return StrCat(AsName(remote_.name), name_type_ ? type_.name : std::string_view());
  }
  std::optional<Field> Find(std::string_view field) const override {
    const graphql::FieldDefinition* found = type_.field(field);
    if (found == nullptr || !found->arguments.empty()) return std::nullopt;
    const graphql::NamedType& named = *found->type.named();
    JoinFieldType type{.name = std::string(named.name), .composite = named.is_composite()};
    type.known = named.is_standard_scalar || named.kind == graphql::TypeKind::kEnum;
    for (graphql::TypeRef at = found->type; at.is_any_list(); at = at.Item()) ++type.list_depth;
    return Field{{.name = std::string(field)}, std::move(type)};
  }
  std::vector<std::string> Allowed() const override {
    std::vector<std::string> out;
    for (const graphql::FieldDefinition& field : type_.field_list) {
      if (field.arguments.empty()) out.emplace_back(field.name);
    }
    return out;
  }

 private:
  const RemoteSchema& remote_;
  const graphql::ObjectType& type_;
  const bool name_type_;
};

class ActionTypeSide : public LeftSide {
 public:
  ActionTypeSide(const Graph& graph, const metadata::CustomObject& object)
      : graph_(graph), object_(object) {}
  std::string name() const override { return object_.name; }
  std::string label() const override { return object_.name; }
  std::optional<Field> Find(std::string_view field) const override {
    const metadata::CustomField* found = FindCustomField(object_, field);
    if (found == nullptr) return std::nullopt;
    const CustomKind kind = KindOfCustomType(graph_, BaseTypeName(found->type));
    if (kind != CustomKind::kScalar && kind != CustomKind::kEnum) return std::nullopt;
    JoinFieldType type{.name = std::string(BaseTypeName(found->type))};
    type.list_depth = static_cast<uint32_t>(std::ranges::count(found->type, '['));
    const auto& scalars = graph_.world->metadata->custom_types.scalars;
    type.known = std::ranges::none_of(
        scalars, [&](const metadata::CustomScalar& scalar) { return scalar.name == type.name; });
    return Field{{.name = std::string(field)}, std::move(type)};
  }
  std::vector<std::string> Allowed() const override {
    std::vector<std::string> out;
    for (const metadata::CustomField& field : object_.fields) out.push_back(field.name);
    return out;
  }

 private:
  const Graph& graph_;
  const metadata::CustomObject& object_;
};

class RelationshipResolver {
  using FieldTypes = std::map<std::string, JoinFieldType, std::less<>>;

 public:
  RelationshipResolver(const Graph& graph, const LeftSide& left) : graph_(graph), left_(left) {}

  // Null: `reason` says why, without any prefix.
  std::unique_ptr<RemoteRelationship> Resolve(const metadata::RemoteRelationship& metadata,
                                              std::string& reason) {
    auto out = std::make_unique<RemoteRelationship>();
    out->name = metadata.name;
    out->owner_label = left_.label();
    if (!IsGraphqlName(metadata.name)) {
      reason = StrCat("\"", metadata.name, "\" is not a valid GraphQL identifier");
    } else if (const auto* source = std::get_if<metadata::ToSource>(&metadata.target)) {
      reason = ToTable(*source, *out);
    } else if (const auto* action = std::get_if<metadata::ToAction>(&metadata.target)) {
      reason = ToAction(*action, *out);
    } else {
      reason = ToRemote(std::get<metadata::ToRemoteSchema>(metadata.target), *out);
    }
    if (!reason.empty()) return nullptr;
    return out;
  }

 private:
  std::string ToTable(const metadata::ToSource& target, RemoteRelationship& out) {
    const Source* source = graph_.FindSource(target.source);
    if (source == nullptr) return StrCat("source not found: \"", target.source, "\"");
    JoinToTable table{.target = source->FindTable(target.table), .array = target.array};
    if (table.target == nullptr) {
      return StrCat("table \"", target.table.schema, ".", target.table.name,
                    "\" does not exist in source: ", target.source);
    }
    for (const plan::ColumnPair& pair : target.field_mapping) {
      const auto field = left_.Find(pair.outer);
      if (!field) return StrCat("\"", pair.outer, "\" does not exist");
      const Column* column = table.target->FindColumn(pair.inner);
      if (column == nullptr) return StrCat("\"", pair.inner, "\" does not exist");
      if (column->enum_table != nullptr) {
        return "relationships to enum fields are not supported yet";
      }
      if (!FitsColumn(field->type, *column)) {
        return StrCat("field \"", pair.outer, "\" of type \"", JoinTypeText(field->type),
                      "\" cannot be compared with column \"", pair.inner, "\" of type \"",
                      column->scalar.graphql_name, "\"");
      }
      out.keys.push_back(field->join);
      table.columns.push_back(column);
      table.any_of.push_back(field->type.list_depth > 0 && !column->scalar.is_array);
    }
    if (table.columns.empty()) return "the field mapping is empty";
    out.target = std::move(table);
    return {};
  }

  std::string ToRemote(const metadata::ToRemoteSchema& target, RemoteRelationship& out) {
    const RemoteSchema* remote = graph_.FindRemoteSchema(target.remote_schema);
    if (remote == nullptr) {
      return StrCat("remote schema with name \"", target.remote_schema, "\" not found");
    }
    FieldTypes types;
    if (std::string error = Keys(target.lhs_fields, out, types); !error.empty()) return error;
    RemotePath path = FollowRemotePath(*remote->upstream, target.steps, [&](std::string_view name) {
      const auto found = types.find(name);
      return found == types.end() ? nullptr : &found->second;
    });
    if (!path.error.empty()) return path.error;
    out.target =
        JoinToRemote{.schema = remote, .steps = target.steps, .fields = std::move(path.fields)};
    return {};
  }

  std::string ToAction(const metadata::ToAction& target, RemoteRelationship& out) {
    const auto action = std::ranges::find(graph_.actions, target.action, [](const Action& one) {
      return std::string_view(one.metadata->name);
    });
    if (action == graph_.actions.end()) {
      return StrCat("action with name \"", target.action, "\" does not exist");
    }
    if (!action->metadata->query) {
      return StrCat("action \"", target.action, "\" is a mutation; only queries can be joined");
    }
    FieldTypes types;
    if (std::string error = Keys(target.lhs_fields, out, types); !error.empty()) return error;
    for (const auto& [name, value] : target.arguments.members()) {
      std::string error = Input(*action->metadata, name, value, types);
      if (!error.empty()) return error;
    }
    out.target = JoinToAction{.action = action->metadata, .arguments = target.arguments};
    return {};
  }

  std::string Input(const metadata::Action& action, std::string_view name, const json::Value& value,
                    const FieldTypes& types) const {
    const auto argument =
        std::ranges::find(action.arguments, name, &metadata::ActionArgument::name);
    if (argument == action.arguments.end()) {
      return StrCat("argument with name \"", name, "\" not found in action \"", action.name, "\"");
    }
    if (std::string error = KnownVariables(value, types); !error.empty()) return error;
    const auto variable = VariableIn(value);
    if (!variable) return {};
    const JoinFieldType& field = types.find(*variable)->second;
    const bool custom =
        KindOfCustomType(graph_, BaseTypeName(argument->type)) == CustomKind::kInputObject;
    if (FitsInput(field, argument->type, custom)) return {};
    return StrCat("expected type \"", argument->type, "\" but got \"", JoinTypeText(field), "\"");
  }

  static std::string KnownVariables(const json::Value& value, const FieldTypes& types) {
    const auto variable = VariableIn(value);
    if (variable && !types.contains(*variable)) {
      return StrCat("variable \"", *variable, "\" is not found");
    }
    for (const json::Value& item : value.items()) {
      if (std::string error = KnownVariables(item, types); !error.empty()) return error;
    }
    for (const auto& [name, member] : value.members()) {
      if (std::string error = KnownVariables(member, types); !error.empty()) return error;
    }
    return {};
  }

  std::string Keys(const std::vector<std::string>& names, RemoteRelationship& out,
                   FieldTypes& types) const {
    for (const std::string& name : names) {
      const auto field = left_.Find(name);
      if (!field) return NotProvided(name);
      if (!IsGraphqlName(name)) return StrCat("\"", name, "\" is not a valid GraphQL identifier");
      out.keys.push_back(field->join);
      types.emplace(name, field->type);
    }
    return {};
  }

  std::string NotProvided(std::string_view field) const {
    return StrCat("field with name \"", field, "\"is not provided by the lhs entity\"",
                  left_.name(), "\"for defining a join condition, the allowed fields are ",
                  Join(left_.Allowed(), ", "));
  }

  const Graph& graph_;
  const LeftSide& left_;
};

void AddOfTable(const Graph& graph, Table& table, Inconsistencies& problems) {
  if (table.metadata->remote_relationships.empty()) return;
  const auto duplicates = ReportDuplicateFields(table, nullptr);
  const TableSide side(table);
  const FieldNames names(table);
  RelationshipResolver resolver(graph, side);
  for (const metadata::RemoteRelationship& metadata : table.metadata->remote_relationships) {
    if (duplicates.contains(metadata.name)) continue;
    std::string reason = names.ColumnConflict(metadata.name);
    std::unique_ptr<RemoteRelationship> built;
    if (reason.empty()) {
      built = resolver.Resolve(metadata, reason);
      reason = StrCat("in table \"", SqlName(table.name), "\": in remote relationship \"",
                      metadata.name, "\": ", reason);
    }
    if (built == nullptr) {
      problems.Add(TableMember(table, "remote_relationship", metadata.name, metadata.definition),
                   reason);
    } else {
      table.remote_relationships.push_back(std::move(built));
    }
  }
}

InconsistentObject::Member RemoteTypeMember(const RemoteSchema& remote, std::string_view type,
                                            const metadata::RemoteRelationship& relationship) {
  json::Value definition = json::Value::Object({{"remote_schema", json::Value(remote.name)},
                                                {"type_name", json::Value(type)},
                                                {"name", json::Value(relationship.name)}});
  if (const json::Value* written = relationship.definition.Find("definition")) {
    definition.Set("definition", *written);
  }
  return {.type = "remote_schema_remote_relationship",
          .name = StrCat("remote_schema_remote_relationship remote_relationship ",
                         relationship.name, " on type ", type, " in remote schema ", remote.name),
          .definition = std::move(definition)};
}

// How many types of the schema own a relationship of that name.
size_t OwnersOf(const RemoteSchema& remote, std::string_view name) {
  size_t owners = 0;
  for (const auto& group : remote.metadata->relationships) {
    for (const auto& one : group.relationships) owners += one.name == name ? 1 : 0;
  }
  return owners;
}

void AddOfRemoteType(const Graph& graph, RemoteSchema& remote,
                     const metadata::RemoteTypeRelationships& group, Inconsistencies& problems) {
  const graphql::NamedType* type = remote.upstream->type(group.type_name);
  for (const metadata::RemoteRelationship& metadata : group.relationships) {
    std::string reason;
    std::unique_ptr<RemoteRelationship> built;
    if (type == nullptr) {
      reason = StrCat("no type named \"", group.type_name, "\" defined in remote schema \"",
                      remote.name, "\"");
    } else if (type->AsObject() == nullptr) {
      reason = "remote relationships on a remote schema can only be defined on object types";
    } else if (type->fields().Find(metadata.name) != nullptr) {
      reason = StrCat("field with name \"", metadata.name, "\" already exists in type \"",
                      group.type_name, "\"");
    } else {
      const RemoteTypeSide side(remote, *type->AsObject(), OwnersOf(remote, metadata.name) > 1);
      built = RelationshipResolver(graph, side).Resolve(metadata, reason);
    }
    if (built == nullptr) {
      problems.Add(RemoteTypeMember(remote, group.type_name, metadata),
                   StrCat("in remote relationship \"", metadata.name, "\": ", reason));
    } else {
      remote.relationships[group.type_name].push_back(std::move(built));
    }
  }
}

void AddOfCustomObject(const Graph& graph, CustomObject& object, Inconsistencies& problems) {
  const ActionTypeSide side(graph, *object.metadata);
  RelationshipResolver resolver(graph, side);
  for (const metadata::RemoteRelationship& metadata : object.metadata->relationships) {
    std::string reason;
    std::unique_ptr<RemoteRelationship> built = resolver.Resolve(metadata, reason);
    if (built != nullptr) {
      object.relationships.push_back(std::move(built));
      continue;
    }
    problems.Add({.type = "remote_relationship",
                  .name = StrCat("remote_relationship ", metadata.name, " on custom type ",
                                 object.metadata->name),
                  .definition = metadata.definition},
                 StrCat("in object type \"", object.metadata->name, "\": in remote relationship \"",
                        metadata.name, "\": ", reason));
  }
}

}  // namespace

void AddRemoteRelationships(Graph& graph, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) AddOfTable(graph, *table, problems);
  }
  for (const auto& remote : graph.remote_schemas) {
    for (const auto& group : remote->metadata->relationships) {
      AddOfRemoteType(graph, *remote, group, problems);
    }
  }
  for (auto& [name, object] : graph.custom_objects) AddOfCustomObject(graph, object, problems);
}

}  // namespace joinery::planner
