#include <algorithm>

#include "base/strings.h"
#include "graphql/coercion.h"
#include "graphql/printer.h"
#include "planner/consistency/remote_document.h"

namespace joinery::planner {
namespace {

namespace ast = graphql::ast;

class PresetReader {
 public:
  PresetReader(const graphql::Document& document, const graphql::Schema& schema,
               const graphql::Schema& upstream, RemotePermission& out,
               std::vector<std::string>& reasons)
      : document_(document), schema_(schema), upstream_(upstream), out_(out), reasons_(reasons) {}

  void Read() {
    for (const ast::Definition& definition : document_.definitions()) {
      if (definition.type == nullptr) continue;
      const ast::TypeDefinition& type = *definition.type;
      const graphql::NamedType* upstream = Upstream(type.name);
      if (upstream == nullptr) continue;
      for (const ast::FieldDefinition& field : type.fields) {
        const graphql::FieldDefinition* theirs = upstream->fields().Find(field.name);
        if (theirs == nullptr) continue;
        const std::string owner = StrCat(upstream->name, ".", field.name);
        for (const ast::InputValueDefinition& argument : field.arguments) {
          Input(owner, argument, theirs->argument(argument.name));
        }
      }
      if (const graphql::InputObjectType* object = upstream->AsInputObject()) {
        for (const ast::InputValueDefinition& field : type.input_fields) {
          Input(std::string(type.name), field, object->field(field.name));
        }
      }
    }
    while (HideOne()) {
    }
  }

 private:
  // A root of the document may be called otherwise than upstream's.
  const graphql::NamedType* Upstream(std::string_view name) const {
    for (const auto kind : {ast::OperationKind::kQuery, ast::OperationKind::kMutation,
                            ast::OperationKind::kSubscription}) {
      if (schema_.root(kind) != nullptr && schema_.root(kind)->name == name) {
        return upstream_.root(kind);
      }
    }
    return upstream_.type(name);
  }

  void Input(const std::string& owner, const ast::InputValueDefinition& input,
             const graphql::InputValueDefinition* upstream) {
    const ast::Directive* preset = nullptr;
    for (const ast::Directive& directive : input.directives) {
      if (directive.name != "preset") continue;
      if (preset != nullptr) {
        reasons_.push_back(StrCat("found multiple preset directives at \"", input.name, "\""));
        return;
      }
      preset = &directive;
    }
    if (preset == nullptr || upstream == nullptr) return;
    Preset(owner, input, *upstream, *preset);
  }

  void Preset(const std::string& owner, const ast::InputValueDefinition& input,
              const graphql::InputValueDefinition& upstream, const ast::Directive& directive) {
    if (directive.arguments.empty()) {
      reasons_.push_back("no arguments found in the preset directive");
      return;
    }
    const ast::Value* value = nullptr;
    bool is_static = false;
    for (const ast::Argument& argument : directive.arguments) {
      if (argument.name == "value") value = &argument.value;
      if (argument.name != "static") continue;
      if (argument.value.kind != ast::ValueKind::kBoolean) {
        reasons_.push_back("expected preset static value to be a Boolean value");
        return;
      }
      is_static = argument.value.boolean;
    }
    if (value == nullptr) {
      reasons_.push_back(StrCat("preset argument \"value\" not found at \"", input.name, "\""));
      return;
    }
    RemotePreset preset{.name = std::string(input.name), .upstream = &upstream};
    preset.value_is_enum = upstream.type.named()->AsEnum() != nullptr;
    const bool session = value->kind == ast::ValueKind::kString && !is_static &&
                         StartsWithIgnoreCase(value->text, "x-hasura-");
    if (session) {
      if (upstream.type.is_any_list() || !upstream.type.named()->is_leaf()) {
        reasons_.push_back(StrCat("illegal preset value at \"", input.name,
                                  "\". Session arguments can only be set for singleton values"));
        return;
      }
      preset.session_variable = ToLower(value->text);
    } else {
      Check(*value, upstream.type);
      preset.value = graphql::LiteralToJson(*value, json::Value());
    }
    out_.presets[owner].push_back(std::move(preset));
  }

  void Check(const ast::Value& value, graphql::TypeRef type) {
    if (value.kind == ast::ValueKind::kNull) return;
    if (type.is_any_list()) {
      if (value.kind != ast::ValueKind::kList) return Check(value, type.Item());
      for (const ast::Value& item : value.items) Check(item, type.Item());
      return;
    }
    const graphql::NamedType& named = *type.named();
    const auto expected = [&](std::string_view what) {
      reasons_.push_back(StrCat("expected preset value \"",
                                graphql::ToString(value, graphql::PrintStyle::kCompact),
                                "\" of type \"", named.name, "\" to be ", what));
    };
    if (named.AsEnum() != nullptr) {
      const graphql::NamedType* ours = schema_.type(named.name);
      if (value.kind != ast::ValueKind::kEnum) return expected("an enum value");
      if (ours == nullptr || ours->AsEnum() == nullptr ||
          ours->AsEnum()->value(value.text) == nullptr) {
        reasons_.push_back(
            StrCat("\"", value.text, "\" not found in the enum: \"", named.name, "\""));
      }
      return;
    }
    if (const graphql::InputObjectType* object = named.AsInputObject()) {
      if (value.kind != ast::ValueKind::kObject) return expected("an input object value");
      for (const ast::ObjectField& field : value.fields) {
        const graphql::InputValueDefinition* theirs = object->field(field.name);
        if (theirs == nullptr) {
          reasons_.push_back(
              StrCat("\"", field.name, "\" not found in the input object: \"", named.name, "\""));
        } else {
          Check(field.value, theirs->type);
        }
      }
      return;
    }
    const bool scalar = value.kind != ast::ValueKind::kList &&
                        value.kind != ast::ValueKind::kObject &&
                        value.kind != ast::ValueKind::kEnum;
    if (!scalar) expected("a scalar value");
  }

  // Finds an input object all of whose fields are preset, and presets the places of its type.
  bool HideOne() {
    for (const graphql::NamedType* type : schema_.types()) {
      const graphql::InputObjectType* object = type->AsInputObject();
      if (object == nullptr || out_.hidden_inputs.contains(object->name)) continue;
      const bool all = std::ranges::all_of(object->input_fields, [&](const auto& field) {
        return out_.IsPreset(object->name, field.name);
      });
      if (!all || object->input_fields.empty()) continue;
      out_.hidden_inputs.emplace(object->name);
      PresetPlaces(*object);
      return true;
    }
    return false;
  }

  void PresetPlaces(const graphql::InputObjectType& hidden) {
    const std::vector<RemotePreset> members = out_.presets[std::string(hidden.name)];
    const auto preset = [&](std::string_view owner, const graphql::InputValueDefinition& input,
                            const graphql::InputValueDefinition* upstream) {
      if (input.type.named() != &hidden || upstream == nullptr) return;
      if (out_.IsPreset(owner, input.name)) return;
      out_.presets[std::string(owner)].push_back(
          {.name = std::string(input.name), .upstream = upstream, .members = members});
    };
    for (const graphql::NamedType* type : schema_.types()) {
      if (type->is_introspection) continue;
      const graphql::NamedType* upstream = Upstream(type->name);
      if (upstream == nullptr) continue;
      for (const graphql::FieldDefinition& field : type->fields()) {
        const graphql::FieldDefinition* theirs = upstream->fields().Find(field.name);
        if (theirs == nullptr) continue;
        for (const graphql::InputValueDefinition& argument : field.arguments) {
          preset(StrCat(upstream->name, ".", field.name), argument,
                 theirs->argument(argument.name));
        }
      }
      const graphql::InputObjectType* object = type->AsInputObject();
      if (object == nullptr || upstream->AsInputObject() == nullptr) continue;
      for (const graphql::InputValueDefinition& field : object->input_fields) {
        preset(object->name, field, upstream->AsInputObject()->field(field.name));
      }
    }
  }

  const graphql::Document& document_;
  const graphql::Schema& schema_;
  const graphql::Schema& upstream_;
  RemotePermission& out_;
  std::vector<std::string>& reasons_;
};

}  // namespace

void ReadRemotePresets(const graphql::Document& document, const graphql::Schema& schema,
                       const graphql::Schema& upstream, RemotePermission& out,
                       std::vector<std::string>& reasons) {
  PresetReader(document, schema, upstream, out, reasons).Read();
}

}  // namespace joinery::planner
