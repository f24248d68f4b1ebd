#include "planner/diff/schema_diff.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/strings.h"
#include "graphql/printer.h"

namespace joinery::planner {
namespace {

using Severity = plan::SchemaChange::Severity;
using graphql::TypeRef;

std::string_view KindText(graphql::TypeKind kind) {
  switch (kind) {
    case graphql::TypeKind::kScalar:
      return "a scalar";
    case graphql::TypeKind::kObject:
      return "an object type";
    case graphql::TypeKind::kInterface:
      return "an interface";
    case graphql::TypeKind::kUnion:
      return "a union";
    case graphql::TypeKind::kEnum:
      return "an enum";
    case graphql::TypeKind::kInputObject:
      return "an input type";
  }
  return "a type";
}

// References of two schemas are compared by names.
bool SameType(TypeRef a, TypeRef b) {
  return graphql::TypeRefToString(a) == graphql::TypeRefToString(b);
}

// Whether who reads a value of type `before` can read one of type `after` just as well: non-null
// where it was nullable, in lists too.
bool SafeForReaders(TypeRef before, TypeRef after) {
  if (before.is_named()) {
    return after.Nullable().is_named() && after.named()->name == before.named()->name;
  }
  if (before.is_non_null()) {
    return after.is_non_null() && SafeForReaders(before.Unwrapped(), after.Unwrapped());
  }
  const TypeRef list = after.Nullable();
  return list.is_list() && SafeForReaders(before.Unwrapped(), list.Unwrapped());
}

// Whether a value that was good for `before` is good for `after`: nullable where it was non-null.
bool SafeForWriters(TypeRef before, TypeRef after) {
  if (before.is_named()) {
    return after.is_named() && after.named()->name == before.named()->name;
  }
  if (before.is_list()) {
    return after.is_list() && SafeForWriters(before.Unwrapped(), after.Unwrapped());
  }
  const TypeRef inner = after.is_non_null() ? after.Unwrapped() : after;
  return SafeForWriters(before.Unwrapped(), inner);
}

// Defaults are equal if they are the same value, however they are written.
std::string DefaultText(const graphql::InputValueDefinition& input) {
  if (!input.has_default()) return {};
  if (input.default_value == nullptr) return std::string(input.default_text);
  return graphql::ToString(*input.default_value, graphql::PrintStyle::kCompact);
}

class Comparison {
 public:
  Comparison(const graphql::Schema& before, const graphql::Schema& after)
      : before_(before), after_(after) {}

  std::vector<plan::SchemaChange> Run() {
    Roots();
    for (const graphql::NamedType* type : before_.types()) {
      if (Ignored(*type)) continue;
      const graphql::NamedType* now = after_.type(type->name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "TYPE_REMOVED", type->name,
            StrCat("type ", type->name, " was removed"));
      } else if (now->kind != type->kind) {
        Add(Severity::kBreaking, "TYPE_CHANGED_KIND", type->name,
            StrCat("type ", type->name, " was ", KindText(type->kind), " and is ",
                   KindText(now->kind)));
      } else {
        Types(*type, *now);
      }
    }
    for (const graphql::NamedType* type : after_.types()) {
      if (Ignored(*type) || before_.type(type->name) != nullptr) continue;
      Add(Severity::kSafe, "TYPE_ADDED", type->name,
          StrCat("type ", type->name, ", ", KindText(type->kind), ", was added"));
    }
    Directives();
    std::ranges::sort(changes_, {}, [](const plan::SchemaChange& c) {
      return std::tie(c.coordinate, c.kind, c.message);
    });
    return std::move(changes_);
  }

 private:
  static bool Ignored(const graphql::NamedType& type) {
    return type.is_introspection || type.is_standard_scalar;
  }

  void Add(Severity severity, std::string_view kind, std::string_view coordinate,
           std::string message) {
    changes_.push_back(
        {severity, std::string(kind), std::string(coordinate), std::move(message), {}});
  }

  // Operations name no root type, so only what comes or goes counts.
  void Roots() {
    const std::pair<graphql::ast::OperationKind, std::string_view> roots[] = {
        {graphql::ast::OperationKind::kQuery, "query"},
        {graphql::ast::OperationKind::kMutation, "mutation"},
        {graphql::ast::OperationKind::kSubscription, "subscription"}};
    for (const auto& [kind, name] : roots) {
      const graphql::ObjectType* before = before_.root(kind);
      const graphql::ObjectType* after = after_.root(kind);
      if (before != nullptr && after == nullptr) {
        Add(Severity::kBreaking, "ROOT_REMOVED", name, StrCat("there is no ", name, " any more"));
      } else if (before == nullptr && after != nullptr) {
        Add(Severity::kSafe, "ROOT_ADDED", name, StrCat("there is a ", name, " now"));
      } else if (before != nullptr && before->name != after->name) {
        Add(Severity::kBreaking, "ROOT_CHANGED", name,
            StrCat("the root of ", name, " was ", before->name, " and is ", after->name));
      }
    }
  }

  void Types(const graphql::NamedType& before, const graphql::NamedType& after) {
    Fields(before, after);
    if (const auto* type = before.AsObject()) {
      Interfaces(before, type->interfaces, after.AsObject()->interfaces);
    }
    if (const auto* type = before.AsInterface()) {
      Interfaces(before, type->interfaces, after.AsInterface()->interfaces);
    }
    if (const auto* type = before.AsUnion()) Unions(*type, *after.AsUnion());
    if (const auto* type = before.AsEnum()) Enums(*type, *after.AsEnum());
    if (const auto* type = before.AsInputObject()) InputFields(*type, *after.AsInputObject());
  }

  void Fields(const graphql::NamedType& before, const graphql::NamedType& after) {
    for (const graphql::FieldDefinition& field : before.fields()) {
      const std::string at = StrCat(before.name, ".", field.name);
      const graphql::FieldDefinition* now = after.fields().Find(field.name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "FIELD_REMOVED", at, StrCat("field ", at, " was removed"));
        continue;
      }
      if (!SameType(field.type, now->type)) {
        const bool safe = SafeForReaders(field.type, now->type);
        Add(safe ? Severity::kSafe : Severity::kBreaking, "FIELD_CHANGED_TYPE", at,
            StrCat("field ", at, " was of type ", graphql::TypeRefToString(field.type),
                   " and is of type ", graphql::TypeRefToString(now->type)));
      }
      Deprecations("field", at, field.deprecation, now->deprecation);
      Arguments(at, field.arguments, now->arguments);
    }
    for (const graphql::FieldDefinition& field : after.fields()) {
      if (before.fields().Find(field.name) != nullptr) continue;
      const std::string at = StrCat(after.name, ".", field.name);
      Add(Severity::kSafe, "FIELD_ADDED", at, StrCat("field ", at, " was added"));
    }
  }

  void Arguments(const std::string& field,
                 const graphql::NamedList<graphql::InputValueDefinition>& before,
                 const graphql::NamedList<graphql::InputValueDefinition>& after) {
    for (const graphql::InputValueDefinition& argument : before) {
      const std::string at = StrCat(field, "(", argument.name, ":)");
      const graphql::InputValueDefinition* now = after.Find(argument.name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "ARG_REMOVED", at, StrCat("argument ", at, " was removed"));
        continue;
      }
      InputType("ARG", "argument", at, argument, *now);
    }
    for (const graphql::InputValueDefinition& argument : after) {
      if (before.Find(argument.name) != nullptr) continue;
      const std::string at = StrCat(field, "(", argument.name, ":)");
      const bool required = argument.is_required();
      Add(required ? Severity::kBreaking : Severity::kDangerous,
          required ? "REQUIRED_ARG_ADDED" : "OPTIONAL_ARG_ADDED", at,
          StrCat(required ? "required" : "optional", " argument ", at, " was added"));
    }
  }

  void InputFields(const graphql::InputObjectType& before, const graphql::InputObjectType& after) {
    for (const graphql::InputValueDefinition& field : before.input_fields) {
      const std::string at = StrCat(before.name, ".", field.name);
      const graphql::InputValueDefinition* now = after.field(field.name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "INPUT_FIELD_REMOVED", at,
            StrCat("input field ", at, " was removed"));
        continue;
      }
      InputType("INPUT_FIELD", "input field", at, field, *now);
    }
    for (const graphql::InputValueDefinition& field : after.input_fields) {
      if (before.field(field.name) != nullptr) continue;
      const std::string at = StrCat(after.name, ".", field.name);
      const bool required = field.is_required();
      Add(required ? Severity::kBreaking : Severity::kDangerous,
          required ? "REQUIRED_INPUT_FIELD_ADDED" : "OPTIONAL_INPUT_FIELD_ADDED", at,
          StrCat(required ? "required" : "optional", " input field ", at, " was added"));
    }
  }

  void InputType(std::string_view kind, std::string_view what, const std::string& at,
                 const graphql::InputValueDefinition& before,
                 const graphql::InputValueDefinition& after) {
    if (!SameType(before.type, after.type)) {
      const bool safe = SafeForWriters(before.type, after.type);
      Add(safe ? Severity::kSafe : Severity::kBreaking, StrCat(kind, "_CHANGED_TYPE"), at,
          StrCat(what, " ", at, " was of type ", graphql::TypeRefToString(before.type),
                 " and is of type ", graphql::TypeRefToString(after.type)));
    }
    // A type that stays non-null but loses its default must be given now.
    const std::string old_default = DefaultText(before);
    const std::string new_default = DefaultText(after);
    if (before.has_default() != after.has_default() || old_default != new_default) {
      const bool required_now = after.is_required() && !before.is_required();
      const auto text = [](const graphql::InputValueDefinition& input, const std::string& shown) {
        return input.has_default() ? StrCat("default ", shown) : std::string("no default");
      };
      Add(required_now && SameType(before.type, after.type) ? Severity::kBreaking
          : before.has_default()                            ? Severity::kDangerous
                                                            : Severity::kSafe,
          StrCat(kind, "_DEFAULT_VALUE_CHANGE"), at,
          StrCat(what, " ", at, " had ", text(before, old_default), " and has ",
                 text(after, new_default)));
    }
    Deprecations(what, at, before.deprecation, after.deprecation);
  }

  void Deprecations(std::string_view what, const std::string& at,
                    const graphql::Deprecation& before, const graphql::Deprecation& after) {
    if (before.deprecated == after.deprecated) return;
    Add(Severity::kSafe, after.deprecated ? "DEPRECATION_ADDED" : "DEPRECATION_REMOVED", at,
        StrCat(what, " ", at, after.deprecated ? " is deprecated now" : " is deprecated no more"));
  }

  template <typename Members>
  static bool Has(const Members& members, std::string_view name) {
    return std::ranges::any_of(members, [&](const auto* member) { return member->name == name; });
  }

  void Interfaces(const graphql::NamedType& type,
                  const graphql::NodeList<const graphql::InterfaceType*>& before,
                  const graphql::NodeList<const graphql::InterfaceType*>& after) {
    for (const graphql::InterfaceType* one : before) {
      if (Has(after, one->name)) continue;
      Add(Severity::kBreaking, "IMPLEMENTED_INTERFACE_REMOVED", type.name,
          StrCat("type ", type.name, " implements ", one->name, " no more"));
    }
    for (const graphql::InterfaceType* one : after) {
      if (Has(before, one->name)) continue;
      Add(Severity::kDangerous, "IMPLEMENTED_INTERFACE_ADDED", type.name,
          StrCat("type ", type.name, " implements ", one->name, " now"));
    }
  }

  void Unions(const graphql::UnionType& before, const graphql::UnionType& after) {
    for (const graphql::ObjectType* one : before.members) {
      if (Has(after.members, one->name)) continue;
      Add(Severity::kBreaking, "TYPE_REMOVED_FROM_UNION", before.name,
          StrCat("type ", one->name, " was removed from union ", before.name));
    }
    for (const graphql::ObjectType* one : after.members) {
      if (Has(before.members, one->name)) continue;
      Add(Severity::kDangerous, "TYPE_ADDED_TO_UNION", before.name,
          StrCat("type ", one->name, " was added to union ", before.name));
    }
  }

  void Enums(const graphql::EnumType& before, const graphql::EnumType& after) {
    for (const graphql::EnumValueDefinition& value : before.values) {
      const std::string at = StrCat(before.name, ".", value.name);
      const graphql::EnumValueDefinition* now = after.value(value.name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "VALUE_REMOVED_FROM_ENUM", at,
            StrCat("enum value ", at, " was removed"));
        continue;
      }
      Deprecations("enum value", at, value.deprecation, now->deprecation);
    }
    for (const graphql::EnumValueDefinition& value : after.values) {
      if (before.value(value.name) != nullptr) continue;
      const std::string at = StrCat(before.name, ".", value.name);
      Add(Severity::kDangerous, "VALUE_ADDED_TO_ENUM", at, StrCat("enum value ", at, " was added"));
    }
  }

  void Directives() {
    for (const graphql::DirectiveDefinition& directive : before_.directives()) {
      const std::string at = StrCat("@", directive.name);
      const graphql::DirectiveDefinition* now = after_.directive(directive.name);
      if (now == nullptr) {
        Add(Severity::kBreaking, "DIRECTIVE_REMOVED", at, StrCat("directive ", at, " was removed"));
        continue;
      }
      for (const graphql::InputValueDefinition& argument : directive.arguments) {
        if (now->arguments.Find(argument.name) != nullptr) continue;
        Add(Severity::kBreaking, "DIRECTIVE_ARG_REMOVED", StrCat(at, "(", argument.name, ":)"),
            StrCat("argument ", argument.name, " of directive ", at, " was removed"));
      }
      for (const graphql::InputValueDefinition& argument : now->arguments) {
        if (directive.arguments.Find(argument.name) != nullptr || !argument.is_required()) continue;
        Add(Severity::kBreaking, "REQUIRED_DIRECTIVE_ARG_ADDED",
            StrCat(at, "(", argument.name, ":)"),
            StrCat("required argument ", argument.name, " of directive ", at, " was added"));
      }
      if (directive.repeatable && !now->repeatable) {
        Add(Severity::kBreaking, "DIRECTIVE_REPEATABLE_REMOVED", at,
            StrCat("directive ", at, " may not be repeated any more"));
      }
      DirectiveLocations(at, directive.locations & ~now->locations);
    }
    for (const graphql::DirectiveDefinition& directive : after_.directives()) {
      if (before_.directive(directive.name) != nullptr) continue;
      Add(Severity::kSafe, "DIRECTIVE_ADDED", StrCat("@", directive.name),
          StrCat("directive @", directive.name, " was added"));
    }
  }

  void DirectiveLocations(const std::string& at, uint32_t gone) {
    for (int i = 0; i < graphql::kDirectiveLocationCount; ++i) {
      const auto location = static_cast<graphql::DirectiveLocation>(i);
      if ((gone & graphql::DirectiveLocationBit(location)) == 0) continue;
      const std::string_view name = graphql::DirectiveLocationName(location);
      Add(Severity::kBreaking, "DIRECTIVE_LOCATION_REMOVED", at,
          StrCat("directive ", at, " may stand on ", name, " no more"));
    }
  }

  const graphql::Schema& before_;
  const graphql::Schema& after_;
  std::vector<plan::SchemaChange> changes_;
};

}  // namespace

std::vector<plan::SchemaChange> CompareSchemas(const graphql::Schema& before,
                                               const graphql::Schema& after) {
  return Comparison(before, after).Run();
}

}  // namespace joinery::planner
