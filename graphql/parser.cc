#include "graphql/parser.h"

#include <algorithm>

#include "base/strings.h"
#include "graphql/parser_internal.h"

namespace joinery::graphql {

struct Parser::Definitions {
  std::vector<ast::Definition> all;
  std::vector<const ast::Operation*> operations;
  std::vector<const ast::FragmentDefinition*> fragments;
};

Parser::Parser(std::string_view text, Arena& arena, const ParseLimits& limits)
    : arena_(arena), lexer_(text, arena), limits_(limits) {
  if (text.size() > limits.max_bytes || text.size() >= UINT32_MAX) {
    Fail(StrCat("Document is larger than ", limits.max_bytes, " bytes."), {0, 1, 1});
    return;
  }
  Advance();
}

ParseResult Parser::Parse(std::string_view text, const ParseLimits& limits, bool type_system_only) {
  std::shared_ptr<class Document> document(new class Document());
  document->text_ =
      document->arena_.Copy(text.size() > limits.max_bytes ? std::string_view() : text);
  Arena& arena = document->arena_;
  Parser parser(text.size() > limits.max_bytes ? text : document->text_, arena, limits);
  Definitions found;
  if (!parser.failed_) parser.Document_(type_system_only, found);
  if (parser.failed_) return {.document = nullptr, .error = std::move(parser.error_)};

  document->definitions_ =
      NodeList<ast::Definition>::Copy(arena, found.all.data(), found.all.size());
  document->operations_ = NodeList<const ast::Operation*>::Copy(arena, found.operations.data(),
                                                                found.operations.size());
  document->fragments_ = NodeList<const ast::FragmentDefinition*>::Copy(
      arena, found.fragments.data(), found.fragments.size());
  document->fragment_names_ = NameTable(
      arena, static_cast<uint32_t>(found.fragments.size()),
      [&](uint32_t i) { return found.fragments[i]->name; }, [](uint32_t) {});
  return {.document = std::move(document), .error = {}};
}

// --- Tokens
// ----------------------------------------------------------------------------------------

void Parser::Advance() {
  if (failed_) return;
  token_ = lexer_.Next();
  if (token_.kind == TokenKind::kError) return Fail(lexer_.error(), token_.location);
  if (++tokens_ > limits_.max_tokens) {
    Fail(StrCat("Document contains more than ", limits_.max_tokens, " tokens."), token_.location);
  }
}

void Parser::Fail(std::string message, Location location) {
  if (failed_) return;
  failed_ = true;
  error_ = {.message = std::move(message), .location = location};
  token_ = {.kind = TokenKind::kEnd, .location = location, .text = {}};
}

void Parser::Unexpected() {
  Fail(StrCat("Unexpected ", DescribeToken(token_), "."), token_.location);
}

bool Parser::Skip(TokenKind kind) {
  if (!Peek(kind)) return false;
  Advance();
  return true;
}

bool Parser::SkipKeyword(std::string_view keyword) {
  if (!PeekKeyword(keyword)) return false;
  Advance();
  return true;
}

Token Parser::Expect(TokenKind kind, std::string_view what) {
  const Token token = token_;
  if (!Skip(kind)) {
    Fail(StrCat("Expected ", what, ", found ", DescribeToken(token_), "."), token_.location);
    return {.kind = kind, .location = token.location, .text = {}};
  }
  return token;
}

void Parser::ExpectKeyword(std::string_view keyword) {
  if (SkipKeyword(keyword)) return;
  Fail(StrCat("Expected \"", keyword, "\", found ", DescribeToken(token_), "."), token_.location);
}

bool Parser::Enter() {
  if (++depth_ <= limits_.max_depth) return true;
  Fail(StrCat("Document is nested deeper than ", limits_.max_depth, " levels."), token_.location);
  return false;
}

NodeList<ast::NameNode> Parser::SeparatedNames(TokenKind separator) {
  const size_t mark = Stack<ast::NameNode>().size();
  Skip(separator);
  do {
    const ast::NameNode name = NamedNode();
    Stack<ast::NameNode>().push_back(name);
  } while (Skip(separator));
  return TakeFrom<ast::NameNode>(mark);
}

ast::NameNode Parser::NamedNode() {
  const Location location = token_.location;
  return {.name = ExpectName(), .location = location};
}

// --- Definitions
// -----------------------------------------------------------------------------------

void Parser::Document_(bool type_system_only, Definitions& out) {
  do {
    if (out.all.size() == limits_.max_definitions) {
      return Fail(StrCat("Document contains more than ", limits_.max_definitions, " definitions."),
                  token_.location);
    }
    const ast::Definition definition = Definition(type_system_only);
    if (failed_) return;
    out.all.push_back(definition);
    if (definition.operation != nullptr) out.operations.push_back(definition.operation);
    if (definition.fragment != nullptr) out.fragments.push_back(definition.fragment);
  } while (!Peek(TokenKind::kEnd));
}

ast::Definition Parser::Definition(bool type_system_only) {
  const bool is_operation = Peek(TokenKind::kOpenBrace) || PeekKeyword("query") ||
                            PeekKeyword("mutation") || PeekKeyword("subscription");
  if ((is_operation || PeekKeyword("fragment")) && type_system_only) {
    Unexpected();
    return {};
  }
  if (is_operation) return {.kind = ast::DefinitionKind::kOperation, .operation = Operation()};
  if (PeekKeyword("fragment")) {
    return {.kind = ast::DefinitionKind::kFragment, .fragment = Fragment()};
  }
  return TypeSystemDefinition();
}

const ast::Operation* Parser::Operation() {
  ast::Operation* operation = arena_.New<ast::Operation>();
  operation->location = token_.location;
  if (!Peek(TokenKind::kOpenBrace)) {
    if (token_.text == "mutation") operation->kind = ast::OperationKind::kMutation;
    if (token_.text == "subscription") operation->kind = ast::OperationKind::kSubscription;
    Advance();
    if (Peek(TokenKind::kName)) operation->name = ExpectName();
    operation->variables = Between<ast::VariableDefinition>(
        TokenKind::kOpenParen, TokenKind::kCloseParen, false, [this] { return Variable(); });
    if (operation->variables.size() > limits_.max_variables) {
      Fail(StrCat("Operation declares more than ", limits_.max_variables, " variables."),
           operation->location);
    }
    operation->directives = Directives(false);
  }
  if (!Peek(TokenKind::kOpenBrace)) {
    Expect(TokenKind::kOpenBrace, "\"{\"");
    return operation;
  }
  operation->selections = Selections();
  return operation;
}

const ast::FragmentDefinition* Parser::Fragment() {
  ast::FragmentDefinition* fragment = arena_.New<ast::FragmentDefinition>();
  fragment->location = token_.location;
  Advance();
  if (PeekKeyword("on")) {
    Unexpected();
    return fragment;
  }
  fragment->name = ExpectName();
  ExpectKeyword("on");
  fragment->type_location = token_.location;
  fragment->type_condition = ExpectName();
  fragment->directives = Directives(false);
  if (!Peek(TokenKind::kOpenBrace)) {
    Expect(TokenKind::kOpenBrace, "\"{\"");
    return fragment;
  }
  fragment->selections = Selections();
  return fragment;
}

ast::VariableDefinition Parser::Variable() {
  ast::VariableDefinition variable;
  variable.location = Expect(TokenKind::kDollar, "\"$\"").location;
  variable.name = ExpectName();
  Expect(TokenKind::kColon, "\":\"");
  variable.type = Type();
  if (Skip(TokenKind::kEquals)) variable.default_value = arena_.New<ast::Value>(ValueNode(true));
  variable.directives = Directives(true);
  return variable;
}

// --- Selections
// ------------------------------------------------------------------------------------

ast::SelectionSet Parser::Selections() {
  if (!Peek(TokenKind::kOpenBrace)) return {};
  if (!Enter()) return {};
  const ast::SelectionSet selections = Between<ast::Selection>(
      TokenKind::kOpenBrace, TokenKind::kCloseBrace, false, [this] { return SelectionNode(); });
  Leave();
  return selections;
}

ast::Selection Parser::SelectionNode() {
  return Peek(TokenKind::kSpread) ? AfterSpread() : ast::Selection(FieldNode());
}

ast::Selection Parser::AfterSpread() {
  const Location location = token_.location;
  Advance();
  if (Peek(TokenKind::kName) && token_.text != "on") {
    ast::FragmentSpread* spread = arena_.New<ast::FragmentSpread>();
    spread->location = location;
    spread->name = ExpectName();
    spread->directives = Directives(false);
    return ast::Selection(spread);
  }
  ast::InlineFragment* fragment = arena_.New<ast::InlineFragment>();
  fragment->location = location;
  if (SkipKeyword("on")) {
    fragment->type_location = token_.location;
    fragment->type_condition = ExpectName();
  }
  fragment->directives = Directives(false);
  if (!Peek(TokenKind::kOpenBrace)) Expect(TokenKind::kOpenBrace, "\"{\"");
  fragment->selections = Selections();
  return ast::Selection(fragment);
}

const ast::Field* Parser::FieldNode() {
  ast::Field* field = arena_.New<ast::Field>();
  field->location = token_.location;
  field->name = ExpectName();
  if (Skip(TokenKind::kColon)) {
    field->alias = field->name;
    field->name = ExpectName();
  }
  field->arguments = Arguments(false);
  field->directives = Directives(false);
  field->selections = Selections();
  return field;
}

NodeList<ast::Argument> Parser::Arguments(bool constant) {
  return Between<ast::Argument>(TokenKind::kOpenParen, TokenKind::kCloseParen, false,
                                [this, constant] {
                                  ast::Argument argument;
                                  argument.location = token_.location;
                                  argument.name = ExpectName();
                                  Expect(TokenKind::kColon, "\":\"");
                                  argument.value = ValueNode(constant);
                                  return argument;
                                });
}

NodeList<ast::Directive> Parser::Directives(bool constant) {
  if (!Peek(TokenKind::kAt)) return {};
  const size_t mark = Stack<ast::Directive>().size();
  while (Peek(TokenKind::kAt)) {
    ast::Directive directive;
    directive.location = token_.location;
    Advance();
    directive.name = ExpectName();
    directive.arguments = Arguments(constant);
    Stack<ast::Directive>().push_back(directive);
  }
  return TakeFrom<ast::Directive>(mark);
}

// --- Values and types
// ------------------------------------------------------------------------------

ast::Value Parser::ValueNode(bool constant) {
  ast::Value value;
  value.location = token_.location;
  value.text = token_.text;
  switch (token_.kind) {
    case TokenKind::kOpenBracket:
      return ListValue(constant);
    case TokenKind::kOpenBrace:
      return ObjectValue(constant);
    case TokenKind::kInt:
      value.kind = ast::ValueKind::kInt;
      break;
    case TokenKind::kFloat:
      value.kind = ast::ValueKind::kFloat;
      break;
    case TokenKind::kString:
    case TokenKind::kBlockString:
      value.kind = ast::ValueKind::kString;
      value.block_string = Peek(TokenKind::kBlockString);
      break;
    case TokenKind::kName:
      if (value.text == "true" || value.text == "false") {
        value.kind = ast::ValueKind::kBoolean;
        value.boolean = value.text == "true";
      } else {
        value.kind = value.text == "null" ? ast::ValueKind::kNull : ast::ValueKind::kEnum;
      }
      break;
    case TokenKind::kDollar:
      Advance();
      value.kind = ast::ValueKind::kVariable;
      value.text = ExpectName();
      if (constant) {
        Fail(StrCat("Unexpected variable \"$", value.text, "\" in constant value."),
             value.location);
      }
      return value;
    default:
      Unexpected();
      return value;
  }
  Advance();
  return value;
}

ast::Value Parser::ListValue(bool constant) {
  ast::Value value;
  value.kind = ast::ValueKind::kList;
  value.location = token_.location;
  if (!Enter()) return value;
  value.items = Between<ast::Value>(TokenKind::kOpenBracket, TokenKind::kCloseBracket, true,
                                    [this, constant] { return ValueNode(constant); });
  Leave();
  return value;
}

ast::Value Parser::ObjectValue(bool constant) {
  ast::Value value;
  value.kind = ast::ValueKind::kObject;
  value.location = token_.location;
  if (!Enter()) return value;
  value.fields = Between<ast::ObjectField>(TokenKind::kOpenBrace, TokenKind::kCloseBrace, true,
                                           [this, constant] {
                                             ast::ObjectField field;
                                             field.location = token_.location;
                                             field.name = ExpectName();
                                             Expect(TokenKind::kColon, "\":\"");
                                             field.value = ValueNode(constant);
                                             return field;
                                           });
  Leave();
  return value;
}

const ast::TypeNode* Parser::Type() {
  ast::TypeNode* type = arena_.New<ast::TypeNode>();
  type->location = token_.location;
  if (Peek(TokenKind::kOpenBracket)) {
    if (!Enter()) return type;
    Advance();
    type->kind = ast::TypeNode::Kind::kList;
    type->inner = Type();
    Expect(TokenKind::kCloseBracket, "\"]\"");
    Leave();
  } else {
    type->name = ExpectName();
  }
  if (!Skip(TokenKind::kBang)) return type;
  ast::TypeNode* non_null = arena_.New<ast::TypeNode>();
  non_null->kind = ast::TypeNode::Kind::kNonNull;
  non_null->location = type->location;
  non_null->inner = type;
  return non_null;
}

const ast::Value* Parser::OnlyValue(bool allow_variables) {
  const ast::Value* value = arena_.New<ast::Value>(ValueNode(!allow_variables));
  if (!failed_ && !Peek(TokenKind::kEnd)) Unexpected();
  return failed_ ? nullptr : value;
}

const ast::TypeNode* Parser::OnlyType() {
  const ast::TypeNode* type = Type();
  if (!failed_ && !Peek(TokenKind::kEnd)) Unexpected();
  return failed_ ? nullptr : type;
}

// --- graphql/parser.h
// ------------------------------------------------------------------------------

ParseResult ParseDocument(std::string_view text, const ParseLimits& limits) {
  return Parser::Parse(text, limits, false);
}

ParseResult ParseTypeSystem(std::string_view text, const ParseLimits& limits) {
  return Parser::Parse(text, limits, true);
}

const ast::Value* ParseValue(Arena& arena, std::string_view text, bool allow_variables,
                             SyntaxError* error) {
  Parser parser(arena.Copy(text), arena, ParseLimits());
  const ast::Value* value = parser.OnlyValue(allow_variables);
  if (value == nullptr && error != nullptr) *error = parser.error();
  return value;
}

const ast::TypeNode* ParseType(Arena& arena, std::string_view text, SyntaxError* error) {
  Parser parser(arena.Copy(text), arena, ParseLimits());
  const ast::TypeNode* type = parser.OnlyType();
  if (type == nullptr && error != nullptr) *error = parser.error();
  return type;
}

bool IsName(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace joinery::graphql
