#include "base/strings.h"
#include "graphql/parser_internal.h"
#include "graphql/type_system.h"

namespace joinery::graphql {

ast::Description Parser::DescriptionText() {
  if (!Peek(TokenKind::kString) && !Peek(TokenKind::kBlockString)) return {};
  const ast::Description description{.text = token_.text, .present = true};
  Advance();
  return description;
}

ast::Definition Parser::TypeSystemDefinition() {
  const Token first = token_;
  const ast::Description description = DescriptionText();
  const bool extension = !description.present && SkipKeyword("extend");
  if (PeekKeyword("schema")) {
    return {.kind = ast::DefinitionKind::kSchema, .schema = SchemaDef(description, extension)};
  }
  if (PeekKeyword("directive") && !extension) {
    return {.kind = ast::DefinitionKind::kDirective, .directive = DirectiveDef(description)};
  }
  for (const std::string_view keyword : {"scalar", "type", "interface", "union", "enum", "input"}) {
    if (PeekKeyword(keyword)) {
      return {.kind = ast::DefinitionKind::kType, .type = TypeDef(description, extension)};
    }
  }
  if (!failed_ && description.present && Peek(TokenKind::kEnd)) {
    Fail("Unexpected String.", first.location);
  }
  Unexpected();
  return {};
}

const ast::SchemaDefinition* Parser::SchemaDef(ast::Description description, bool extension) {
  ast::SchemaDefinition* schema = arena_.New<ast::SchemaDefinition>();
  schema->extension = extension;
  schema->description = description;
  schema->location = token_.location;
  Advance();
  schema->directives = Directives(true);
  const bool has_roots = Peek(TokenKind::kOpenBrace);
  if (!has_roots && !extension) Expect(TokenKind::kOpenBrace, "\"{\"");
  if (!has_roots && schema->directives.empty()) Unexpected();
  schema->root_types = Between<ast::RootOperationType>(
      TokenKind::kOpenBrace, TokenKind::kCloseBrace, false, [this] { return RootType(); });
  return schema;
}

ast::RootOperationType Parser::RootType() {
  ast::RootOperationType root;
  root.location = token_.location;
  if (PeekKeyword("mutation")) {
    root.kind = ast::OperationKind::kMutation;
  } else if (PeekKeyword("subscription")) {
    root.kind = ast::OperationKind::kSubscription;
  } else if (!PeekKeyword("query")) {
    Unexpected();
  }
  Advance();
  Expect(TokenKind::kColon, "\":\"");
  root.type = ExpectName();
  return root;
}

const ast::TypeDefinition* Parser::TypeDef(ast::Description description, bool extension) {
  static constexpr std::pair<std::string_view, ast::TypeDefinitionKind> kKinds[] = {
      {"scalar", ast::TypeDefinitionKind::kScalar},
      {"type", ast::TypeDefinitionKind::kObject},
      {"interface", ast::TypeDefinitionKind::kInterface},
      {"union", ast::TypeDefinitionKind::kUnion},
      {"enum", ast::TypeDefinitionKind::kEnum},
      {"input", ast::TypeDefinitionKind::kInputObject}};
  ast::TypeDefinition* type = arena_.New<ast::TypeDefinition>();
  for (const auto& [keyword, kind] : kKinds) {
    if (PeekKeyword(keyword)) type->kind = kind;
  }
  type->extension = extension;
  type->description = description;
  type->location = token_.location;
  Advance();
  type->name = ExpectName();
  if (SkipKeyword("implements")) {
    if (type->kind != ast::TypeDefinitionKind::kObject &&
        type->kind != ast::TypeDefinitionKind::kInterface) {
      Fail("Unexpected Name \"implements\".", type->location);
    }
    type->interfaces = SeparatedNames(TokenKind::kAmpersand);
  }
  type->directives = Directives(true);
  TypeBody(*type);
  const bool empty = type->directives.empty() && type->interfaces.empty() && type->fields.empty() &&
                     type->members.empty() && type->values.empty() && type->input_fields.empty();
  if (extension && empty) Unexpected();
  return type;
}

void Parser::TypeBody(ast::TypeDefinition& type) {
  switch (type.kind) {
    case ast::TypeDefinitionKind::kScalar:
      return;
    case ast::TypeDefinitionKind::kObject:
    case ast::TypeDefinitionKind::kInterface:
      type.fields = Between<ast::FieldDefinition>(TokenKind::kOpenBrace, TokenKind::kCloseBrace,
                                                  false, [this] { return FieldDef(); });
      return;
    case ast::TypeDefinitionKind::kUnion:
      if (Skip(TokenKind::kEquals)) type.members = SeparatedNames(TokenKind::kPipe);
      return;
    case ast::TypeDefinitionKind::kEnum:
      type.values = Between<ast::EnumValueDefinition>(TokenKind::kOpenBrace, TokenKind::kCloseBrace,
                                                      false, [this] { return EnumValueDef(); });
      return;
    case ast::TypeDefinitionKind::kInputObject:
      type.input_fields = Between<ast::InputValueDefinition>(
          TokenKind::kOpenBrace, TokenKind::kCloseBrace, false, [this] { return InputValueDef(); });
      return;
  }
}

ast::FieldDefinition Parser::FieldDef() {
  ast::FieldDefinition field;
  field.description = DescriptionText();
  field.location = token_.location;
  field.name = ExpectName();
  field.arguments = Between<ast::InputValueDefinition>(
      TokenKind::kOpenParen, TokenKind::kCloseParen, false, [this] { return InputValueDef(); });
  Expect(TokenKind::kColon, "\":\"");
  field.type = Type();
  field.directives = Directives(true);
  return field;
}

ast::InputValueDefinition Parser::InputValueDef() {
  ast::InputValueDefinition value;
  value.description = DescriptionText();
  value.location = token_.location;
  value.name = ExpectName();
  Expect(TokenKind::kColon, "\":\"");
  value.type = Type();
  if (Skip(TokenKind::kEquals)) value.default_value = arena_.New<ast::Value>(ValueNode(true));
  value.directives = Directives(true);
  return value;
}

ast::EnumValueDefinition Parser::EnumValueDef() {
  ast::EnumValueDefinition value;
  value.description = DescriptionText();
  value.location = token_.location;
  if (PeekKeyword("true") || PeekKeyword("false") || PeekKeyword("null")) {
    Fail(StrCat("Name \"", token_.text, "\" is reserved and cannot be used for an enum value."),
         token_.location);
  }
  value.name = ExpectName();
  value.directives = Directives(true);
  return value;
}

const ast::DirectiveDefinition* Parser::DirectiveDef(ast::Description description) {
  ast::DirectiveDefinition* directive = arena_.New<ast::DirectiveDefinition>();
  directive->description = description;
  directive->location = token_.location;
  Advance();
  Expect(TokenKind::kAt, "\"@\"");
  directive->name = ExpectName();
  directive->arguments = Between<ast::InputValueDefinition>(
      TokenKind::kOpenParen, TokenKind::kCloseParen, false, [this] { return InputValueDef(); });
  directive->repeatable = SkipKeyword("repeatable");
  ExpectKeyword("on");
  directive->locations = SeparatedNames(TokenKind::kPipe);
  for (const ast::NameNode& location : directive->locations) {
    if (DirectiveLocationBit(location.name) == 0) {
      Fail(StrCat("Unexpected Name \"", location.name, "\"."), location.location);
    }
  }
  return directive;
}

}  // namespace joinery::graphql
