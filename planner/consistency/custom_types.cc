#include "planner/consistency/custom_types.h"

#include <map>
#include <set>

#include "base/strings.h"
#include "planner/consistency/phases.h"
#include "planner/consistency/table_types.h"

namespace joinery::planner {
namespace {

bool IsStandardScalar(std::string_view name) {
  return name == "Int" || name == "Float" || name == "String" || name == "Boolean" || name == "ID";
}

bool IsDatabaseScalar(const Graph& graph, std::string_view name) {
  if (IsKnownScalar(name)) return true;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) {
      for (const Column& column : table->columns) {
        if (column.scalar.graphql_name == name) return true;
      }
    }
  }
  return false;
}

template <typename List>
const auto* FindNamed(const List& list, std::string_view name) {
  for (const auto& one : list) {
    if (one.name == name) return &one;
  }
  return static_cast<decltype(&list.front())>(nullptr);
}

class CustomTypesChecker {
 public:
  CustomTypesChecker(const Graph& graph, const metadata::CustomTypes& types)
      : graph_(graph), types_(types) {}

  std::vector<std::string> Check() {
    Duplicates();
    for (const auto& one : types_.input_objects) InputObject(one);
    for (const auto& one : types_.objects) Object(one);
    for (const auto& one : types_.enums) Enum(one);
    return std::move(reasons_);
  }

 private:
  template <typename... Pieces>
  void Say(const Pieces&... pieces) {
    reasons_.push_back(StrCat(pieces...));
  }

  void Duplicates() {
    std::map<std::string_view, int> seen;
    const auto count = [&](const auto& list) {
      for (const auto& one : list) ++seen[one.name];
    };
    count(types_.input_objects);
    count(types_.objects);
    count(types_.scalars);
    count(types_.enums);
    std::vector<std::string> twice;
    for (const auto& [name, times] : seen) {
      if (times > 1) twice.push_back(StrCat("\"", name, "\""));
    }
    if (!twice.empty()) Say("duplicate type names: ", Join(twice, ", "));
    for (const auto& [name, times] : seen) {
      if (IsTableType(graph_, name))
        Say("the type name \"", name, "\" is taken by a tracked table");
    }
  }

  template <typename Object>
  void DuplicateFields(std::string_view kind, const Object& object) {
    std::set<std::string_view> seen;
    std::vector<std::string> twice;
    for (const auto& field : object.fields) {
      if (!seen.insert(field.name).second) twice.push_back(StrCat("\"", field.name, "\""));
    }
    if (!twice.empty()) {
      Say("the ", kind, " \"", object.name, "\" has duplicate fields: ", Join(twice, ", "));
    }
  }

  void InputObject(const metadata::CustomInputObject& object) {
    DuplicateFields("input object", object);
    for (const auto& field : object.fields) {
      const CustomKind kind = KindOfCustomType(graph_, BaseTypeName(field.type));
      if (kind == CustomKind::kUnknown || kind == CustomKind::kObject) {
        Say("the type \"", BaseTypeName(field.type), "\" for field \"", field.name,
            "\" in  input object type \"", object.name, "\" does not exist");
      }
    }
  }

  void Object(const metadata::CustomObject& object) {
    DuplicateFields("object", object);
    for (const auto& field : object.fields) {
      const CustomKind kind = KindOfCustomType(graph_, BaseTypeName(field.type));
      if (kind == CustomKind::kUnknown || kind == CustomKind::kInputObject) {
        Say("the type \"", BaseTypeName(field.type), "\" for field \"", field.name,
            "\" in  object type \"", object.name, "\" does not exist");
      }
    }
    std::set<std::string_view> names;
    for (const auto& field : object.fields) names.insert(field.name);
    std::vector<std::string> collisions;
    for (const auto& relationship : object.relationships) {
      if (!names.insert(relationship.name).second) {
        collisions.push_back(StrCat("\"", relationship.name, "\""));
      }
      // Of `remote_relationships` one that is wrong is left out alone.
      const auto* target = std::get_if<metadata::ToSource>(&relationship.target);
      if (target != nullptr && relationship.definition.Find("definition") == nullptr) {
        Relationship(object, relationship, *target);
      }
    }
    if (!collisions.empty()) {
      Say("the relationships ", Join(collisions, ", "),
          " are duplicated/collide with fields in the object type \"", object.name, "\"");
    }
  }

  void Relationship(const metadata::CustomObject& object,
                    const metadata::RemoteRelationship& relationship,
                    const metadata::ToSource& target) {
    const std::string place = StrCat(" for relationship \"", relationship.name,
                                     "\" of object type \"", object.name, "\"");
    const std::string in = StrCat(" for relationship \"", relationship.name, "\" in object type \"",
                                  object.name, "\"");
    const Source* source = graph_.FindSource(target.source);
    const Table* table = source == nullptr ? nullptr : source->FindTable(target.table);
    // Of a source that is down nothing is known; the relationship is left out alone.
    const bool down =
        source == nullptr && FindNamed(graph_.world->metadata->sources, target.source) != nullptr;
    if (table == nullptr && !down) {
      Say("the remote table \"", SqlName(target.table), "\"", place, " does not exist");
    }
    for (const plan::ColumnPair& pair : target.field_mapping) {
      const metadata::CustomField* field = FindCustomField(object, pair.outer);
      const CustomKind kind = field == nullptr
                                  ? CustomKind::kUnknown
                                  : KindOfCustomType(graph_, BaseTypeName(field->type));
      if (kind != CustomKind::kScalar) {
        Say("the field \"", pair.outer, "\"", in, " does not exist");
      } else if (field->type.find('[') != std::string::npos) {
        Say("the type of the field \"", pair.outer, "\"", in, " is a list type");
      }
      if (table != nullptr && table->FindColumn(pair.inner) == nullptr) {
        Say("the column \"", pair.inner, "\" of remote table \"", SqlName(target.table), "\"",
            place, " does not exist");
      }
    }
  }

  void Enum(const metadata::CustomEnum& one) {
    std::set<std::string_view> seen;
    std::vector<std::string> twice;
    for (const auto& value : one.values) {
      if (!seen.insert(value.value).second) twice.push_back(StrCat("\"", value.value, "\""));
    }
    if (!twice.empty()) {
      Say("the enum type \"", one.name, "\" has duplicate values: ", Join(twice, ", "));
    }
  }

  const Graph& graph_;
  const metadata::CustomTypes& types_;
  std::vector<std::string> reasons_;
};

}  // namespace

std::string_view BaseTypeName(std::string_view type) {
  type = Trim(type);
  while (!type.empty() && (type.front() == '[' || type.front() == ' ')) type.remove_prefix(1);
  return type.substr(0, type.find_first_of("]! "));
}

const metadata::CustomField* FindCustomField(const metadata::CustomObject& object,
                                             std::string_view name) {
  return FindNamed(object.fields, name);
}

CustomKind KindOfCustomType(const Graph& graph, std::string_view name) {
  const metadata::CustomTypes& types = graph.world->metadata->custom_types;
  if (FindNamed(types.objects, name) != nullptr) return CustomKind::kObject;
  if (FindNamed(types.input_objects, name) != nullptr) return CustomKind::kInputObject;
  if (FindNamed(types.enums, name) != nullptr) return CustomKind::kEnum;
  if (FindNamed(types.scalars, name) != nullptr) return CustomKind::kScalar;
  if (IsStandardScalar(name) || IsDatabaseScalar(graph, name)) return CustomKind::kScalar;
  return CustomKind::kUnknown;
}

void AddCustomTypes(Graph& graph, Inconsistencies& problems) {
  const metadata::CustomTypes& types = graph.world->metadata->custom_types;
  const std::vector<std::string> reasons = CustomTypesChecker(graph, types).Check();
  if (reasons.empty()) {
    for (const auto& object : types.objects) graph.custom_objects[object.name].metadata = &object;
    return;
  }
  graph.custom_types_consistent = false;
  problems.Add({.type = "custom_types", .name = "custom_types custom_types", .definition = {}},
               BecauseOf("validation for the given custom types failed", reasons));
}

void AddActions(Graph& graph, Inconsistencies& problems) {
  for (const metadata::Action& action : graph.world->metadata->actions) {
    std::string reason;
    const auto handler = graph.world->action_errors.find(action.name);
    if (handler != graph.world->action_errors.end()) reason = handler->second;
    const auto kind_of = [&](std::string_view type) {
      const CustomKind kind = KindOfCustomType(graph, BaseTypeName(type));
      const bool declared = graph.custom_types_consistent || IsStandardScalar(BaseTypeName(type));
      return declared ? kind : CustomKind::kUnknown;
    };
    for (const metadata::ActionArgument& argument : action.arguments) {
      const CustomKind kind = kind_of(argument.type);
      if (!reason.empty() || (kind != CustomKind::kUnknown && kind != CustomKind::kObject))
        continue;
      reason = StrCat("the type: \"", BaseTypeName(argument.type),
                      "\" is not defined in custom types or it is not a scalar/enum/input_object");
    }
    const CustomKind output = kind_of(action.output_type);
    if (reason.empty() && (output == CustomKind::kUnknown || output == CustomKind::kInputObject)) {
      reason = StrCat("the type: \"", BaseTypeName(action.output_type),
                      "\" is not an object type defined in custom types");
    }
    if (!reason.empty()) {
      problems.Add(
          {.type = "action", .name = StrCat("action ", action.name), .definition = action.document},
          StrCat("in action \"", action.name, "\": ", reason));
      continue;
    }
    Action out{.metadata = &action, .roles = {}};
    for (const std::string& role : action.roles) {
      out.roles.insert(role);
      graph.roles.insert(role);
    }
    graph.actions.push_back(std::move(out));
  }
}

}  // namespace joinery::planner
