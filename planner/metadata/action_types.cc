#include "planner/metadata/action_types.h"

#include <utility>

#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/printer.h"

namespace joinery::metadata {
namespace {

using json::Value;
namespace ast = graphql::ast;

Value* FindNamed(Value& list, std::string_view name) {
  for (Value& item : list.items()) {
    if (item.FindString("name") == name) return &item;
  }
  return nullptr;
}

Value& ListIn(Value& object, std::string_view member) {
  Value* found = object.Find(member);
  return found != nullptr && found->is_array() ? *found : object.Set(member, Value::Array());
}

// The element of that name, made when there is none.
Value& NamedIn(Value& list, std::string_view name) {
  if (Value* found = FindNamed(list, name)) return *found;
  Value fresh = Value::Object();
  fresh.Set("name", name);
  list.Append(std::move(fresh));
  return list.items().back();
}

std::string TypeText(const ast::TypeNode& node) {
  std::string out;
  graphql::PrintTypeNode(node, out);
  return out;
}

template <typename Definition>
Value FieldOf(const Definition& definition) {
  Value out = Value::Object();
  out.Set("name", definition.name);
  out.Set("type", TypeText(*definition.type));
  if (definition.description.present) out.Set("description", definition.description.text);
  return out;
}

void AddAction(const ast::FieldDefinition& field, bool query, Value& document) {
  Value* action = FindNamed(ListIn(document, "actions"), field.name);
  if (action == nullptr) return;
  Value* definition = action->Find("definition");
  if (definition == nullptr) definition = &action->Set("definition", Value::Object());
  definition->Set("type", query ? "query" : "mutation");
  definition->Set("output_type", TypeText(*field.type));
  Value arguments = Value::Array();
  for (const ast::InputValueDefinition& argument : field.arguments)
    arguments.Append(FieldOf(argument));
  definition->Set("arguments", std::move(arguments));
}

void AddType(const ast::TypeDefinition& type, Value& types) {
  switch (type.kind) {
    case ast::TypeDefinitionKind::kObject: {
      Value fields = Value::Array();
      for (const ast::FieldDefinition& field : type.fields) fields.Append(FieldOf(field));
      NamedIn(ListIn(types, "objects"), type.name).Set("fields", std::move(fields));
      return;
    }
    case ast::TypeDefinitionKind::kInputObject: {
      Value fields = Value::Array();
      for (const ast::InputValueDefinition& field : type.input_fields)
        fields.Append(FieldOf(field));
      NamedIn(ListIn(types, "input_objects"), type.name).Set("fields", std::move(fields));
      return;
    }
    case ast::TypeDefinitionKind::kEnum: {
      Value values = Value::Array();
      for (const ast::EnumValueDefinition& value : type.values) {
        Value one = Value::Object();
        one.Set("value", value.name);
        if (value.description.present) one.Set("description", value.description.text);
        values.Append(std::move(one));
      }
      NamedIn(ListIn(types, "enums"), type.name).Set("values", std::move(values));
      return;
    }
    case ast::TypeDefinitionKind::kScalar:
      NamedIn(ListIn(types, "scalars"), type.name);
      return;
    default:
      return;
  }
}

}  // namespace

Status ApplyActionTypes(const std::string& sdl, Value& document) {
  if (Trim(sdl).empty()) return OkStatus();
  const graphql::ParseResult parsed = graphql::ParseTypeSystem(sdl);
  if (!parsed.ok()) {
    return InvalidArgument(StrCat("line ", parsed.error.location.line, ", column ",
                                  parsed.error.location.column, ": ", parsed.error.message));
  }
  Value* types = document.Find("custom_types");
  if (types == nullptr || !types->is_object())
    types = &document.Set("custom_types", Value::Object());
  for (const ast::Definition& definition : parsed.document->definitions()) {
    if (definition.kind != ast::DefinitionKind::kType) continue;
    const ast::TypeDefinition& type = *definition.type;
    if (type.name != "Query" && type.name != "Mutation") {
      AddType(type, *types);
      // Adding types may move the document's members.
      types = document.Find("custom_types");
      continue;
    }
    for (const ast::FieldDefinition& field : type.fields) {
      AddAction(field, type.name == "Query", document);
      types = document.Find("custom_types");
    }
  }
  return OkStatus();
}

}  // namespace joinery::metadata
