#include "graphql/printer.h"

#include "graphql/lexer.h"
#include "graphql/printer_internal.h"

namespace joinery::graphql {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

void Printer::NextLine() {
  if (!pretty_) return Separate();
  out_.push_back('\n');
  out_.append(indent_ * 2, ' ');
}

void Printer::Separate() {
  // After a quote too: an empty string and a string after it would read as a block string.
  if (!out_.empty() && (IsNameCharacter(out_.back()) || out_.back() == '"')) out_.push_back(' ');
}

void Printer::OpenBrace() {
  out_.push_back('{');
  ++indent_;
}

void Printer::CloseBrace() {
  --indent_;
  if (pretty_) NextLine();
  out_.push_back('}');
}

// --- Executable definitions
// ------------------------------------------------------------------------

void Printer::Definition(const ast::Definition& definition) {
  switch (definition.kind) {
    case ast::DefinitionKind::kOperation:
      return Operation(*definition.operation);
    case ast::DefinitionKind::kFragment:
      return Fragment(*definition.fragment);
    case ast::DefinitionKind::kSchema:
      return Schema(*definition.schema);
    case ast::DefinitionKind::kType:
      return TypeDefinition(*definition.type);
    case ast::DefinitionKind::kDirective:
      return Directive(*definition.directive);
  }
}

void Printer::Operation(const ast::Operation& operation) {
  const bool shorthand = operation.kind == ast::OperationKind::kQuery && operation.name.empty() &&
                         operation.variables.empty() && operation.directives.empty();
  if (!shorthand) {
    Separate();
    out_.append(OperationKindName(operation.kind));
    if (!operation.name.empty()) out_.append(" ").append(operation.name);
    if (!operation.variables.empty()) {
      if (operation.name.empty()) Space();
      out_.push_back('(');
      for (size_t i = 0; i < operation.variables.size(); ++i) {
        const ast::VariableDefinition& variable = operation.variables[i];
        if (i > 0) Comma();
        out_.append("$").append(variable.name);
        Colon();
        Type(*variable.type);
        if (variable.default_value != nullptr) {
          out_.append(pretty_ ? " = " : "=");
          Value(*variable.default_value);
        }
        Directives(variable.directives);
      }
      out_.push_back(')');
    }
    Directives(operation.directives);
    Space();
  }
  Selections(operation.selections);
}

void Printer::Fragment(const ast::FragmentDefinition& fragment) {
  Separate();
  out_.append("fragment ").append(fragment.name).append(" on ").append(fragment.type_condition);
  Directives(fragment.directives);
  Space();
  Selections(fragment.selections);
}

void Printer::Selections(const ast::SelectionSet& selections) {
  OpenBrace();
  for (size_t i = 0; i < selections.size(); ++i) {
    if (pretty_ || i > 0) NextLine();
    Selection(selections[i]);
  }
  CloseBrace();
}

void Printer::Selection(const ast::Selection& selection) {
  if (const ast::Field* field = selection.field()) return Field(*field);
  out_.append("...");
  if (const ast::FragmentSpread* spread = selection.spread()) {
    out_.append(spread->name);
    return Directives(spread->directives);
  }
  const ast::InlineFragment& fragment = *selection.inline_fragment();
  if (!fragment.type_condition.empty()) {
    out_.append(pretty_ ? " on " : "on ").append(fragment.type_condition);
  }
  Directives(fragment.directives);
  Space();
  Selections(fragment.selections);
}

void Printer::Field(const ast::Field& field) {
  if (!field.alias.empty()) {
    out_.append(field.alias);
    Colon();
  }
  out_.append(field.name);
  Arguments(field.arguments);
  Directives(field.directives);
  if (field.selections.empty()) return;
  Space();
  Selections(field.selections);
}

void Printer::Arguments(const NodeList<ast::Argument>& arguments) {
  if (arguments.empty()) return;
  out_.push_back('(');
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) Comma();
    out_.append(arguments[i].name);
    Colon();
    Value(arguments[i].value);
  }
  out_.push_back(')');
}

void Printer::Directives(const NodeList<ast::Directive>& directives) {
  for (const ast::Directive& directive : directives) {
    Space();
    out_.append("@").append(directive.name);
    Arguments(directive.arguments);
  }
}

// --- Values and types
// ------------------------------------------------------------------------------

void Printer::Value(const ast::Value& value) {
  switch (value.kind) {
    case ast::ValueKind::kVariable:
      out_.append("$").append(value.text);
      return;
    case ast::ValueKind::kInt:
    case ast::ValueKind::kFloat:
    case ast::ValueKind::kEnum:
      out_.append(value.text);
      return;
    case ast::ValueKind::kBoolean:
      out_.append(value.boolean ? "true" : "false");
      return;
    case ast::ValueKind::kNull:
      out_.append("null");
      return;
    case ast::ValueKind::kString:
      if (value.block_string && pretty_ && FitsBlockString(value.text)) {
        return BlockString(value.text);
      }
      return String(value.text);
    case ast::ValueKind::kList:
      out_.push_back('[');
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) Comma();
        Value(value.items[i]);
      }
      out_.push_back(']');
      return;
    case ast::ValueKind::kObject:
      out_.push_back('{');
      for (size_t i = 0; i < value.fields.size(); ++i) {
        if (i > 0) Comma();
        out_.append(value.fields[i].name);
        Colon();
        Value(value.fields[i].value);
      }
      out_.push_back('}');
      return;
  }
}

void Printer::Type(const ast::TypeNode& type) {
  switch (type.kind) {
    case ast::TypeNode::Kind::kNamed:
      out_.append(type.name);
      return;
    case ast::TypeNode::Kind::kList:
      out_.push_back('[');
      Type(*type.inner);
      out_.push_back(']');
      return;
    case ast::TypeNode::Kind::kNonNull:
      Type(*type.inner);
      out_.push_back('!');
      return;
  }
}

void Printer::String(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out_.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
      case '\\':
        out_.push_back('\\');
        out_.push_back(c);
        break;
      case '\n':
        out_.append("\\n");
        break;
      case '\r':
        out_.append("\\r");
        break;
      case '\t':
        out_.append("\\t");
        break;
      case '\b':
        out_.append("\\b");
        break;
      case '\f':
        out_.append("\\f");
        break;
      default:
        if (byte >= 0x20 && byte != 0x7f) {
          out_.push_back(c);
        } else {
          out_.append("\\u00");
          out_.push_back(kHex[byte >> 4]);
          out_.push_back(kHex[byte & 15]);
        }
    }
  }
  out_.push_back('"');
}

// --- graphql/printer.h
// -----------------------------------------------------------------------------

void PrintDocument(const Document& document, PrintStyle style, std::string& out) {
  Printer printer(style, out);
  bool first = true;
  for (const ast::Definition& definition : document.definitions()) {
    if (!first && printer.pretty()) out.append("\n\n");
    if (!first && !printer.pretty()) printer.NextLine();
    first = false;
    printer.Definition(definition);
  }
  if (printer.pretty()) out.push_back('\n');
}

void PrintDefinition(const ast::Definition& definition, PrintStyle style, std::string& out) {
  Printer(style, out).Definition(definition);
}
void PrintOperation(const ast::Operation& operation, PrintStyle style, std::string& out) {
  Printer(style, out).Operation(operation);
}
void PrintFragment(const ast::FragmentDefinition& fragment, PrintStyle style, std::string& out) {
  Printer(style, out).Fragment(fragment);
}
void PrintSelections(const ast::SelectionSet& selections, PrintStyle style, std::string& out) {
  Printer(style, out).Selections(selections);
}
void PrintDirectives(const NodeList<ast::Directive>& directives, PrintStyle style,
                     std::string& out) {
  Printer(style, out).Directives(directives);
}
void PrintTypeDefinition(const ast::TypeDefinition& type, PrintStyle style, std::string& out) {
  Printer(style, out).TypeDefinition(type);
}
void PrintValue(const ast::Value& value, PrintStyle style, std::string& out) {
  Printer(style, out).Value(value);
}
void PrintTypeNode(const ast::TypeNode& type, std::string& out) {
  Printer(PrintStyle::kCompact, out).Type(type);
}
void PrintString(std::string_view text, std::string& out) {
  Printer(PrintStyle::kCompact, out).String(text);
}

std::string ToString(const Document& document, PrintStyle style) {
  std::string out;
  PrintDocument(document, style, out);
  return out;
}
std::string ToString(const ast::Value& value, PrintStyle style) {
  std::string out;
  PrintValue(value, style, out);
  return out;
}
std::string ToString(const ast::TypeNode& type) {
  std::string out;
  PrintTypeNode(type, out);
  return out;
}

}  // namespace joinery::graphql
