#include "planner/metadata/action_types.h"

#include <string_view>
#include <utility>
#include <vector>

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

std::string TypeText(const ast::TypeNode& node) {
  std::string out;
  graphql::PrintTypeNode(node, out);
  return out;
}

// Blanks around a description are layout.
std::string TextOf(const ast::Description& description) {
  return std::string(Trim(description.text));
}

template <typename Definition>
Value FieldOf(const Definition& definition) {
  Value out = Value::Object();
  out.Set("name", definition.name);
  out.Set("type", TypeText(*definition.type));
  if (definition.description.present) out.Set("description", TextOf(definition.description));
  return out;
}

// Adds the definitions of one text to a document.
class TypesReader {
 public:
  TypesReader(Value& document, const TypePlaces& places) : document_(document), places_(places) {}

  void Add(const ast::TypeDefinition& type) {
    if (type.name != "Query" && type.name != "Mutation") return AddType(type);
    for (const ast::FieldDefinition& field : type.fields) AddAction(field, type.name == "Query");
  }

 private:
  void Tell(const std::string& path, const graphql::Location& at) const {
    if (places_) places_(path, static_cast<int>(at.line), static_cast<int>(at.column));
  }

  template <typename Definition>
  Value Fields(const graphql::NodeList<Definition>& definitions, const std::string& path) const {
    Value out = Value::Array();
    for (const Definition& definition : definitions) {
      Tell(StrCat(path, "[", out.items().size(), "]"), definition.location);
      Value field = FieldOf(definition);
      if constexpr (requires { definition.arguments; }) {
        if (!definition.arguments.empty()) {
          field.Set("arguments", Fields(definition.arguments, path));
        }
      }
      out.Append(std::move(field));
    }
    return out;
  }

  void AddAction(const ast::FieldDefinition& field, bool query) {
    Value& actions = ListIn(document_, "actions");
    Value* action = FindNamed(actions, field.name);
    if (action == nullptr) return;
    const std::string path = StrCat("$.actions[", action - actions.items().data(), "].definition");
    Value* definition = action->Find("definition");
    if (definition == nullptr) definition = &action->Set("definition", Value::Object());
    // The CLI writes an empty kind for queries, which have none.
    if (definition->FindString("kind") == "") definition->Remove("kind");
    for (const std::string_view member : {"type", "output_type", "arguments"}) {
      Tell(StrCat(path, ".", member), field.location);
    }
    definition->Set("type", query ? "query" : "mutation");
    definition->Set("output_type", TypeText(*field.type));
    definition->Set("arguments", Fields(field.arguments, StrCat(path, ".arguments")));
  }

  // The element of that name of a list of custom types, made when there is none.
  Value& TypeIn(std::string_view list, const ast::TypeDefinition& type, std::string& path) {
    Value* types = document_.Find("custom_types");
    if (types == nullptr || !types->is_object()) {
      types = &document_.Set("custom_types", Value::Object());
    }
    Value& all = ListIn(*types, list);
    Value* found = FindNamed(all, type.name);
    const bool fresh = found == nullptr;
    if (fresh) {
      all.Append(Value::Object());
      found = &all.items().back();
      found->Set("name", type.name);
      if (type.description.present) found->Set("description", TextOf(type.description));
    }
    path = StrCat("$.custom_types.", list, "[", found - all.items().data(), "]");
    if (fresh) Tell(path, type.location);
    return *found;
  }

  static void SetFields(Value& object, Value fields, bool extension) {
    if (!extension) {
      object.Set("fields", std::move(fields));
      return;
    }
    for (Value& field : fields.items()) ListIn(object, "fields").Append(std::move(field));
  }

  void AddType(const ast::TypeDefinition& type) {
    std::string path;
    switch (type.kind) {
      case ast::TypeDefinitionKind::kObject: {
        Value& object = TypeIn("objects", type, path);
        SetFields(object, Fields(type.fields, StrCat(path, ".fields")), type.extension);
        return;
      }
      case ast::TypeDefinitionKind::kInputObject: {
        Value& object = TypeIn("input_objects", type, path);
        SetFields(object, Fields(type.input_fields, StrCat(path, ".fields")), type.extension);
        return;
      }
      case ast::TypeDefinitionKind::kEnum:
        return AddEnum(type);
      case ast::TypeDefinitionKind::kScalar:
        TypeIn("scalars", type, path);
        return;
      default:
        return;
    }
  }

  // What actions.yaml says of a value beyond its name and description stays.
  void AddEnum(const ast::TypeDefinition& type) {
    std::string path;
    Value& target = TypeIn("enums", type, path);
    Value values = Value::Array();
    for (const ast::EnumValueDefinition& definition : type.values) {
      Value one = Value::Object({{"value", Value(definition.name)}});
      if (const Value* known = target.Find("values")) {
        for (const Value& value : known->items()) {
          if (value.FindString("value") == definition.name) one = value;
        }
      }
      if (definition.description.present) one.Set("description", TextOf(definition.description));
      Tell(StrCat(path, ".values[", values.items().size(), "]"), definition.location);
      values.Append(std::move(one));
    }
    target.Set("values", std::move(values));
  }

  Value& document_;
  const TypePlaces& places_;
};

// --- Writing

bool ReadsBack(const std::string& literal, std::string_view text) {
  const graphql::ParseResult parsed = graphql::ParseTypeSystem(StrCat(literal, " scalar S"));
  return parsed.ok() && TextOf(parsed.document->definitions()[0].type->description) == text;
}

// The CLI writes all descriptions as blocks; where that would change the text it is quoted.
std::string DescriptionText(const Value& described) {
  const auto text = described.FindString("description");
  if (!text || text->empty()) return {};
  std::string block = StrCat("\"\"\" ", *text, " \"\"\" ");
  if (ReadsBack(block, *text)) return block;
  std::string quoted;
  graphql::PrintString(*text, quoted);
  return quoted + " ";
}

const std::vector<Value>& ItemsOf(const Value* object, std::string_view list) {
  static const std::vector<Value> kNone;
  const Value* found = object == nullptr ? nullptr : object->Find(list);
  return found == nullptr ? kNone : found->items();
}

std::string TextOf(const Value& object, std::string_view member) {
  return std::string(object.FindString(member).value_or(""));
}

std::string FieldsText(const std::vector<Value>& fields, std::string_view indent);

std::string FieldText(const Value& field, std::string_view indent) {
  std::string out = StrCat(indent, DescriptionText(field), TextOf(field, "name"));
  if (const auto& arguments = ItemsOf(&field, "arguments"); !arguments.empty()) {
    StrAppend(out, "(\n", FieldsText(arguments, "    "), "\n  )");
  }
  return StrCat(out, ": ", TextOf(field, "type"));
}

std::string FieldsText(const std::vector<Value>& fields, std::string_view indent) {
  std::vector<std::string> lines;
  for (const Value& field : fields) lines.push_back(FieldText(field, indent));
  return Join(lines, "\n");
}

std::string Braced(const Value& type, std::string_view keyword, const std::string& members) {
  return StrCat(DescriptionText(type), keyword, " ", TextOf(type, "name"), " {\n", members,
                "\n}\n\n");
}

std::string ActionText(const Value& action) {
  static const Value kNone = Value::Object();
  const Value* found = action.Find("definition");
  const Value& definition = found == nullptr ? kNone : *found;
  Value field = Value::Object({{"name", Value(TextOf(action, "name"))},
                               {"type", Value(TextOf(definition, "output_type"))}});
  if (const Value* arguments = definition.Find("arguments")) field.Set("arguments", *arguments);
  const Value root = Value::Object(
      {{"name", Value(TextOf(definition, "type") == "query" ? "Query" : "Mutation")}});
  return Braced(root, "type", FieldText(field, "  "));
}

std::string EnumText(const Value& type) {
  std::vector<std::string> values;
  for (const Value& value : ItemsOf(&type, "values")) {
    values.push_back(StrCat("  ", DescriptionText(value), TextOf(value, "value")));
  }
  return Braced(type, "enum", Join(values, "\n"));
}

}  // namespace

Status ApplyActionTypes(const std::string& sdl, Value& document, const TypePlaces& places) {
  if (Trim(sdl).empty()) return OkStatus();
  const graphql::ParseResult parsed = graphql::ParseTypeSystem(sdl);
  if (!parsed.ok()) {
    return InvalidArgument(StrCat("line ", parsed.error.location.line, ", column ",
                                  parsed.error.location.column, ": ", parsed.error.message));
  }
  TypesReader reader(document, places);
  for (const ast::Definition& definition : parsed.document->definitions()) {
    if (definition.kind == ast::DefinitionKind::kType) reader.Add(*definition.type);
  }
  return OkStatus();
}

std::string WriteActionTypes(const Value& document) {
  std::string out;
  for (const Value& action : ItemsOf(&document, "actions")) out += ActionText(action);
  const Value* types = document.Find("custom_types");
  for (const Value& type : ItemsOf(types, "enums")) out += EnumText(type);
  for (const Value& type : ItemsOf(types, "input_objects")) {
    out += Braced(type, "input", FieldsText(ItemsOf(&type, "fields"), "  "));
  }
  for (const Value& type : ItemsOf(types, "objects")) {
    out += Braced(type, "type", FieldsText(ItemsOf(&type, "fields"), "  "));
  }
  for (const Value& type : ItemsOf(types, "scalars")) {
    StrAppend(out, DescriptionText(type), "scalar ", TextOf(type, "name"), "\n\n");
  }
  return out;
}

}  // namespace joinery::metadata
