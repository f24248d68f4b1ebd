#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "graphql/ast.h"
#include "graphql/lexer.h"
#include "graphql/parser.h"

namespace joinery::graphql {

// The recursive descent behind graphql/parser.h; no other file includes this one.
//
// The first error ends the parse: the current token becomes kEnd, so that every rule in progress
// returns at once, with whatever it has. Not thread-safe; used once.
class Parser {
 public:
  Parser(std::string_view text, Arena& arena, const ParseLimits& limits);

  // Makes a Document; with `type_system_only` operations and fragments are errors.
  static ParseResult Parse(std::string_view text, const ParseLimits& limits, bool type_system_only);

  // One value or type and nothing else; nullptr on errors.
  const ast::Value* OnlyValue(bool allow_variables);
  const ast::TypeNode* OnlyType();

  const SyntaxError& error() const { return error_; }

 private:
  struct Definitions;

  // parser.cc: tokens.
  void Advance();
  bool Peek(TokenKind kind) const { return token_.kind == kind; }
  bool PeekKeyword(std::string_view keyword) const {
    return Peek(TokenKind::kName) && token_.text == keyword;
  }
  bool Skip(TokenKind kind);
  bool SkipKeyword(std::string_view keyword);
  Token Expect(TokenKind kind, std::string_view what);
  void ExpectKeyword(std::string_view keyword);
  std::string_view ExpectName() { return Expect(TokenKind::kName, "Name").text; }
  void Unexpected();
  void Fail(std::string message, Location location);
  bool Enter();  // One level deeper; false, and an error, beyond the limit.
  void Leave() { --depth_; }

  // Collects the items of one list on a stack that all lists of that type share.
  template <typename T>
  std::vector<T>& Stack() {
    return std::get<std::vector<T>>(stacks_);
  }
  template <typename T>
  NodeList<T> TakeFrom(size_t mark) {
    std::vector<T>& stack = Stack<T>();
    const NodeList<T> list = NodeList<T>::Copy(arena_, stack.data() + mark, stack.size() - mark);
    stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(mark), stack.end());
    return list;
  }

  // `open` items `close`: at least one when `open` is there, unless `may_be_empty`.
  template <typename T, typename Item>
  NodeList<T> Between(TokenKind open, TokenKind close, bool may_be_empty, Item item) {
    if (!Skip(open)) return {};
    const size_t mark = Stack<T>().size();
    if (!may_be_empty || !Peek(close)) {
      do {
        T node = item();
        Stack<T>().push_back(node);
      } while (!failed_ && !Peek(close));
    }
    Skip(close);
    return TakeFrom<T>(mark);
  }

  // Names with a separator between them, and possibly before the first.
  NodeList<ast::NameNode> SeparatedNames(TokenKind separator);

  // parser.cc: executable definitions, values, types.
  void Document_(bool type_system_only, Definitions& out);
  ast::Definition Definition(bool type_system_only);
  const ast::Operation* Operation();
  const ast::FragmentDefinition* Fragment();
  ast::VariableDefinition Variable();
  ast::SelectionSet Selections();
  ast::Selection SelectionNode();
  ast::Selection AfterSpread();
  const ast::Field* FieldNode();
  NodeList<ast::Argument> Arguments(bool constant);
  NodeList<ast::Directive> Directives(bool constant);
  ast::Value ValueNode(bool constant);
  ast::Value ListValue(bool constant);
  ast::Value ObjectValue(bool constant);
  const ast::TypeNode* Type();
  ast::NameNode NamedNode();

  // parser_type_system.cc
  ast::Definition TypeSystemDefinition();
  const ast::SchemaDefinition* SchemaDef(ast::Description description, bool extension);
  const ast::TypeDefinition* TypeDef(ast::Description description, bool extension);
  void TypeBody(ast::TypeDefinition& type);
  const ast::DirectiveDefinition* DirectiveDef(ast::Description description);
  ast::Description DescriptionText();
  ast::RootOperationType RootType();
  ast::FieldDefinition FieldDef();
  ast::InputValueDefinition InputValueDef();
  ast::EnumValueDefinition EnumValueDef();

  Arena& arena_;
  Lexer lexer_;
  const ParseLimits limits_;
  Token token_;
  size_t tokens_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  SyntaxError error_;
  std::tuple<std::vector<ast::Selection>, std::vector<ast::Argument>, std::vector<ast::Directive>,
             std::vector<ast::Value>, std::vector<ast::ObjectField>,
             std::vector<ast::VariableDefinition>, std::vector<ast::NameNode>,
             std::vector<ast::RootOperationType>, std::vector<ast::FieldDefinition>,
             std::vector<ast::InputValueDefinition>, std::vector<ast::EnumValueDefinition>>
      stacks_;
};

}  // namespace joinery::graphql
