#include "graphql/sdl.h"

#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "graphql/parser.h"
#include "graphql/printer.h"

namespace joinery::graphql {
namespace {

using Handle = SchemaBuilder::Handle;

const ast::Directive* FindDirective(const NodeList<ast::Directive>& directives,
                                    std::string_view name) {
  for (const ast::Directive& directive : directives) {
    if (directive.name == name) return &directive;
  }
  return nullptr;
}

std::string_view StringArgument(const ast::Directive& directive, std::string_view name) {
  for (const ast::Argument& argument : directive.arguments) {
    if (argument.name == name && argument.value.kind == ast::ValueKind::kString) {
      return argument.value.text;
    }
  }
  return {};
}

std::optional<std::string_view> DeprecationReason(const NodeList<ast::Directive>& directives) {
  const ast::Directive* deprecated = FindDirective(directives, "deprecated");
  if (deprecated == nullptr) return std::nullopt;
  return StringArgument(*deprecated, "reason");
}

TypeKind KindOf(ast::TypeDefinitionKind kind) {
  switch (kind) {
    case ast::TypeDefinitionKind::kScalar:
      return TypeKind::kScalar;
    case ast::TypeDefinitionKind::kObject:
      return TypeKind::kObject;
    case ast::TypeDefinitionKind::kInterface:
      return TypeKind::kInterface;
    case ast::TypeDefinitionKind::kUnion:
      return TypeKind::kUnion;
    case ast::TypeDefinitionKind::kEnum:
      return TypeKind::kEnum;
    case ast::TypeDefinitionKind::kInputObject:
      return TypeKind::kInputObject;
  }
  return TypeKind::kScalar;
}

bool IsStandard(std::string_view directive) {
  return directive == "skip" || directive == "include" || directive == "deprecated" ||
         directive == "specifiedBy";
}

// Feeds the definitions of a document to a SchemaBuilder.
class SdlReader {
 public:
  explicit SdlReader(const BuildSchemaOptions& options) : options_(options) {}

  SchemaResult Read(const Document& document);

 private:
  void AddType(const ast::TypeDefinition& type);
  void Extend(const ast::TypeDefinition& type);
  void AddMembers(Handle handle, const ast::TypeDefinition& type);
  void AddDirective(const ast::DirectiveDefinition& directive);
  void AddSchema(const ast::SchemaDefinition& schema);
  void AddDefaultRoots();
  InputValueSpec Input(const ast::InputValueDefinition& input);
  std::vector<InputValueSpec> Inputs(const NodeList<ast::InputValueDefinition>& inputs);
  void Error(SchemaError::Kind kind, std::string message, std::string_view type,
             Location location) {
    errors_.push_back({.kind = kind,
                       .message = std::move(message),
                       .type_name = std::string(type),
                       .member = {},
                       .location = location});
  }

  const BuildSchemaOptions& options_;
  SchemaBuilder builder_;
  std::unordered_map<std::string_view, Location> places_;  // Of type definitions.
  bool has_schema_ = false;
  bool has_query_ = false;
  std::vector<std::unique_ptr<std::string>> default_texts_;
  std::vector<SchemaError> errors_;
};

InputValueSpec SdlReader::Input(const ast::InputValueDefinition& input) {
  InputValueSpec spec{.name = input.name,
                      .type = builder_.FromNode(*input.type),
                      .description = input.description.text,
                      .deprecation_reason = DeprecationReason(input.directives)};
  if (input.default_value != nullptr) {
    default_texts_.push_back(std::make_unique<std::string>(ToString(*input.default_value)));
    spec.default_text = *default_texts_.back();
  }
  return spec;
}

std::vector<InputValueSpec> SdlReader::Inputs(const NodeList<ast::InputValueDefinition>& inputs) {
  std::vector<InputValueSpec> specs;
  specs.reserve(inputs.size());
  for (const ast::InputValueDefinition& input : inputs) specs.push_back(Input(input));
  return specs;
}

void SdlReader::AddMembers(Handle handle, const ast::TypeDefinition& type) {
  for (const ast::FieldDefinition& field : type.fields) {
    builder_.AddField(handle, {.name = field.name,
                               .type = builder_.FromNode(*field.type),
                               .description = field.description.text,
                               .arguments = Inputs(field.arguments),
                               .deprecation_reason = DeprecationReason(field.directives)});
    default_texts_.clear();
  }
  for (const ast::NameNode& name : type.interfaces) builder_.AddInterfaceTo(handle, name.name);
  for (const ast::NameNode& name : type.members) builder_.AddMember(handle, name.name);
  for (const ast::EnumValueDefinition& value : type.values) {
    builder_.AddValue(handle, {.name = value.name,
                               .description = value.description.text,
                               .deprecation_reason = DeprecationReason(value.directives)});
  }
  for (const ast::InputValueDefinition& field : type.input_fields) {
    builder_.AddInputField(handle, Input(field));
    default_texts_.clear();
  }
}

void SdlReader::AddType(const ast::TypeDefinition& type) {
  const std::string_view text = type.description.text;
  places_.emplace(type.name, type.location);
  switch (type.kind) {
    case ast::TypeDefinitionKind::kScalar: {
      const ast::Directive* specified = FindDirective(type.directives, "specifiedBy");
      builder_.AddScalar(type.name, text,
                         specified == nullptr ? "" : StringArgument(*specified, "url"));
      return;
    }
    case ast::TypeDefinitionKind::kObject:
      return AddMembers(builder_.AddObject(type.name, text), type);
    case ast::TypeDefinitionKind::kInterface:
      return AddMembers(builder_.AddInterface(type.name, text), type);
    case ast::TypeDefinitionKind::kUnion:
      return AddMembers(builder_.AddUnion(type.name, text), type);
    case ast::TypeDefinitionKind::kEnum:
      return AddMembers(builder_.AddEnum(type.name, text), type);
    case ast::TypeDefinitionKind::kInputObject:
      return AddMembers(builder_.AddInputObject(type.name, text), type);
  }
}

void SdlReader::Extend(const ast::TypeDefinition& type) {
  const std::optional<TypeKind> kind = builder_.KindOf(type.name);
  if (!kind.has_value()) {
    return Error(SchemaError::Kind::kUnknownType,
                 StrCat("Could not find type with name \"", type.name, '"'), type.name,
                 type.location);
  }
  if (*kind != KindOf(type.kind)) {
    return Error(SchemaError::Kind::kWrongKind,
                 StrCat("type \"", type.name, "\" is extended as another kind of type"), type.name,
                 type.location);
  }
  if (const std::optional<Handle> handle = builder_.Find(type.name)) AddMembers(*handle, type);
}

void SdlReader::AddDirective(const ast::DirectiveDefinition& directive) {
  uint32_t locations = 0;
  for (const ast::NameNode& location : directive.locations) {
    locations |= DirectiveLocationBit(location.name);
  }
  builder_.AddDirective({.name = directive.name,
                         .locations = locations,
                         .description = directive.description.text,
                         .arguments = Inputs(directive.arguments),
                         .repeatable = directive.repeatable});
  default_texts_.clear();
}

void SdlReader::AddSchema(const ast::SchemaDefinition& schema) {
  if (!schema.extension) {
    if (has_schema_) {
      Error(SchemaError::Kind::kDuplicate, "multiple schema definitions found", {},
            schema.location);
    }
    has_schema_ = true;
    builder_.SetDescription(schema.description.text);
  }
  for (const ast::RootOperationType& root : schema.root_types) {
    builder_.SetRoot(root.kind, root.type);
    has_query_ |= root.kind == ast::OperationKind::kQuery;
  }
}

void SdlReader::AddDefaultRoots() {
  static constexpr std::pair<ast::OperationKind, std::string_view> kRoots[] = {
      {ast::OperationKind::kQuery, "Query"},
      {ast::OperationKind::kMutation, "Mutation"},
      {ast::OperationKind::kSubscription, "Subscription"}};
  for (const auto& [kind, name] : kRoots) {
    if (builder_.KindOf(name) != TypeKind::kObject) continue;
    builder_.SetRoot(kind, name);
    has_query_ |= kind == ast::OperationKind::kQuery;
  }
}

SchemaResult SdlReader::Read(const Document& document) {
  for (const ast::Definition& definition : document.definitions()) {
    if (definition.type != nullptr && !definition.type->extension) AddType(*definition.type);
    if (definition.directive != nullptr) AddDirective(*definition.directive);
    if (definition.schema != nullptr && !definition.schema->extension) {
      AddSchema(*definition.schema);
    }
  }
  if (!has_schema_) AddDefaultRoots();
  for (const ast::Definition& definition : document.definitions()) {
    if (definition.type != nullptr && definition.type->extension) Extend(*definition.type);
    if (definition.schema != nullptr && definition.schema->extension) AddSchema(*definition.schema);
  }
  if (!has_query_ && options_.require_query_root) {
    Error(SchemaError::Kind::kInvalid, "query root does not exist in the schema definition", {},
          {});
  }
  if (options_.standard_directives) builder_.AddStandardDirectives();
  builder_.set_introspection(options_.introspection);
  builder_.set_keep_all(options_.keep_unreachable_types);
  SchemaResult result = std::move(builder_).Build();
  for (SchemaError& error : result.errors) {
    if (const auto place = places_.find(error.type_name); place != places_.end()) {
      error.location = place->second;
    }
    errors_.push_back(std::move(error));
  }
  if (!errors_.empty()) return {.schema = nullptr, .errors = std::move(errors_)};
  return result;
}

// --- Printing
// --------------------------------------------------------------------------------------

void AppendDescription(std::string_view text, std::string_view indent, std::string& out) {
  if (text.empty()) return;
  // A block string where it can be one: the printer knows, and writes it unindented.
  std::string literal;
  ast::Value value{.kind = ast::ValueKind::kString, .block_string = true, .text = text};
  PrintValue(value, PrintStyle::kPretty, literal);
  if (literal.starts_with("\"\"\"")) {
    for (const std::string_view line : Split(literal, '\n')) {
      if (!line.empty()) out.append(indent).append(line);
      out.push_back('\n');
    }
  } else {
    out.append(indent).append(literal).push_back('\n');
  }
}

void AppendDeprecation(const Deprecation& deprecation, std::string& out) {
  if (!deprecation.deprecated) return;
  out.append(" @deprecated");
  if (deprecation.reason == "No longer supported") return;
  out.append("(reason: ");
  PrintString(deprecation.reason, out);
  out.push_back(')');
}

void AppendInput(const InputValueDefinition& input, std::string& out) {
  StrAppend(out, input.name, ": ");
  AppendTypeRef(out, input.type);
  if (input.has_default()) StrAppend(out, " = ", input.default_text);
  AppendDeprecation(input.deprecation, out);
}

void AppendArguments(const NamedList<InputValueDefinition>& arguments, std::string_view indent,
                     std::string& out) {
  if (arguments.empty()) return;
  bool described = false;
  for (const InputValueDefinition& argument : arguments) described |= !argument.description.empty();
  const std::string inner = StrCat(indent, "  ");
  out.append(described ? "(\n" : "(");
  bool first = true;
  for (const InputValueDefinition& argument : arguments) {
    if (described) {
      AppendDescription(argument.description, inner, out);
      out.append(inner);
    } else if (!first) {
      out.append(", ");
    }
    first = false;
    AppendInput(argument, out);
    if (described) out.push_back('\n');
  }
  if (described) out.append(indent);
  out.push_back(')');
}

void AppendFields(const NamedList<FieldDefinition>& fields, std::string& out) {
  out.append(" {\n");
  for (const FieldDefinition& field : fields) {
    AppendDescription(field.description, "  ", out);
    StrAppend(out, "  ", field.name);
    AppendArguments(field.arguments, "  ", out);
    out.append(": ");
    AppendTypeRef(out, field.type);
    AppendDeprecation(field.deprecation, out);
    out.push_back('\n');
  }
  out.append("}\n");
}

void AppendInterfaces(const NodeList<const InterfaceType*>& interfaces, std::string& out) {
  for (size_t i = 0; i < interfaces.size(); ++i) {
    StrAppend(out, i == 0 ? " implements " : " & ", interfaces[i]->name);
  }
}

void AppendRoots(const Schema& schema, std::string& out) {
  static constexpr std::string_view kDefaults[] = {"Query", "Mutation", "Subscription"};
  static constexpr ast::OperationKind kKinds[] = {
      ast::OperationKind::kQuery, ast::OperationKind::kMutation, ast::OperationKind::kSubscription};
  bool plain = schema.description().empty();
  for (int i = 0; i < 3; ++i) {
    const ObjectType* root = schema.root(kKinds[i]);
    const bool by_default = schema.type(kDefaults[i]) != nullptr;
    plain &= root == nullptr ? !by_default : root->name == kDefaults[i];
  }
  if (plain) return;
  AppendDescription(schema.description(), "", out);
  out.append("schema {\n");
  for (const ast::OperationKind kind : kKinds) {
    if (schema.root(kind) == nullptr) continue;
    StrAppend(out, "  ", OperationKindName(kind), ": ", schema.root(kind)->name, '\n');
  }
  out.append("}\n");
}

void AppendDirective(const DirectiveDefinition& directive, std::string& out) {
  AppendDescription(directive.description, "", out);
  StrAppend(out, "directive @", directive.name);
  AppendArguments(directive.arguments, "", out);
  if (directive.repeatable) out.append(" repeatable");
  bool first = true;
  for (int i = 0; i < kDirectiveLocationCount; ++i) {
    const auto location = static_cast<DirectiveLocation>(i);
    if (!directive.MayStandOn(location)) continue;
    StrAppend(out, first ? " on " : " | ", DirectiveLocationName(location));
    first = false;
  }
  out.push_back('\n');
}

}  // namespace

SchemaResult BuildSchema(std::string_view text, const BuildSchemaOptions& options) {
  const ParseResult parsed = ParseTypeSystem(text);
  if (parsed.ok()) return BuildSchema(*parsed.document, options);
  SchemaResult result;
  result.errors.push_back({.kind = SchemaError::Kind::kSyntax,
                           .message = parsed.error.message,
                           .type_name = {},
                           .member = {},
                           .location = parsed.error.location});
  return result;
}

SchemaResult BuildSchema(const Document& document, const BuildSchemaOptions& options) {
  return SdlReader(options).Read(document);
}

void PrintType(const NamedType& type, std::string& out) {
  AppendDescription(type.description, "", out);
  switch (type.kind) {
    case TypeKind::kScalar:
      StrAppend(out, "scalar ", type.name);
      if (const std::string_view url = type.AsScalar()->specified_by_url; !url.empty()) {
        out.append(" @specifiedBy(url: ");
        PrintString(url, out);
        out.push_back(')');
      }
      out.push_back('\n');
      return;
    case TypeKind::kObject:
      StrAppend(out, "type ", type.name);
      AppendInterfaces(type.AsObject()->interfaces, out);
      return AppendFields(type.fields(), out);
    case TypeKind::kInterface:
      StrAppend(out, "interface ", type.name);
      AppendInterfaces(type.AsInterface()->interfaces, out);
      return AppendFields(type.fields(), out);
    case TypeKind::kUnion: {
      StrAppend(out, "union ", type.name);
      bool first = true;
      for (const ObjectType* member : type.AsUnion()->members) {
        StrAppend(out, first ? " = " : " | ", member->name);
        first = false;
      }
      out.push_back('\n');
      return;
    }
    case TypeKind::kEnum:
      StrAppend(out, "enum ", type.name, " {\n");
      for (const EnumValueDefinition& value : type.AsEnum()->values) {
        AppendDescription(value.description, "  ", out);
        StrAppend(out, "  ", value.name);
        AppendDeprecation(value.deprecation, out);
        out.push_back('\n');
      }
      out.append("}\n");
      return;
    case TypeKind::kInputObject:
      StrAppend(out, "input ", type.name, " {\n");
      for (const InputValueDefinition& field : type.AsInputObject()->input_fields) {
        AppendDescription(field.description, "  ", out);
        out.append("  ");
        AppendInput(field, out);
        out.push_back('\n');
      }
      out.append("}\n");
      return;
  }
}

std::string PrintSchema(const Schema& schema) {
  std::string out;
  const auto gap = [&] {
    if (!out.empty()) out.push_back('\n');
  };
  AppendRoots(schema, out);
  for (const DirectiveDefinition& directive : schema.directives()) {
    if (IsStandard(directive.name)) continue;
    gap();
    AppendDirective(directive, out);
  }
  for (const NamedType* type : schema.types()) {
    if (type->is_introspection || type->is_standard_scalar) continue;
    gap();
    PrintType(*type, out);
  }
  return out;
}

}  // namespace joinery::graphql
