#include "graphql/interface_check.h"

#include <algorithm>

#include "base/strings.h"

namespace joinery::graphql {
namespace {

// Compares one type with one interface it implements.
class Implementation {
 public:
  Implementation(const Schema& schema, const NamedType& type, const InterfaceType& interface,
                 std::vector<SchemaError>& errors)
      : schema_(schema),
        type_(type),
        interface_(interface),
        word_(type.kind == TypeKind::kObject ? "Object" : "Interface"),
        errors_(errors) {}

  void Check(const NodeList<const InterfaceType*>& implemented) {
    for (const InterfaceType* above : interface_.interfaces) {
      if (std::ranges::find(implemented, above) != implemented.end()) continue;
      Error({}, StrCat(word_, " type '", type_.name, "' must implement interface '", above->name,
                       "' because interface '", interface_.name, "' does"));
    }
    for (const FieldDefinition& wanted : interface_.field_list) {
      const FieldDefinition* field = type_.fields().Find(wanted.name);
      if (field == nullptr) {
        Error(wanted.name, StrCat("Interface field ", Place(interface_, wanted.name),
                                  " expected, but '", type_.name, "' does not provide it"));
      } else {
        CheckField(*field, wanted);
      }
    }
  }

 private:
  static std::string Place(const NamedType& type, std::string_view field) {
    return StrCat('\'', type.name, "'.\"", field, '"');
  }
  static std::string Place(const NamedType& type, std::string_view field,
                           std::string_view argument) {
    return StrCat(Place(type, field), "(\"", argument, "\":)");
  }

  void CheckField(const FieldDefinition& field, const FieldDefinition& wanted) {
    if (!schema_.IsSubtype(field.type, wanted.type)) {
      Error(
          field.name,
          StrCat("The type of ", word_, " field ", Place(type_, field.name), " (",
                 TypeRefToString(field.type), ") is not the same type/sub type of Interface field ",
                 Place(interface_, wanted.name), " (", TypeRefToString(wanted.type), ')'));
    }
    for (const InputValueDefinition& argument : wanted.arguments) {
      CheckArgument(field, argument);
    }
    for (const InputValueDefinition& argument : field.arguments) {
      if (!argument.is_required() || wanted.argument(argument.name) != nullptr) continue;
      Error(field.name,
            StrCat(word_, " field argument ", Place(type_, field.name, argument.name),
                   " is of required type ", TypeRefToString(argument.type),
                   ", but is not provided by Interface field ", Place(interface_, wanted.name)));
    }
  }

  void CheckArgument(const FieldDefinition& field, const InputValueDefinition& wanted) {
    const InputValueDefinition* argument = field.argument(wanted.name);
    const std::string place = Place(interface_, field.name, wanted.name);
    if (argument == nullptr) {
      Error(field.name, StrCat("Interface field argument ", place, " required, but ", word_,
                               " field ", Place(type_, field.name), " does not provide it"));
    } else if (argument->type != wanted.type) {
      Error(field.name, StrCat("Interface field argument ", place, " expects type ",
                               TypeRefToString(wanted.type), ", but ", word_, " field ",
                               Place(type_, field.name, wanted.name), " is of type ",
                               TypeRefToString(argument->type)));
    }
  }

  void Error(std::string_view member, std::string message) {
    errors_.push_back({.kind = SchemaError::Kind::kInvalid,
                       .message = std::move(message),
                       .type_name = std::string(type_.name),
                       .member = std::string(member),
                       .location = {}});
  }

  const Schema& schema_;
  const NamedType& type_;
  const InterfaceType& interface_;
  const std::string_view word_;
  std::vector<SchemaError>& errors_;
};

}  // namespace

std::vector<SchemaError> CheckInterfaces(const Schema& schema) {
  std::vector<SchemaError> errors;
  for (const NamedType* type : schema.types()) {
    NodeList<const InterfaceType*> interfaces;
    if (const ObjectType* object = type->AsObject()) interfaces = object->interfaces;
    if (const InterfaceType* interface = type->AsInterface()) interfaces = interface->interfaces;
    for (const InterfaceType* interface : interfaces) {
      Implementation(schema, *type, *interface, errors).Check(interfaces);
    }
  }
  return errors;
}

}  // namespace joinery::graphql
