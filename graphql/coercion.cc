#include "graphql/coercion.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/strings.h"
#include "graphql/printer.h"

namespace joinery::graphql {
namespace {

using json::Value;
using Path = std::vector<std::variant<std::string, size_t>>;

bool FitsInt(const Value& value) {
  const std::optional<int64_t> whole = value.int64();
  return whole.has_value() && *whole >= std::numeric_limits<int32_t>::min() &&
         *whole <= std::numeric_limits<int32_t>::max();
}

std::string_view Found(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "a boolean";
    case Value::Kind::kNumber:
      return value.int64().has_value() ? "an integer" : "a number";
    case Value::Kind::kString:
      return "a string";
    case Value::Kind::kArray:
      return "a list";
    case Value::Kind::kObject:
      return "an object";
  }
  return "null";
}

// What a standard scalar makes of a value; nullopt with `wanted` set when it refuses.
std::optional<Value> CoerceStandard(std::string_view scalar, const Value& value,
                                    std::string_view& wanted) {
  if (scalar == "Int") {
    wanted = "a 32-bit integer";
    if (value.is_number() && FitsInt(value)) return Value(*value.int64());
  } else if (scalar == "Float") {
    wanted = "a number";
    if (value.is_number()) return value;
  } else if (scalar == "String") {
    wanted = "a string";
    if (value.is_string()) return value;
  } else if (scalar == "Boolean") {
    wanted = "a boolean";
    if (value.is_bool()) return value;
  } else {
    wanted = "a string or an integer";
    if (value.is_string()) return value;
    if (value.is_number() && value.int64().has_value()) return Value(value.number_text());
  }
  return std::nullopt;
}

// Errors and the path to the place being looked at, shared by both kinds of input.
class Errors {
 public:
  Errors(std::string_view variable, std::vector<CoercionError>& out)
      : variable_(variable), out_(out) {}

  void set_location(Location location) { location_ = location; }

  template <typename Step>
  void Push(Step step) {
    path_.emplace_back(std::move(step));
  }
  void Pop() { path_.pop_back(); }

  std::nullopt_t Add(std::string message) {
    out_.push_back({.message = std::move(message),
                    .variable = std::string(variable_),
                    .path = path_,
                    .location = location_});
    return std::nullopt;
  }

  std::nullopt_t Expected(std::string_view wanted, std::string_view type, std::string_view found) {
    return Add(StrCat("expected ", wanted, " for type \"", type, "\", but found ", found));
  }
  std::nullopt_t UnexpectedNull(TypeRef type) {
    return Add(StrCat("unexpected null value for type \"", TypeRefToString(type), '"'));
  }
  std::nullopt_t UnknownField(std::string_view name, std::string_view type) {
    return Add(StrCat("field \"", name, "\" not found in type: '", type, "'"));
  }
  std::nullopt_t MissingField(std::string_view name, std::string_view type) {
    return Add(StrCat("missing required field '", name, "' of type \"", type, '"'));
  }
  std::nullopt_t UnknownEnumValue(const EnumType& type, std::string_view found) {
    std::vector<std::string_view> names;
    for (const EnumValueDefinition& value : type.values) names.push_back(value.name);
    return Add(StrCat("expected one of the values ['", Join(names, "', '"), "'] for type \"",
                      type.name, "\", but found \"", found, '"'));
  }

 private:
  std::string_view variable_;
  std::vector<CoercionError>& out_;
  Path path_;
  Location location_;
};

// --- Variables: JSON to JSON
// -----------------------------------------------------------------------

class JsonCoercer {
 public:
  explicit JsonCoercer(Errors& errors) : errors_(errors) {}

  std::optional<Value> Coerce(TypeRef type, const Value& value);

 private:
  std::optional<Value> List(TypeRef type, const Value& value);
  std::optional<Value> Named(const NamedType& type, const Value& value);
  std::optional<Value> Object(const InputObjectType& type, const Value& value);

  Errors& errors_;
};

std::optional<Value> JsonCoercer::Coerce(TypeRef type, const Value& value) {
  if (type.is_non_null()) {
    if (value.is_null()) return errors_.UnexpectedNull(type.Unwrapped());
    return Coerce(type.Unwrapped(), value);
  }
  if (value.is_null()) return Value::Null();
  if (type.is_list()) return List(type, value);
  return Named(*type.named(), value);
}

std::optional<Value> JsonCoercer::List(TypeRef type, const Value& value) {
  const TypeRef item = type.Unwrapped();
  Value out = Value::Array();
  if (!value.is_array()) {
    std::optional<Value> single = Coerce(item, value);
    if (!single.has_value()) return std::nullopt;
    out.Append(std::move(*single));
    return out;
  }
  bool ok = true;
  out.items().reserve(value.items().size());
  for (size_t i = 0; i < value.items().size(); ++i) {
    errors_.Push(i);
    std::optional<Value> coerced = Coerce(item, value.items()[i]);
    errors_.Pop();
    ok &= coerced.has_value();
    if (coerced.has_value()) out.Append(std::move(*coerced));
  }
  if (!ok) return std::nullopt;
  return out;
}

std::optional<Value> JsonCoercer::Named(const NamedType& type, const Value& value) {
  if (const InputObjectType* object = type.AsInputObject()) return Object(*object, value);
  if (const EnumType* enumeration = type.AsEnum()) {
    if (!value.is_string()) return errors_.Expected("an enum value", type.name, Found(value));
    if (enumeration->value(value.string()) != nullptr) return value;
    return errors_.UnknownEnumValue(*enumeration, value.string());
  }
  if (!type.is_standard_scalar) return value;
  std::string_view wanted;
  std::optional<Value> coerced = CoerceStandard(type.name, value, wanted);
  if (coerced.has_value()) return coerced;
  return errors_.Expected(wanted, type.name, Found(value));
}

std::optional<Value> JsonCoercer::Object(const InputObjectType& type, const Value& value) {
  if (!value.is_object()) return errors_.Expected("an object", type.name, Found(value));
  bool ok = true;
  Value out = Value::Object();
  for (const auto& [name, member] : value.members()) {
    const InputValueDefinition* field = type.field(name);
    errors_.Push(name);
    std::optional<Value> coerced;
    if (field == nullptr) {
      errors_.UnknownField(name, type.name);
    } else {
      coerced = Coerce(field->type, member);
    }
    errors_.Pop();
    ok &= coerced.has_value();
    if (coerced.has_value()) out.members().emplace_back(name, std::move(*coerced));
  }
  for (const InputValueDefinition& field : type.input_fields) {
    if (value.Find(field.name) != nullptr) continue;
    if (field.default_value != nullptr) {
      std::vector<CoercionError> ignored;
      std::optional<Value> by_default =
          CoerceLiteral(field.type, *field.default_value, Value(), ignored);
      if (by_default.has_value()) {
        out.members().emplace_back(std::string(field.name), std::move(*by_default));
      }
    } else if (field.is_required()) {
      errors_.MissingField(field.name, type.name);
      ok = false;
    }
  }
  if (!ok) return std::nullopt;
  return out;
}

// --- Literals
// --------------------------------------------------------------------------------------

std::string_view Found(const ast::Value& literal) {
  switch (literal.kind) {
    case ast::ValueKind::kVariable:
      return "a variable";
    case ast::ValueKind::kInt:
      return "an integer";
    case ast::ValueKind::kFloat:
      return "a number";
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
  }
  return "null";
}

class LiteralCoercer {
 public:
  LiteralCoercer(const Value& variables, Errors& errors) : variables_(variables), errors_(errors) {}

  std::optional<Value> Coerce(TypeRef type, const ast::Value& literal);

  // The value of a variable, nullptr when it has none.
  const Value* Variable(const ast::Value& literal) const { return variables_.Find(literal.text); }
  bool IsAbsent(const ast::Value& literal) const {
    return literal.kind == ast::ValueKind::kVariable && Variable(literal) == nullptr;
  }

 private:
  std::optional<Value> List(TypeRef type, const ast::Value& literal);
  std::optional<Value> Named(const NamedType& type, const ast::Value& literal);
  std::optional<Value> Object(const InputObjectType& type, const ast::Value& literal);
  std::optional<Value> Member(const InputValueDefinition& field, const ast::ObjectField* given,
                              std::string_view type, bool& ok);

  const Value& variables_;
  Errors& errors_;
};

std::optional<Value> LiteralCoercer::Coerce(TypeRef type, const ast::Value& literal) {
  errors_.set_location(literal.location);
  if (literal.kind == ast::ValueKind::kVariable) {
    const Value* value = Variable(literal);
    if (value != nullptr && !(value->is_null() && type.is_non_null())) return *value;
    if (type.is_non_null()) return errors_.UnexpectedNull(type.Unwrapped());
    return Value::Null();
  }
  if (type.is_non_null()) {
    if (literal.kind == ast::ValueKind::kNull) return errors_.UnexpectedNull(type.Unwrapped());
    return Coerce(type.Unwrapped(), literal);
  }
  if (literal.kind == ast::ValueKind::kNull) return Value::Null();
  if (type.is_list()) return List(type, literal);
  return Named(*type.named(), literal);
}

std::optional<Value> LiteralCoercer::List(TypeRef type, const ast::Value& literal) {
  const TypeRef item = type.Unwrapped();
  Value out = Value::Array();
  if (literal.kind != ast::ValueKind::kList) {
    std::optional<Value> single = Coerce(item, literal);
    if (!single.has_value()) return std::nullopt;
    out.Append(std::move(*single));
    return out;
  }
  bool ok = true;
  for (size_t i = 0; i < literal.items.size(); ++i) {
    errors_.Push(i);
    std::optional<Value> coerced = Coerce(item, literal.items[i]);
    errors_.Pop();
    ok &= coerced.has_value();
    if (coerced.has_value()) out.Append(std::move(*coerced));
  }
  if (!ok) return std::nullopt;
  return out;
}

std::optional<Value> LiteralCoercer::Named(const NamedType& type, const ast::Value& literal) {
  if (const InputObjectType* object = type.AsInputObject()) return Object(*object, literal);
  if (const EnumType* enumeration = type.AsEnum()) {
    if (literal.kind != ast::ValueKind::kEnum) {
      return errors_.Expected("an enum value", type.name, Found(literal));
    }
    if (enumeration->value(literal.text) != nullptr) return Value(literal.text);
    return errors_.UnknownEnumValue(*enumeration, literal.text);
  }
  if (!type.is_standard_scalar) return LiteralToJson(literal, variables_);
  std::string_view wanted;
  std::optional<Value> coerced;
  // An enum literal reads as a string in LiteralToJson, but is none; 1.0 is no Int literal, nor an
  // ID.
  const bool whole_only = type.name == "Int" || type.name == "ID";
  const bool acceptable = literal.kind != ast::ValueKind::kEnum &&
                          !(whole_only && literal.kind == ast::ValueKind::kFloat);
  const Value plain = acceptable ? LiteralToJson(literal, variables_) : Value();
  if (type.name == "ID" && literal.kind == ast::ValueKind::kInt) return Value(literal.text);
  coerced = CoerceStandard(type.name, plain, wanted);
  if (coerced.has_value()) return coerced;
  return errors_.Expected(wanted, type.name, Found(literal));
}

// One field of an input object; `ok` turns false on an error. nullopt: it stays out.
std::optional<Value> LiteralCoercer::Member(const InputValueDefinition& field,
                                            const ast::ObjectField* given, std::string_view type,
                                            bool& ok) {
  if (given != nullptr && !IsAbsent(given->value)) {
    errors_.Push(std::string(field.name));
    std::optional<Value> coerced = Coerce(field.type, given->value);
    errors_.Pop();
    ok &= coerced.has_value();
    return coerced;
  }
  if (field.default_value != nullptr) return Coerce(field.type, *field.default_value);
  if (field.is_required()) {
    errors_.MissingField(field.name, type);
    ok = false;
  }
  return std::nullopt;
}

std::optional<Value> LiteralCoercer::Object(const InputObjectType& type,
                                            const ast::Value& literal) {
  if (literal.kind != ast::ValueKind::kObject) {
    return errors_.Expected("an object", type.name, Found(literal));
  }
  bool ok = true;
  Value out = Value::Object();
  std::vector<bool> seen(type.input_fields.size());
  for (const ast::ObjectField& given : literal.fields) {
    const InputValueDefinition* field = type.field(given.name);
    if (field == nullptr) {
      errors_.set_location(given.location);
      errors_.Push(std::string(given.name));
      errors_.UnknownField(given.name, type.name);
      errors_.Pop();
      ok = false;
      continue;
    }
    const auto position = static_cast<size_t>(field - type.input_fields.begin());
    if (seen[position]) continue;
    seen[position] = true;
    std::optional<Value> value = Member(*field, &given, type.name, ok);
    if (value.has_value()) out.members().emplace_back(given.name, std::move(*value));
  }
  errors_.set_location(literal.location);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) continue;
    const InputValueDefinition& field = type.input_fields[i];
    std::optional<Value> value = Member(field, nullptr, type.name, ok);
    if (value.has_value()) out.members().emplace_back(field.name, std::move(*value));
  }
  if (!ok) return std::nullopt;
  return out;
}

// The members of an object by name. Of equal names the first is found.
class MemberIndex {
 public:
  explicit MemberIndex(const Value& object) {
    for (const Value::Member& member : object.members()) sorted_.push_back(&member);
    std::ranges::stable_sort(sorted_, {}, NameOf);
  }

  const Value* Find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(sorted_, name, {}, NameOf);
    return at != sorted_.end() && NameOf(*at) == name ? &(*at)->second : nullptr;
  }

 private:
  static std::string_view NameOf(const Value::Member* member) { return member->first; }

  std::vector<const Value::Member*> sorted_;
};

// One variable of an operation; nullopt leaves it out (absent, or an error was added).
std::optional<Value> CoerceVariable(const Schema& schema, const ast::VariableDefinition& variable,
                                    const Value* given, std::vector<CoercionError>& out) {
  Errors errors(variable.name, out);
  errors.set_location(variable.location);
  const TypeRef type = schema.Resolve(*variable.type);
  if (!type || !type.named()->is_input()) {
    return errors.Add(StrCat("variable \"", variable.name, "\" is declared as ",
                             ToString(*variable.type), ", which is no input type"));
  }
  if (given == nullptr) {
    if (variable.default_value != nullptr) {
      return LiteralCoercer(Value(), errors).Coerce(type, *variable.default_value);
    }
    if (!type.is_non_null()) return std::nullopt;
    return errors.Add(
        StrCat("expecting a value for non-nullable variable: \"", variable.name, '"'));
  }
  return JsonCoercer(errors).Coerce(type, *given);
}

}  // namespace

CoercedVariables CoerceVariables(const Schema& schema, const ast::Operation& operation,
                                 const Value& raw) {
  CoercedVariables result;
  if (!raw.is_object() && !raw.is_null()) {
    result.errors.push_back(
        {.message = StrCat("variables: expected an object, but found ", Found(raw)),
         .variable = {},
         .path = {},
         .location = operation.location});
    return result;
  }
  const MemberIndex given(raw);
  for (const ast::VariableDefinition& variable : operation.variables) {
    std::optional<Value> value =
        CoerceVariable(schema, variable, given.Find(variable.name), result.errors);
    if (value.has_value()) result.values.members().emplace_back(variable.name, std::move(*value));
  }
  return result;
}

std::optional<Value> CoerceLiteral(TypeRef type, const ast::Value& literal, const Value& variables,
                                   std::vector<CoercionError>& errors) {
  Errors out({}, errors);
  return LiteralCoercer(variables, out).Coerce(type, literal);
}

Value LiteralToJson(const ast::Value& literal, const Value& variables) {
  switch (literal.kind) {
    case ast::ValueKind::kVariable: {
      const Value* value = variables.Find(literal.text);
      return value == nullptr ? Value::Null() : *value;
    }
    case ast::ValueKind::kInt:
    case ast::ValueKind::kFloat:
      return Value::Number(literal.text);
    case ast::ValueKind::kString:
    case ast::ValueKind::kEnum:
      return Value(literal.text);
    case ast::ValueKind::kBoolean:
      return Value(literal.boolean);
    case ast::ValueKind::kNull:
      return Value::Null();
    case ast::ValueKind::kList: {
      Value out = Value::Array();
      for (const ast::Value& item : literal.items) out.Append(LiteralToJson(item, variables));
      return out;
    }
    case ast::ValueKind::kObject: {
      Value out = Value::Object();
      for (const ast::ObjectField& field : literal.fields) {
        const bool absent = field.value.kind == ast::ValueKind::kVariable &&
                            variables.Find(field.value.text) == nullptr;
        if (!absent) out.members().emplace_back(field.name, LiteralToJson(field.value, variables));
      }
      return out;
    }
  }
  return Value::Null();
}

std::optional<Value> CoerceArguments(const NamedList<InputValueDefinition>& definitions,
                                     const NodeList<ast::Argument>& arguments,
                                     const Value& variables, Location location,
                                     std::vector<CoercionError>& errors) {
  Errors out_errors({}, errors);
  LiteralCoercer coercer(variables, out_errors);
  Value out = Value::Object();
  bool ok = true;
  for (const InputValueDefinition& definition : definitions) {
    const ast::Argument* given = nullptr;
    for (const ast::Argument& argument : arguments) {
      if (argument.name == definition.name) given = &argument;
    }
    const bool absent = given == nullptr || coercer.IsAbsent(given->value);
    const ast::Value* value = absent ? definition.default_value : &given->value;
    if (value == nullptr) {
      if (!definition.is_required()) continue;
      out_errors.set_location(given == nullptr ? location : given->location);
      out_errors.Add(StrCat("missing required field '", definition.name, "'"));
      ok = false;
      continue;
    }
    out_errors.Push(std::string(definition.name));
    std::optional<Value> coerced = coercer.Coerce(definition.type, *value);
    out_errors.Pop();
    ok &= coerced.has_value();
    if (coerced.has_value()) out.members().emplace_back(definition.name, std::move(*coerced));
  }
  if (!ok) return std::nullopt;
  return out;
}

}  // namespace joinery::graphql
