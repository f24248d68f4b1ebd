#include "planner/resolve/values.h"

#include <limits>
#include <set>

#include "base/strings.h"
#include "planner/resolve/column_value.h"

namespace joinery::planner {
namespace {

namespace ast = graphql::ast;
using json::Value;
using Mode = plan::VariableUse::Mode;

std::string_view FoundInLiteral(const ast::Value& literal) {
  switch (literal.kind) {
    case ast::ValueKind::kInt:
      return "an integer";
    case ast::ValueKind::kFloat:
      return "a float";
    case ast::ValueKind::kString:
      return "a string";
    case ast::ValueKind::kBoolean:
      return "a boolean";
    case ast::ValueKind::kNull:
      return "null";
    case ast::ValueKind::kEnum:
      return "an enum value";
    case ast::ValueKind::kList:
      return "a list";
    case ast::ValueKind::kObject:
      return "an object";
    case ast::ValueKind::kVariable:
      return "a variable";
  }
  return "a value";
}

std::string_view FoundInJson(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "a boolean";
    case Value::Kind::kNumber:
      return "a number";
    case Value::Kind::kString:
      return "a string";
    case Value::Kind::kArray:
      return "a list";
    case Value::Kind::kObject:
      return "an object";
  }
  return "a value";
}

// The database type that judges values of this input, if any does.
const plan::SqlType* ColumnType(const InputBinding& binding) {
  if (const auto* op = std::get_if<OperatorInput>(&binding)) return &op->operand;
  if (const auto* key = std::get_if<PrimaryKeyInput>(&binding)) return &key->type;
  if (const auto* argument = std::get_if<FunctionArgumentInput>(&binding)) return &argument->type;
  if (const auto* column = std::get_if<InsertColumnInput>(&binding)) return &column->type;
  if (const auto* column = std::get_if<AssignColumnInput>(&binding)) return &column->type;
  return nullptr;
}

Issue Expected(std::string_view expected, graphql::TypeRef type, std::string_view found,
               const std::string& path) {
  return ValidationFailed(
      StrCat("expected ", expected, " for type \"", type.named()->name, "\", but found ", found),
      path);
}

// Whether a variable of `declared` may stand where `wanted` is expected; the specification's
// IsVariableUsageAllowed, with types compared by name.
bool UsageAllowed(const ast::TypeNode& declared, bool has_default, graphql::TypeRef wanted,
                  bool place_has_default) {
  const ast::TypeNode* node = &declared;
  if (wanted.is_non_null()) {
    if (node->kind == ast::TypeNode::Kind::kNonNull) {
      node = node->inner;
    } else if (!has_default && !place_has_default) {
      return false;
    }
    wanted = wanted.Nullable();
  } else if (node->kind == ast::TypeNode::Kind::kNonNull) {
    node = node->inner;
  }
  if (wanted.is_list()) {
    return node->kind == ast::TypeNode::Kind::kList &&
           UsageAllowed(*node->inner, false, wanted.Unwrapped(), false);
  }
  return node->kind == ast::TypeNode::Kind::kNamed && node->name == wanted.named()->name;
}

std::string TypeNodeText(const ast::TypeNode& node) {
  switch (node.kind) {
    case ast::TypeNode::Kind::kNamed:
      return std::string(node.name);
    case ast::TypeNode::Kind::kList:
      return StrCat("[", TypeNodeText(*node.inner), "]");
    case ast::TypeNode::Kind::kNonNull:
      return StrCat(TypeNodeText(*node.inner), "!");
  }
  return {};
}

}  // namespace

const ResolvedValue* ResolvedValue::Find(std::string_view name) const {
  for (const ResolvedMember& member : members) {
    if (member.definition->name == name) return &member.value;
  }
  return nullptr;
}

const ResolvedValue* ResolvedField::argument(std::string_view name) const {
  for (const ResolvedMember& member : arguments) {
    if (member.definition->name == name) return &member.value;
  }
  return nullptr;
}

IssueOr<std::vector<ResolvedMember>> ValueResolver::Arguments(
    const graphql::FieldDefinition& field, const graphql::NodeList<ast::Argument>& given,
    const std::string& path) {
  std::vector<ResolvedMember> out;
  for (const ast::Argument& argument : given) {
    const graphql::InputValueDefinition* definition = field.argument(argument.name);
    if (definition == nullptr) {
      return ValidationFailed(
          StrCat("\"", field.name, "\" has no argument named \"", argument.name, "\""), path);
    }
    if (argument.value.kind == ast::ValueKind::kVariable) {
      const Variables::Declared* declared = variables_.Find(argument.value.text);
      if (declared != nullptr && declared->value() == nullptr) {
        variables_.Use(argument.value.text, Mode::kValue);
        if (definition->is_required()) {
          return ValidationFailed(StrCat("missing required field \"", definition->name, "\""),
                                  StrCat(path, ".args.", definition->name));
        }
        continue;
      }
    }
    ASSIGN_OR_RETURN_ISSUE(ResolvedValue value,
                           Literal(argument.value, {definition, definition->type,
                                                    StrCat(path, ".args.", argument.name)}));
    out.push_back({definition, std::move(value)});
  }
  for (const graphql::InputValueDefinition& definition : field.arguments) {
    if (!definition.is_required()) continue;
    const bool there = std::any_of(out.begin(), out.end(), [&](const ResolvedMember& m) {
      return m.definition == &definition;
    });
    if (!there) {
      return ValidationFailed(StrCat("missing required field \"", definition.name, "\""),
                              StrCat(path, ".args.", definition.name));
    }
  }
  return out;
}

IssueOr<bool> ValueResolver::Included(const graphql::NodeList<ast::Directive>& directives,
                                      std::string_view place, const std::string& path) {
  bool included = true;
  std::set<std::string_view> seen;
  for (const ast::Directive& directive : directives) {
    const graphql::DirectiveDefinition* definition = schema_.schema->directive(directive.name);
    const bool cached =
        directive.name == "cached" || directive.name == "_multiple_top_level_fields";
    const bool conditional = directive.name == "include" || directive.name == "skip";
    if (!conditional && !cached && definition == nullptr) {
      return ValidationFailed(
          StrCat("directive \"", directive.name, "\" is not defined in the schema"), path);
    }
    const bool on_operation = place == "query" || place == "mutation" || place == "subscription";
    if (on_operation == conditional || (on_operation && !cached)) {
      return ValidationFailed(StrCat("directive \"", directive.name, "\" is not allowed on ",
                                     on_operation ? "a " : "a ", place),
                              path);
    }
    if (!seen.insert(directive.name).second) {
      return ValidationFailed(
          StrCat("the following directives are used more than once: ", directive.name), path);
    }
    if (!conditional) continue;
    const ast::Value* condition = nullptr;
    for (const ast::Argument& argument : directive.arguments) {
      if (argument.name == "if") condition = &argument.value;
    }
    if (condition == nullptr) {
      return ValidationFailed("missing required field \"if\"",
                              StrCat(path, ".directives.", directive.name));
    }
    const Value* value = nullptr;
    Value literal;
    if (condition->kind == ast::ValueKind::kVariable) {
      const Variables::Declared* declared = variables_.Find(condition->text);
      if (declared == nullptr) {
        return ValidationFailed(StrCat("unbound variable \"", condition->text, "\""), "$");
      }
      if (declared->definition->type->named() != "Boolean") {
        return ValidationFailed(StrCat("variable \"", condition->text, "\" is declared as ",
                                       TypeNodeText(*declared->definition->type),
                                       ", but used where Boolean! is expected"),
                                path);
      }
      variables_.Use(condition->text, Mode::kExact);
      value = declared->value();
    } else {
      literal = LiteralToJson(*condition);
      value = &literal;
    }
    if (value == nullptr || !value->is_bool()) {
      return ValidationFailed(StrCat("expected a boolean for type \"Boolean\", but found ",
                                     value == nullptr ? "null" : FoundInJson(*value)),
                              path);
    }
    included = included && (value->bool_value() == (directive.name == "include"));
  }
  return included;
}

bool ValueResolver::RefusesNull(const Place& place) const {
  if (place.type.is_non_null()) return true;
  const InputBinding& binding = schema_.input(place.definition->binding);
  return std::holds_alternative<OperatorInput>(binding) ||
         std::holds_alternative<IsNullInput>(binding) ||
         std::holds_alternative<ConnectiveInput>(binding) ||
         std::holds_alternative<BoolColumnInput>(binding) ||
         std::holds_alternative<BoolComputedInput>(binding) ||
         std::holds_alternative<BoolRelationshipInput>(binding);
}

Issue ValueResolver::NullIssue(const Place& place) const {
  if (place.type.is_any_list()) return Expected("a list", place.type, "null", place.path);
  if (place.type.named()->AsInputObject() != nullptr) {
    return Expected("an object", place.type, "null", place.path);
  }
  return ValidationFailed(
      StrCat("unexpected null value for type \"", place.type.named()->name, "\""), place.path);
}

IssueOr<ResolvedValue> ValueResolver::Literal(const ast::Value& literal, const Place& place) {
  if (literal.kind == ast::ValueKind::kVariable) return FromVariable(literal.text, place);
  ResolvedValue out{.kind = ResolvedValue::Kind::kNull, .type = place.type};
  if (literal.kind == ast::ValueKind::kNull) {
    if (RefusesNull(place)) return NullIssue(place);
    return out;
  }
  const graphql::TypeRef type = place.type.Nullable();
  const plan::SqlType* column = ColumnType(schema_.input(place.definition->binding));
  if (type.is_list()) {
    out.kind = ResolvedValue::Kind::kList;
    if (literal.kind != ast::ValueKind::kList) {
      if (column != nullptr && literal.kind == ast::ValueKind::kString) {
        return Scalar(Value(literal.text), "a string", place);
      }
      ASSIGN_OR_RETURN_ISSUE(ResolvedValue item, Literal(literal, {place.definition, type.Item(),
                                                                   StrCat(place.path, "[0]")}));
      out.items.push_back(std::move(item));
      return out;
    }
    size_t index = 0;
    for (const ast::Value& literal_item : literal.items) {
      ASSIGN_OR_RETURN_ISSUE(ResolvedValue item,
                             Literal(literal_item, {place.definition, type.Item(),
                                                    StrCat(place.path, "[", index++, "]")}));
      out.items.push_back(std::move(item));
    }
    return out;
  }
  if (const graphql::InputObjectType* object = type.named()->AsInputObject()) {
    if (literal.kind != ast::ValueKind::kObject) {
      return Expected("an object", place.type, FoundInLiteral(literal), place.path);
    }
    return ObjectLiteral(literal, place, *object);
  }
  if (const graphql::EnumType* enumeration = type.named()->AsEnum()) {
    if (literal.kind != ast::ValueKind::kEnum) {
      return Expected("an enum value", place.type, FoundInLiteral(literal), place.path);
    }
    return Enum(literal.text, *enumeration, place);
  }
  ASSIGN_OR_RETURN_ISSUE(Value value, JsonLiteral(literal));
  if (literal.kind == ast::ValueKind::kEnum && type.named()->is_standard_scalar) {
    return Expected("a string", place.type, "an enum value", place.path);
  }
  return Scalar(value, FoundInLiteral(literal), place);
}

// A scalar's literal as JSON, variables inside filled in.
IssueOr<Value> ValueResolver::JsonLiteral(const ast::Value& literal) {
  if (literal.kind == ast::ValueKind::kVariable) {
    const Variables::Declared* declared = variables_.Find(literal.text);
    if (declared == nullptr) {
      return ValidationFailed(StrCat("unbound variable \"", literal.text, "\""), "$");
    }
    variables_.Use(literal.text, Mode::kExact);
    return declared->value() == nullptr ? Value::Null() : *declared->value();
  }
  if (literal.kind == ast::ValueKind::kList) {
    Value list = Value::Array();
    for (const ast::Value& literal_item : literal.items) {
      ASSIGN_OR_RETURN_ISSUE(Value item, JsonLiteral(literal_item));
      list.Append(std::move(item));
    }
    return list;
  }
  if (literal.kind == ast::ValueKind::kObject) {
    Value object = Value::Object();
    for (const ast::ObjectField& field : literal.fields) {
      ASSIGN_OR_RETURN_ISSUE(Value member, JsonLiteral(field.value));
      object.Set(field.name, std::move(member));
    }
    return object;
  }
  return LiteralToJson(literal);
}

IssueOr<ResolvedValue> ValueResolver::FromVariable(std::string_view name, const Place& place) {
  const Variables::Declared* declared = variables_.Find(name);
  if (declared == nullptr) return ValidationFailed(StrCat("unbound variable \"", name, "\""), "$");
  if (!UsageAllowed(*declared->definition->type, declared->has_default, place.type,
                    place.definition->has_default())) {
    return ValidationFailed(
        StrCat("variable \"", name, "\" is declared as ", TypeNodeText(*declared->definition->type),
               ", but used where ", graphql::TypeRefToString(place.type), " is expected"),
        place.path);
  }
  variables_.Use(name, Mode::kValue);
  const Value* value = declared->value();
  if (value == nullptr) {
    ResolvedValue absent{.kind = ResolvedValue::Kind::kNull, .type = place.type};
    absent.variable = declared->definition->name;
    if (RefusesNull(place)) return NullIssue(place);
    return absent;
  }
  return FromJson(*value, place, {declared->definition->name, {}});
}

IssueOr<ResolvedValue> ValueResolver::FromJson(const Value& value, const Place& place,
                                               const Origin& origin) {
  ResolvedValue out{.kind = ResolvedValue::Kind::kNull, .type = place.type};
  out.variable = origin.variable;
  out.variable_path = origin.steps;
  const auto marked = [&](ResolvedValue resolved) {
    resolved.variable = origin.variable;
    resolved.variable_path = origin.steps;
    return resolved;
  };
  const graphql::TypeRef type = place.type.Nullable();
  const plan::SqlType* column = ColumnType(schema_.input(place.definition->binding));
  if (value.is_null()) {
    if (RefusesNull(place)) return NullIssue(place);
    return out;
  }
  if (type.is_list()) {
    if (column != nullptr && value.is_string()) {
      ASSIGN_OR_RETURN_ISSUE(ResolvedValue text, Scalar(value, "a string", place));
      return marked(std::move(text));
    }
    out.kind = ResolvedValue::Kind::kList;
    const bool leaves = type.Item().named()->AsScalar() != nullptr;
    if (!leaves) variables_.Use(origin.variable, Mode::kShape);
    const size_t count = value.is_array() ? value.items().size() : 1;
    for (size_t i = 0; i < count; ++i) {
      Origin step = origin;
      if (value.is_array()) step.steps.emplace_back(i);
      ASSIGN_OR_RETURN_ISSUE(
          ResolvedValue item,
          FromJson(value.is_array() ? value.items()[i] : value,
                   {place.definition, type.Item(), StrCat(place.path, "[", i, "]")}, step));
      out.items.push_back(std::move(item));
    }
    return out;
  }
  if (const graphql::InputObjectType* object = type.named()->AsInputObject()) {
    if (!value.is_object()) {
      return Expected("an object", place.type, FoundInJson(value), place.path);
    }
    variables_.Use(origin.variable, Mode::kShape);
    return ObjectFromJson(value, place, *object, origin);
  }
  if (const graphql::EnumType* enumeration = type.named()->AsEnum()) {
    if (!value.is_string()) {
      return Expected("an enum value", place.type, FoundInJson(value), place.path);
    }
    variables_.Use(origin.variable, Mode::kExact);
    ASSIGN_OR_RETURN_ISSUE(ResolvedValue resolved, Enum(value.string(), *enumeration, place));
    return marked(std::move(resolved));
  }
  ASSIGN_OR_RETURN_ISSUE(ResolvedValue resolved, Scalar(value, FoundInJson(value), place));
  return marked(std::move(resolved));
}

MaybeIssue ValueResolver::CheckMissing(const graphql::InputObjectType& type,
                                       const ResolvedValue& object, const std::string& path) {
  for (const graphql::InputValueDefinition& field : type.input_fields) {
    if (field.is_required() && object.Find(field.name) == nullptr) {
      return ValidationFailed(StrCat("missing required field \"", field.name, "\""),
                              StrCat(path, ".", field.name));
    }
  }
  return {};
}

IssueOr<ResolvedValue> ValueResolver::ObjectLiteral(const ast::Value& literal, const Place& place,
                                                    const graphql::InputObjectType& type) {
  ResolvedValue out{.kind = ResolvedValue::Kind::kObject, .type = place.type};
  for (const ast::ObjectField& field : literal.fields) {
    const std::string path = StrCat(place.path, ".", field.name);
    const graphql::InputValueDefinition* definition = type.field(field.name);
    if (definition == nullptr) {
      return ValidationFailed(
          StrCat("field \"", field.name, "\" not found in type: '", type.name, "'"), path);
    }
    if (field.value.kind == ast::ValueKind::kVariable) {
      const Variables::Declared* declared = variables_.Find(field.value.text);
      if (declared != nullptr && declared->value() == nullptr && !definition->is_required()) {
        variables_.Use(field.value.text, Mode::kValue);
        continue;
      }
    }
    ASSIGN_OR_RETURN_ISSUE(ResolvedValue value,
                           Literal(field.value, {definition, definition->type, path}));
    out.members.push_back({definition, std::move(value)});
  }
  RETURN_IF_ISSUE(CheckMissing(type, out, place.path));
  return out;
}

IssueOr<ResolvedValue> ValueResolver::ObjectFromJson(const Value& value, const Place& place,
                                                     const graphql::InputObjectType& type,
                                                     const Origin& origin) {
  ResolvedValue out{.kind = ResolvedValue::Kind::kObject, .type = place.type};
  out.variable = origin.variable;
  out.variable_path = origin.steps;
  for (const auto& [name, member] : value.members()) {
    const std::string path = StrCat(place.path, ".", name);
    const graphql::InputValueDefinition* definition = type.field(name);
    if (definition == nullptr) {
      return ValidationFailed(StrCat("field \"", name, "\" not found in type: '", type.name, "'"),
                              path);
    }
    Origin step = origin;
    step.steps.emplace_back(name);
    ASSIGN_OR_RETURN_ISSUE(ResolvedValue resolved,
                           FromJson(member, {definition, definition->type, path}, step));
    out.members.push_back({definition, std::move(resolved)});
  }
  RETURN_IF_ISSUE(CheckMissing(type, out, place.path));
  return out;
}

IssueOr<ResolvedValue> ValueResolver::Enum(std::string_view name, const graphql::EnumType& type,
                                           const Place& place) {
  ResolvedValue out{.kind = ResolvedValue::Kind::kEnum, .type = place.type};
  out.enum_value = type.value(name);
  if (out.enum_value == nullptr) {
    std::string values;
    for (size_t i = 0; i < type.values.size(); ++i) {
      if (i > 0)
        values.append(i + 1 < type.values.size() ? ", "
                      : type.values.size() > 2   ? ", or "
                                                 : " or ");
      values.append(type.values[i].name);
    }
    return ValidationFailed(
        StrCat(type.values.size() == 1 ? "expected the value " : "expected one of the values ",
               values, " for type \"", type.name, "\", but found \"", name, "\""),
        place.path);
  }
  out.scalar = Value(name);
  return out;
}

IssueOr<ResolvedValue> ValueResolver::Scalar(const Value& value, std::string_view found,
                                             const Place& place) {
  ResolvedValue out{.kind = ResolvedValue::Kind::kScalar, .type = place.type, .scalar = value};
  const InputBinding& binding = schema_.input(place.definition->binding);
  if (const plan::SqlType* column = ColumnType(binding)) {
    const plan::SqlType* type = column;
    RETURN_IF_ISSUE(CheckColumnValue(*type, value, place.path));
    return out;
  }
  const std::string_view name = place.type.named()->name;
  if (const auto* list = std::get_if<ListArgumentInput>(&binding)) {
    const std::optional<int64_t> number = value.int64();
    const bool bound =
        list->argument == ListArgument::kLimit || list->argument == ListArgument::kOffset;
    const bool fits =
        number && *number >= 0 &&
        (*number <= std::numeric_limits<int32_t>::max() || list->argument == ListArgument::kOffset);
    if (bound && !fits) {
      return Expected("a non-negative 32-bit integer", place.type, found, place.path);
    }
    return out;
  }
  if (name == "Int") {
    const std::optional<int64_t> number = value.int64();
    if (!number || *number != static_cast<int32_t>(*number)) {
      return Expected("a 32-bit integer", place.type, found, place.path);
    }
  } else if (name == "Float" && !value.is_number()) {
    return Expected("a float", place.type, found, place.path);
  } else if (name == "Boolean" && !value.is_bool()) {
    return Expected("a boolean", place.type, found, place.path);
  } else if (name == "String" && !value.is_string()) {
    return Expected("a string", place.type, found, place.path);
  } else if (name == "ID" && !value.is_string() && !(value.is_number() && value.int64())) {
    return Expected("a string", place.type, found, place.path);
  }
  return out;
}

}  // namespace joinery::planner
