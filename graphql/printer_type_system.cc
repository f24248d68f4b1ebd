#include <algorithm>

#include "graphql/lexer.h"
#include "graphql/printer_internal.h"

namespace joinery::graphql {
namespace {

std::string_view Keyword(ast::TypeDefinitionKind kind) {
  switch (kind) {
    case ast::TypeDefinitionKind::kScalar:
      return "scalar ";
    case ast::TypeDefinitionKind::kObject:
      return "type ";
    case ast::TypeDefinitionKind::kInterface:
      return "interface ";
    case ast::TypeDefinitionKind::kUnion:
      return "union ";
    case ast::TypeDefinitionKind::kEnum:
      return "enum ";
    case ast::TypeDefinitionKind::kInputObject:
      return "input ";
  }
  return "";
}

}  // namespace

bool FitsBlockString(std::string_view text) {
  if (text.empty()) return true;
  const bool control = std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
  // As written by Printer, with a line of its own for the first line.
  std::string raw = "\n";
  raw.append(text).push_back('\n');
  return !control && BlockStringValue(raw) == text;
}

void Printer::BlockString(std::string_view text) {
  out_.append("\"\"\"");
  const std::string indent(indent_ * 2, ' ');
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    out_.push_back('\n');
    if (!line.empty()) out_.append(indent);
    for (size_t at = 0; at < line.size();) {
      const bool triple = line.substr(at, 3) == "\"\"\"";
      out_.append(triple ? std::string_view("\\\"\"\"") : line.substr(at, 1));
      at += triple ? 3 : 1;
    }
    start = end + 1;
  }
  out_.append("\n").append(indent).append("\"\"\"");
}

void Printer::Description(std::string_view text, bool present) {
  if (!present) return;
  if (pretty_ && !text.empty() && FitsBlockString(text)) {
    BlockString(text);
  } else {
    String(text);
  }
  NextLine();
}

void Printer::Names(std::string_view before, std::string_view separator,
                    const NodeList<ast::NameNode>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    out_.append(i == 0 ? before : separator).append(names[i].name);
  }
}

void Printer::InputValue(const ast::InputValueDefinition& value) {
  Description(value.description.text, value.description.present);
  out_.append(value.name);
  Colon();
  Type(*value.type);
  if (value.default_value != nullptr) {
    out_.append(pretty_ ? " = " : "=");
    Value(*value.default_value);
  }
  Directives(value.directives);
}

// Arguments stay on one line unless one of them is described.
void Printer::InputValues(const NodeList<ast::InputValueDefinition>& values) {
  if (values.empty()) return;
  const bool lines = pretty_ && std::ranges::any_of(values, [](const auto& value) {
                       return value.description.present;
                     });
  out_.push_back('(');
  if (lines) ++indent_;
  for (size_t i = 0; i < values.size(); ++i) {
    if (lines) {
      NextLine();
    } else if (i > 0) {
      Comma();
    }
    InputValue(values[i]);
  }
  if (lines) {
    --indent_;
    NextLine();
  }
  out_.push_back(')');
}

void Printer::FieldDefinition(const ast::FieldDefinition& field) {
  Description(field.description.text, field.description.present);
  out_.append(field.name);
  InputValues(field.arguments);
  Colon();
  Type(*field.type);
  Directives(field.directives);
}

void Printer::Schema(const ast::SchemaDefinition& schema) {
  Description(schema.description.text, schema.description.present);
  Separate();
  out_.append(schema.extension ? "extend schema" : "schema");
  Directives(schema.directives);
  if (schema.root_types.empty()) return;
  Space();
  OpenBrace();
  for (size_t i = 0; i < schema.root_types.size(); ++i) {
    if (pretty_ || i > 0) NextLine();
    out_.append(OperationKindName(schema.root_types[i].kind));
    Colon();
    out_.append(schema.root_types[i].type);
  }
  CloseBrace();
}

void Printer::TypeDefinition(const ast::TypeDefinition& type) {
  Description(type.description.text, type.description.present);
  Separate();
  if (type.extension) out_.append("extend ");
  out_.append(Keyword(type.kind)).append(type.name);
  Names(" implements ", pretty_ ? " & " : "&", type.interfaces);
  Directives(type.directives);
  Names(pretty_ ? " = " : "=", pretty_ ? " | " : "|", type.members);
  const auto block = [this](const auto& items, auto print) {
    if (items.empty()) return;
    Space();
    OpenBrace();
    for (size_t i = 0; i < items.size(); ++i) {
      if (pretty_ || i > 0) NextLine();
      print(items[i]);
    }
    CloseBrace();
  };
  block(type.fields, [this](const ast::FieldDefinition& field) { FieldDefinition(field); });
  block(type.input_fields, [this](const ast::InputValueDefinition& field) { InputValue(field); });
  block(type.values, [this](const ast::EnumValueDefinition& value) {
    Description(value.description.text, value.description.present);
    out_.append(value.name);
    Directives(value.directives);
  });
}

void Printer::Directive(const ast::DirectiveDefinition& directive) {
  Description(directive.description.text, directive.description.present);
  Separate();
  out_.append("directive @").append(directive.name);
  InputValues(directive.arguments);
  if (directive.repeatable) out_.append(" repeatable");
  Names(" on ", pretty_ ? " | " : "|", directive.locations);
}

}  // namespace joinery::graphql
