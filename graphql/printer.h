#pragma once

#include <string>
#include <string_view>

#include "graphql/ast.h"

namespace joinery::graphql {

// How a tree becomes text. Pretty: two blanks of indentation, a line per selection. Compact: no
// blank that is not needed, which is what goes over the wire.
enum class PrintStyle { kPretty, kCompact };

// Each appends text that parses back to an equal tree. Block strings stay block strings where their
// content allows it (pretty), and become plain strings otherwise.
void PrintDocument(const Document& document, PrintStyle style, std::string& out);
void PrintDefinition(const ast::Definition& definition, PrintStyle style, std::string& out);
void PrintOperation(const ast::Operation& operation, PrintStyle style, std::string& out);
void PrintFragment(const ast::FragmentDefinition& fragment, PrintStyle style, std::string& out);
void PrintSelections(const ast::SelectionSet& selections, PrintStyle style, std::string& out);
void PrintDirectives(const NodeList<ast::Directive>& directives, PrintStyle style,
                     std::string& out);
void PrintTypeDefinition(const ast::TypeDefinition& type, PrintStyle style, std::string& out);

// Values and types look the same in both styles but for the blanks after commas and colons.
void PrintValue(const ast::Value& value, PrintStyle style, std::string& out);
void PrintTypeNode(const ast::TypeNode& type, std::string& out);

// `text` as a GraphQL string literal, quotes included; all but plain text is escaped.
void PrintString(std::string_view text, std::string& out);

std::string ToString(const Document& document, PrintStyle style = PrintStyle::kPretty);
std::string ToString(const ast::Value& value, PrintStyle style = PrintStyle::kPretty);
std::string ToString(const ast::TypeNode& type);

}  // namespace joinery::graphql
