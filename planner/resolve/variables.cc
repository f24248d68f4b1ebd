#include "planner/resolve/variables.h"

#include <set>
#include <vector>

#include "base/strings.h"

namespace joinery::planner {
namespace {

namespace ast = graphql::ast;
using json::Value;

// Names of the variables that an operation uses, in fragments too; each fragment is visited once.
class UsedVariables {
 public:
  explicit UsedVariables(const graphql::Document& document) : document_(document) {}

  void Visit(const ast::SelectionSet& selections) {
    for (const ast::Selection& selection : selections) {
      if (const ast::Field* field = selection.field()) {
        for (const ast::Argument& argument : field->arguments) Visit(argument.value);
        VisitDirectives(field->directives);
        Visit(field->selections);
      } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
        VisitDirectives(fragment->directives);
        Visit(fragment->selections);
      } else if (const ast::FragmentSpread* spread = selection.spread()) {
        VisitDirectives(spread->directives);
        const ast::FragmentDefinition* fragment = document_.fragment(spread->name);
        if (fragment != nullptr && fragments_.insert(spread->name).second) {
          Visit(fragment->selections);
        }
      }
    }
  }

  void VisitDirectives(const graphql::NodeList<ast::Directive>& directives) {
    for (const ast::Directive& directive : directives) {
      for (const ast::Argument& argument : directive.arguments) Visit(argument.value);
    }
  }

  bool contains(std::string_view name) const { return names_.contains(name); }

 private:
  void Visit(const ast::Value& value) {
    if (value.kind == ast::ValueKind::kVariable) names_.insert(value.text);
    for (const ast::Value& item : value.items) Visit(item);
    for (const ast::ObjectField& field : value.fields) Visit(field.value);
  }

  const graphql::Document& document_;
  std::set<std::string_view> names_;
  std::set<std::string_view> fragments_;
};

MaybeIssue CheckSent(const UsedVariables& used, const Value& sent) {
  std::vector<std::string_view> unexpected;
  for (const auto& [name, value] : sent.members()) {
    if (!used.contains(name)) unexpected.push_back(name);
  }
  if (unexpected.empty()) return {};
  return ValidationFailed(
      StrCat("unexpected variables in variableValues: ", Join(unexpected, ", ")), "$");
}

}  // namespace

Value LiteralToJson(const ast::Value& literal) {
  switch (literal.kind) {
    case ast::ValueKind::kInt:
    case ast::ValueKind::kFloat:
      return Value::Number(literal.text);
    case ast::ValueKind::kString:
    case ast::ValueKind::kEnum:
    case ast::ValueKind::kVariable:
      return Value(literal.text);
    case ast::ValueKind::kBoolean:
      return Value(literal.boolean);
    case ast::ValueKind::kNull:
      return Value::Null();
    case ast::ValueKind::kList: {
      Value list = Value::Array();
      for (const ast::Value& item : literal.items) list.Append(LiteralToJson(item));
      return list;
    }
    case ast::ValueKind::kObject: {
      Value object = Value::Object();
      for (const ast::ObjectField& field : literal.fields) {
        object.Set(field.name, LiteralToJson(field.value));
      }
      return object;
    }
  }
  return Value::Null();
}

IssueOr<Variables> Variables::Read(const graphql::Document& document,
                                   const ast::Operation& operation, const Value& sent) {
  Variables variables;
  UsedVariables used(document);
  used.Visit(operation.selections);
  used.VisitDirectives(operation.directives);
  for (const ast::VariableDefinition& definition : operation.variables) {
    Declared declared{.definition = &definition, .sent = sent.Find(definition.name)};
    if (definition.default_value != nullptr) {
      declared.has_default = true;
      declared.fallback = LiteralToJson(*definition.default_value);
    }
    const bool non_null = definition.type->kind == ast::TypeNode::Kind::kNonNull;
    if (!variables.declared_.emplace(definition.name, declared).second) {
      return ParseFailed(StrCat("multiple definitions for variable \"", definition.name, "\""),
                         "$");
    }
    if (non_null && declared.value() == nullptr) {
      return ValidationFailed(
          StrCat("expecting a value for non-nullable variable: \"", definition.name, "\""), "$");
    }
  }
  RETURN_IF_ISSUE(CheckSent(used, sent));
  return variables;
}

const Variables::Declared* Variables::Find(std::string_view name) const {
  const auto it = declared_.find(name);
  return it == declared_.end() ? nullptr : &it->second;
}

void Variables::Use(std::string_view name, plan::VariableUse::Mode mode) {
  const auto it = modes_.find(name);
  if (it == modes_.end()) {
    modes_.emplace(std::string(name), mode);
  } else if (mode > it->second) {
    it->second = mode;
  }
}

}  // namespace joinery::planner
