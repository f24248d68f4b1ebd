#include "planner/consistency/remote_document.h"

#include <map>
#include <set>

#include "base/strings.h"
#include "graphql/printer.h"

namespace joinery::planner {
namespace {

namespace ast = graphql::ast;

std::string_view KindText(ast::TypeDefinitionKind kind) {
  switch (kind) {
    case ast::TypeDefinitionKind::kScalar:
      return "Scalar";
    case ast::TypeDefinitionKind::kObject:
      return "Object";
    case ast::TypeDefinitionKind::kInterface:
      return "Interface";
    case ast::TypeDefinitionKind::kUnion:
      return "Union";
    case ast::TypeDefinitionKind::kEnum:
      return "Enum";
    case ast::TypeDefinitionKind::kInputObject:
      return "Input object";
  }
  return "Type";
}

bool SameKind(ast::TypeDefinitionKind a, graphql::TypeKind b) {
  // Both enumerations name the kinds in one order.
  return static_cast<int>(a) == static_cast<int>(b);
}
static_assert(static_cast<int>(ast::TypeDefinitionKind::kInputObject) ==
              static_cast<int>(graphql::TypeKind::kInputObject));
static_assert(static_cast<int>(ast::TypeDefinitionKind::kEnum) ==
              static_cast<int>(graphql::TypeKind::kEnum));

std::string ListOf(const std::vector<std::string_view>& names) {
  std::vector<std::string> quoted;
  for (const std::string_view name : names) quoted.push_back(StrCat("\"", name, "\""));
  return Join(quoted, ", ");
}

class DocumentChecker {
 public:
  DocumentChecker(const graphql::Document& document, const graphql::Schema& upstream)
      : document_(document), upstream_(upstream) {}

  std::vector<std::string> Check() {
    Roots();
    std::set<std::string_view> seen;
    std::vector<std::string_view> twice;
    for (const ast::Definition& definition : document_.definitions()) {
      if (definition.type == nullptr) continue;
      if (!seen.insert(definition.type->name).second) twice.push_back(definition.type->name);
    }
    if (!twice.empty()) Say("duplicate type names found: ", ListOf(twice));
    for (const ast::Definition& definition : document_.definitions()) {
      if (definition.type != nullptr) Type(*definition.type);
    }
    return std::move(reasons_);
  }

 private:
  template <typename... Pieces>
  void Say(const Pieces&... pieces) {
    reasons_.push_back(StrCat(pieces...));
  }

  void Roots() {
    int definitions = 0;
    bool query = false;
    for (const ast::Definition& definition : document_.definitions()) {
      if (definition.schema != nullptr) {
        ++definitions;
        for (const ast::RootOperationType& root : definition.schema->root_types) {
          query = query || root.kind == ast::OperationKind::kQuery;
          if (root.type != RootName(root.kind)) root_aliases_[root.type] = RootName(root.kind);
        }
      }
    }
    if (definitions > 1) Say("multiple schema definitions found");
    if (definitions == 0) {
      for (const ast::Definition& definition : document_.definitions()) {
        query = query || (definition.type != nullptr && definition.type->name == "Query");
      }
    }
    if (!query) Say("query root does not exist in the schema definition");
  }

  std::string_view RootName(ast::OperationKind kind) const {
    const graphql::ObjectType* root = upstream_.root(kind);
    return root == nullptr ? "" : root->name;
  }

  const graphql::NamedType* Find(std::string_view name) const {
    const auto alias = root_aliases_.find(name);
    return upstream_.type(alias == root_aliases_.end() ? name : alias->second);
  }

  void Type(const ast::TypeDefinition& type) {
    const graphql::NamedType* upstream = Find(type.name);
    if (upstream == nullptr || !SameKind(type.kind, upstream->kind)) {
      Say("\"", KindText(type.kind), "\": \"", type.name,
          "\" does not exist in the upstream remote schema");
      return;
    }
    NoPresets(type.directives);
    switch (type.kind) {
      case ast::TypeDefinitionKind::kObject:
        Interfaces(type, *upstream->AsObject());
        [[fallthrough]];
      case ast::TypeDefinitionKind::kInterface:
        Fields(type, *upstream);
        break;
      case ast::TypeDefinitionKind::kUnion:
        Members(type, *upstream->AsUnion());
        break;
      case ast::TypeDefinitionKind::kEnum:
        Values(type, *upstream->AsEnum());
        break;
      case ast::TypeDefinitionKind::kInputObject:
        InputFields(type, *upstream->AsInputObject());
        break;
      case ast::TypeDefinitionKind::kScalar:
        break;
    }
  }

  void NoPresets(const graphql::NodeList<ast::Directive>& directives) {
    for (const ast::Directive& directive : directives) {
      if (directive.name == "preset") {
        Say("Preset directives can be defined only on INPUT_FIELD_DEFINITION or "
            "ARGUMENT_DEFINITION");
      }
    }
  }

  void Fields(const ast::TypeDefinition& type, const graphql::NamedType& upstream) {
    const std::string_view kind = KindText(type.kind);
    std::set<std::string_view> seen;
    for (const ast::FieldDefinition& field : type.fields) {
      NoPresets(field.directives);
      if (!seen.insert(field.name).second) {
        Say("duplicate fields: \"", field.name, "\"found in the ", kind, " \"", type.name, "\"");
        continue;
      }
      const graphql::FieldDefinition* theirs = upstream.fields().Find(field.name);
      if (theirs == nullptr) {
        Say("field \"", field.name, "\" does not exist in the \"", kind, "\": \"", type.name, "\"");
        continue;
      }
      SameType(field.name, StrCat(kind, " field"), theirs->type, *field.type);
      Arguments(field, *theirs);
    }
  }

  void SameType(std::string_view name, std::string_view what, graphql::TypeRef wanted,
                const ast::TypeNode& given) {
    const std::string expected = graphql::TypeRefToString(wanted);
    const std::string actual = graphql::ToString(given);
    if (expected == actual) return;
    Say("expected type of \"", name, "\"(\"", what, "\") to be ", expected, " but received ",
        actual);
  }

  void Arguments(const ast::FieldDefinition& field, const graphql::FieldDefinition& upstream) {
    std::set<std::string_view> seen;
    for (const ast::InputValueDefinition& argument : field.arguments) {
      if (!seen.insert(argument.name).second) {
        Say("duplicate arguments: \"", argument.name, "\" found in the field \"", field.name, "\"");
        continue;
      }
      const graphql::InputValueDefinition* theirs = upstream.argument(argument.name);
      if (theirs == nullptr) {
        Say("input argument \"", argument.name, "\" does not exist in the input object:\"",
            field.name, "\"");
        continue;
      }
      SameType(argument.name, "Object field argument", theirs->type, *argument.type);
      SameDefault(argument, *theirs, field.name);
    }
    std::vector<std::string_view> missing;
    for (const graphql::InputValueDefinition& argument : upstream.arguments) {
      if (argument.is_required() && !seen.contains(argument.name)) missing.push_back(argument.name);
    }
    if (!missing.empty()) {
      Say("field: \"", field.name,
          "\" expects the following non nullable arguments to be present: ", ListOf(missing));
    }
  }

  void SameDefault(const ast::InputValueDefinition& given,
                   const graphql::InputValueDefinition& upstream, std::string_view owner) {
    const auto text = [](const ast::Value* value) {
      return value == nullptr ? std::string()
                              : graphql::ToString(*value, graphql::PrintStyle::kCompact);
    };
    const std::string expected = text(upstream.default_value);
    const std::string actual = text(given.default_value);
    if (expected == actual) return;
    Say("expected default value of input value: \"", given.name, "\"of input object \"", owner,
        "\" to be ", expected.empty() ? "null" : expected, " but received ",
        actual.empty() ? "null" : actual);
  }

  void InputFields(const ast::TypeDefinition& type, const graphql::InputObjectType& upstream) {
    std::set<std::string_view> seen;
    for (const ast::InputValueDefinition& field : type.input_fields) {
      if (!seen.insert(field.name).second) {
        Say("duplicate fields: \"", field.name, "\"found in the Input object \"", type.name, "\"");
        continue;
      }
      const graphql::InputValueDefinition* theirs = upstream.field(field.name);
      if (theirs == nullptr) {
        Say("input argument \"", field.name, "\" does not exist in the input object:\"", type.name,
            "\"");
        continue;
      }
      SameType(field.name, "Input object field", theirs->type, *field.type);
      SameDefault(field, *theirs, type.name);
    }
    std::vector<std::string_view> missing;
    for (const graphql::InputValueDefinition& field : upstream.input_fields) {
      if (field.is_required() && !seen.contains(field.name)) missing.push_back(field.name);
    }
    if (!missing.empty()) {
      Say("input object: \"", type.name,
          "\" expects the following non nullable fields to be present: ", ListOf(missing));
    }
  }

  void Values(const ast::TypeDefinition& type, const graphql::EnumType& upstream) {
    std::vector<std::string_view> unknown;
    for (const ast::EnumValueDefinition& value : type.values) {
      if (upstream.value(value.name) == nullptr) unknown.push_back(value.name);
    }
    if (!unknown.empty()) {
      Say("enum \"", type.name,
          "\" contains the following enum values that do not exist in the corresponding upstream "
          "remote enum: ",
          ListOf(unknown));
    }
  }

  void Members(const ast::TypeDefinition& type, const graphql::UnionType& upstream) {
    std::vector<std::string_view> unknown;
    for (const ast::NameNode& member : type.members) {
      bool found = false;
      for (const graphql::ObjectType* theirs : upstream.members)
        found |= theirs->name == member.name;
      if (!found) unknown.push_back(member.name);
    }
    if (!unknown.empty()) {
      Say("union \"", type.name,
          "\" contains members which do not exist in the members of the remote schema union :",
          ListOf(unknown));
    }
  }

  void Interfaces(const ast::TypeDefinition& type, const graphql::ObjectType& upstream) {
    std::vector<std::string_view> custom, foreign;
    for (const ast::NameNode& interface : type.interfaces) {
      bool found = false;
      for (const graphql::InterfaceType* theirs : upstream.interfaces) {
        found |= theirs->name == interface.name;
      }
      if (found) continue;
      (upstream_.type(interface.name) == nullptr ? custom : foreign).push_back(interface.name);
    }
    if (!custom.empty()) {
      Say("custom interfaces are not supported. Object\"", type.name,
          "\" implements the following custom interfaces: ", ListOf(custom));
    }
    if (!foreign.empty()) {
      Say("object \"", type.name,
          "\" is trying to implement the following interfaces that do not exist in the "
          "corresponding upstream remote object: ",
          ListOf(foreign));
    }
  }

  const graphql::Document& document_;
  const graphql::Schema& upstream_;
  std::map<std::string_view, std::string_view> root_aliases_;
  std::vector<std::string> reasons_;
};

}  // namespace

std::vector<std::string> CheckRemoteDocument(const graphql::Document& document,
                                             const graphql::Schema& upstream) {
  return DocumentChecker(document, upstream).Check();
}

}  // namespace joinery::planner
