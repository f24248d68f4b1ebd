#include "planner/consistency/remote_path.h"

#include "base/strings.h"
#include "planner/catalog/names.h"

namespace joinery::planner {
namespace {

using json::Value;

class ValueChecker {
 public:
  explicit ValueChecker(const JoinFieldLookup* lookup) : lookup_(lookup) {}

  // Empty: fine. Without a lookup only names are checked.
  std::string Check(const Value& value, graphql::TypeRef type) const {
    if (const auto variable = VariableIn(value)) return Variable(*variable, type);
    switch (value.kind()) {
      case Value::Kind::kNull:
        return "null is not allowed here";
      case Value::Kind::kArray:
        if (!type.is_any_list())
          return StrCat("type \"", type.named()->name, "\"is not a list type");
        for (const Value& item : value.items()) {
          std::string error = Check(item, type.Item());
          if (!error.empty()) return error;
        }
        return {};
      case Value::Kind::kObject:
        return Object(value, type);
      default:
        return Literal(value, type);
    }
  }

 private:
  std::string Variable(std::string_view name, graphql::TypeRef type) const {
    if (lookup_ == nullptr) return {};
    const JoinFieldType* field = (*lookup_)(name);
    if (field == nullptr) return StrCat("variable \"", name, "\" is not found");
    if (FitsArgument(*field, type)) return {};
    return StrCat("expected type \"", graphql::TypeRefToString(type), "\" but got \"",
                  JoinTypeText(*field), "\"");
  }

  std::string Object(const Value& value, graphql::TypeRef type) const {
    const graphql::InputObjectType* object = type.named()->AsInputObject();
    if (object == nullptr) {
      // A scalar of unknown meaning takes any JSON.
      const bool open =
          type.named()->kind == graphql::TypeKind::kScalar && !type.named()->is_standard_scalar;
      return open ? "" : StrCat("type \"", type.named()->name, "\"not an input object type");
    }
    for (const auto& [name, member] : value.members()) {
      const graphql::InputValueDefinition* field = object->field(name);
      if (field == nullptr) {
        return StrCat("argument with name \"", name, "\" not found in remote schema");
      }
      std::string error = Check(member, field->type);
      if (!error.empty()) return error;
    }
    return {};
  }

  std::string Literal(const Value& value, graphql::TypeRef type) const {
    const graphql::NamedType& named = *type.named();
    std::string_view got = "String";
    if (value.is_bool()) got = "Boolean";
    if (value.is_number()) got = value.int64() ? "Int" : "Float";
    const std::string error = StrCat("expected type \"", named.name, "\" but got \"", got, "\"");
    if (named.kind == graphql::TypeKind::kInputObject) return error;
    if (const graphql::EnumType* enumeration = named.AsEnum()) {
      return value.is_string() && enumeration->value(value.string()) != nullptr ? "" : error;
    }
    if (!named.is_standard_scalar || named.name == got) return {};
    if (named.name == "ID" && (got == "Int" || got == "String")) return {};
    if (named.name == "Float" && got == "Int") return {};
    return error;
  }

  const JoinFieldLookup* lookup_;
};

std::string CheckArguments(const graphql::FieldDefinition& field, const Value& arguments, bool last,
                           const JoinFieldLookup* lookup) {
  const ValueChecker checker(lookup);
  for (const auto& [name, value] : arguments.members()) {
    const graphql::InputValueDefinition* argument = field.argument(name);
    if (argument == nullptr) {
      return StrCat("argument with name \"", name, "\" not found in remote schema");
    }
    std::string error = checker.Check(value, argument->type);
    if (!error.empty()) return error;
  }
  // What the last step leaves open the client gives; nobody gives what the others do.
  if (last || lookup == nullptr) return {};
  for (const graphql::InputValueDefinition& argument : field.arguments) {
    if (argument.is_required() && arguments.Find(argument.name) == nullptr) {
      return StrCat("argument \"", argument.name, "\" of field \"", field.name,
                    "\" is required and must be given on the way");
    }
  }
  return {};
}

RemotePath Follow(const graphql::Schema& schema,
                  const std::vector<metadata::RemoteFieldStep>& steps,
                  const JoinFieldLookup* lookup) {
  RemotePath out;
  const graphql::NamedType* type = schema.query();
  for (size_t i = 0; i < steps.size(); ++i) {
    const metadata::RemoteFieldStep& step = steps[i];
    const bool last = i + 1 == steps.size();
    const graphql::FieldDefinition* field = type->fields().Find(step.field);
    if (field == nullptr) {
      out.error = StrCat("remote field with name \"", step.field, "\" and type \"", type->name,
                         "\" not found");
      return out;
    }
    out.error = CheckArguments(*field, step.arguments, last, lookup);
    if (!out.error.empty()) return out;
    out.fields.push_back(field);
    type = field->type.named();
    if (last) break;
    if (type->kind != graphql::TypeKind::kObject) {
      out.error = StrCat("type \"", type->name, "\"only output type is expected");
      return out;
    }
    if (field->type.is_any_list()) {
      out.error =
          StrCat("field \"", step.field, "\" is a list; only the last field of the way may be one");
      return out;
    }
  }
  return out;
}

}  // namespace

std::optional<std::string_view> VariableIn(const Value& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = value.string();
  if (!text.starts_with('$') || text.starts_with("$$")) return std::nullopt;
  return text.substr(1);
}

RemotePath FollowRemotePath(const graphql::Schema& schema,
                            const std::vector<metadata::RemoteFieldStep>& steps,
                            const JoinFieldLookup& lookup) {
  return Follow(schema, steps, &lookup);
}

bool HasRemotePath(const graphql::Schema& schema,
                   const std::vector<metadata::RemoteFieldStep>& steps) {
  return Follow(schema, steps, nullptr).error.empty();
}

}  // namespace joinery::planner
