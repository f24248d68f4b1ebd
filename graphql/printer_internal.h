#pragma once

#include <string>
#include <string_view>

#include "graphql/printer.h"

namespace joinery::graphql {

// The one writer behind graphql/printer.h: holds the style and the indentation. Not thread-safe.
class Printer {
 public:
  Printer(PrintStyle style, std::string& out) : pretty_(style == PrintStyle::kPretty), out_(out) {}

  // printer.cc
  void Definition(const ast::Definition& definition);
  void Operation(const ast::Operation& operation);
  void Fragment(const ast::FragmentDefinition& fragment);
  void Selections(const ast::SelectionSet& selections);
  void Directives(const NodeList<ast::Directive>& directives);
  void Value(const ast::Value& value);
  void Type(const ast::TypeNode& type);
  void String(std::string_view text);

  // printer_type_system.cc
  void Schema(const ast::SchemaDefinition& schema);
  void TypeDefinition(const ast::TypeDefinition& type);
  void Directive(const ast::DirectiveDefinition& directive);
  // A description before the thing it describes, with the line end after it; nothing without one.
  void Description(std::string_view text, bool present);
  void BlockString(std::string_view text);
  void OpenBrace();
  void CloseBrace();
  void NextLine();  // Starts a new line in pretty style; a blank where one is needed in compact.
  void Raw(std::string_view text) { out_.append(text); }
  bool pretty() const { return pretty_; }

 private:
  void Selection(const ast::Selection& selection);
  void Field(const ast::Field& field);
  void Arguments(const NodeList<ast::Argument>& arguments);
  void Comma() { out_.append(pretty_ ? ", " : ","); }
  void Colon() { out_.append(pretty_ ? ": " : ":"); }
  void Space() {  // Between tokens that need none.
    if (pretty_) out_.push_back(' ');
  }
  void Separate();  // In compact style: a blank if the last token would run into a name.
  void InputValue(const ast::InputValueDefinition& value);
  void InputValues(const NodeList<ast::InputValueDefinition>& values);
  void FieldDefinition(const ast::FieldDefinition& field);
  void Names(std::string_view before, std::string_view separator,
             const NodeList<ast::NameNode>& names);

  const bool pretty_;
  std::string& out_;
  size_t indent_ = 0;
};

// Whether BlockStringValue gives back `text` from the block string that Printer writes for it.
bool FitsBlockString(std::string_view text);

}  // namespace joinery::graphql
