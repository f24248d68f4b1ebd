#include "graphql/introspection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "graphql/introspection_selection.h"
#include "json/write.h"

namespace joinery::graphql {
namespace {

using Selection = IntrospectionSelection;
using Step = IntrospectionSelection::Step;
using FieldId = IntrospectionSelection::FieldId;

// Writes introspection objects as bytes; one per answer.
class Writer {
 public:
  Writer(const Schema& schema, std::string& out, size_t max_bytes)
      : schema_(schema), out_(out), end_(out.size() + max_bytes) {}

  void WriteSchema(const Selection& selection);
  void WriteType(TypeRef type, const Selection& selection);
  void Null() { out_.append("null"); }
  bool too_large() const { return out_.size() > end_; }

 private:
  void SchemaField(const Step& step);
  void NamedField(const NamedType& type, const Step& step);
  void WrapperField(TypeRef type, const Step& step);
  void WriteField(const FieldDefinition& field, const Selection& selection);
  void WriteInput(const InputValueDefinition& input, const Selection& selection);
  void WriteEnumValue(const EnumValueDefinition& value, const Selection& selection);
  void WriteDirective(const DirectiveDefinition& directive, const Selection& selection);
  void WriteLocations(const DirectiveDefinition& directive);

  // Writes `write(item)` for each item in the order of names; deprecated ones only if asked for.
  template <typename T, typename Write>
  void Sorted(const NamedList<T>& items, bool include_deprecated, Write write);
  template <typename List>
  void Types(const List& types, const Selection& selection);
  template <typename WriteOne>
  void Object(const Selection& selection, WriteOne write_field) {
    out_.push_back('{');
    for (const Step& step : selection.steps) {
      out_.append(step.prefix);
      write_field(step);
    }
    out_.push_back('}');
  }

  void Name(std::string_view name) {  // Names of the grammar need no escaping.
    out_.push_back('"');
    out_.append(name);
    out_.push_back('"');
  }
  void Text(std::string_view text) {
    if (text.empty()) return Null();
    json::AppendQuoted(out_, text);
  }
  void Bool(bool value) { out_.append(value ? "true" : "false"); }
  void Reason(const Deprecation& deprecation) {
    if (!deprecation.deprecated) return Null();
    json::AppendQuoted(out_, deprecation.reason);
  }
  void Root(const ObjectType* root, const Selection& selection) {
    if (root == nullptr) return Null();
    WriteType(TypeRef(root), selection);
  }

  const Schema& schema_;
  std::string& out_;
  const size_t end_;
  std::vector<const void*> sorting_;  // A stack: lists nest.
};

template <typename T>
bool IsDeprecated(const T& item) {
  if constexpr (requires { item.deprecation; }) {
    return item.deprecation.deprecated;
  } else {
    return false;
  }
}

template <typename T, typename Write>
void Writer::Sorted(const NamedList<T>& items, bool include_deprecated, Write write) {
  const size_t mark = sorting_.size();
  const auto at = [this](size_t i) { return static_cast<const T*>(sorting_[i]); };
  for (const T& item : items) {
    if (include_deprecated || !IsDeprecated(item)) sorting_.push_back(&item);
  }
  const auto first = sorting_.begin() + static_cast<std::ptrdiff_t>(mark);
  const auto by_name = [](const void* a, const void* b) {
    return static_cast<const T*>(a)->name < static_cast<const T*>(b)->name;
  };
  if (!std::is_sorted(first, sorting_.end(), by_name)) std::sort(first, sorting_.end(), by_name);
  const size_t end = sorting_.size();
  out_.push_back('[');
  for (size_t i = mark; i < end && !too_large(); ++i) {
    if (i > mark) out_.push_back(',');
    write(*at(i));
  }
  out_.push_back(']');
  sorting_.resize(mark);
}

template <typename List>
void Writer::Types(const List& types, const Selection& selection) {
  out_.push_back('[');
  bool first = true;
  for (const auto* type : types) {
    if (too_large()) return;
    if (!first) out_.push_back(',');
    first = false;
    WriteType(TypeRef(type), selection);
  }
  out_.push_back(']');
}

void Writer::WriteSchema(const Selection& selection) {
  Object(selection, [this](const Step& step) { SchemaField(step); });
}

void Writer::SchemaField(const Step& step) {
  switch (step.field) {
    case FieldId::kTypename:
      return Name("__Schema");
    case FieldId::kDescription:
      return Text(schema_.description());
    case FieldId::kTypes:
      return Types(schema_.types(), *step.selection);
    case FieldId::kQueryType:
      return Root(schema_.query(), *step.selection);
    case FieldId::kMutationType:
      return Root(schema_.mutation(), *step.selection);
    case FieldId::kSubscriptionType:
      return Root(schema_.subscription(), *step.selection);
    case FieldId::kDirectives:
      return Sorted(schema_.directives(), true, [&](const DirectiveDefinition& directive) {
        WriteDirective(directive, *step.selection);
      });
    default:
      return Null();
  }
}

void Writer::WriteType(TypeRef type, const Selection& selection) {
  if (type.is_named()) {
    const NamedType& named = *type.named();
    return Object(selection, [&](const Step& step) { NamedField(named, step); });
  }
  Object(selection, [&](const Step& step) { WrapperField(type, step); });
}

void Writer::WrapperField(TypeRef type, const Step& step) {
  switch (step.field) {
    case FieldId::kTypename:
      return Name("__Type");
    case FieldId::kKind:
      return Name(type.is_list() ? "LIST" : "NON_NULL");
    case FieldId::kOfType:
      return WriteType(type.Unwrapped(), *step.selection);
    default:
      return Null();
  }
}

void Writer::NamedField(const NamedType& type, const Step& step) {
  switch (step.field) {
    case FieldId::kTypename:
      return Name("__Type");
    case FieldId::kKind:
      return Name(TypeKindName(type.kind));
    case FieldId::kName:
      return Name(type.name);
    case FieldId::kDescription:
      return Text(type.description);
    case FieldId::kSpecifiedByUrl:
      return type.kind == TypeKind::kScalar ? Text(type.AsScalar()->specified_by_url) : Null();
    case FieldId::kFields:
      if (type.kind != TypeKind::kObject && type.kind != TypeKind::kInterface) return Null();
      return Sorted(type.fields(), step.include_deprecated,
                    [&](const FieldDefinition& field) { WriteField(field, *step.selection); });
    case FieldId::kInterfaces: {
      if (type.kind != TypeKind::kObject && type.kind != TypeKind::kInterface) return Null();
      const auto& interfaces = type.kind == TypeKind::kObject ? type.AsObject()->interfaces
                                                              : type.AsInterface()->interfaces;
      std::vector<const InterfaceType*> sorted(interfaces.begin(), interfaces.end());
      std::ranges::sort(sorted, {}, [](const InterfaceType* each) { return each->name; });
      return Types(sorted, *step.selection);
    }
    case FieldId::kPossibleTypes:
      if (!type.is_abstract()) return Null();
      return Types(type.possible_types(), *step.selection);
    case FieldId::kEnumValues:
      if (type.kind != TypeKind::kEnum) return Null();
      return Sorted(
          type.AsEnum()->values, step.include_deprecated,
          [&](const EnumValueDefinition& value) { WriteEnumValue(value, *step.selection); });
    case FieldId::kInputFields:
      if (type.kind != TypeKind::kInputObject) return Null();
      return Sorted(type.AsInputObject()->input_fields, step.include_deprecated,
                    [&](const InputValueDefinition& input) { WriteInput(input, *step.selection); });
    default:
      return Null();
  }
}

void Writer::WriteField(const FieldDefinition& field, const Selection& selection) {
  Object(selection, [&](const Step& step) {
    switch (step.field) {
      case FieldId::kTypename:
        return Name("__Field");
      case FieldId::kName:
        return Name(field.name);
      case FieldId::kDescription:
        return Text(field.description);
      case FieldId::kArgs:
        return Sorted(
            field.arguments, step.include_deprecated,
            [&](const InputValueDefinition& input) { WriteInput(input, *step.selection); });
      case FieldId::kType:
        return WriteType(field.type, *step.selection);
      case FieldId::kIsDeprecated:
        return Bool(field.deprecation.deprecated);
      case FieldId::kDeprecationReason:
        return Reason(field.deprecation);
      default:
        return Null();
    }
  });
}

void Writer::WriteInput(const InputValueDefinition& input, const Selection& selection) {
  Object(selection, [&](const Step& step) {
    switch (step.field) {
      case FieldId::kTypename:
        return Name("__InputValue");
      case FieldId::kName:
        return Name(input.name);
      case FieldId::kDescription:
        return Text(input.description);
      case FieldId::kType:
        return WriteType(input.type, *step.selection);
      case FieldId::kDefaultValue:
        return input.has_default() ? json::AppendQuoted(out_, input.default_text) : Null();
      case FieldId::kIsDeprecated:
        return Bool(input.deprecation.deprecated);
      case FieldId::kDeprecationReason:
        return Reason(input.deprecation);
      default:
        return Null();
    }
  });
}

void Writer::WriteEnumValue(const EnumValueDefinition& value, const Selection& selection) {
  Object(selection, [&](const Step& step) {
    switch (step.field) {
      case FieldId::kTypename:
        return Name("__EnumValue");
      case FieldId::kName:
        return Name(value.name);
      case FieldId::kDescription:
        return Text(value.description);
      case FieldId::kIsDeprecated:
        return Bool(value.deprecation.deprecated);
      case FieldId::kDeprecationReason:
        return Reason(value.deprecation);
      default:
        return Null();
    }
  });
}

void Writer::WriteLocations(const DirectiveDefinition& directive) {
  std::vector<std::string_view> names;
  for (int i = 0; i < kDirectiveLocationCount; ++i) {
    const auto location = static_cast<DirectiveLocation>(i);
    if (directive.MayStandOn(location)) names.push_back(DirectiveLocationName(location));
  }
  std::ranges::sort(names);
  out_.push_back('[');
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out_.push_back(',');
    Name(names[i]);
  }
  out_.push_back(']');
}

void Writer::WriteDirective(const DirectiveDefinition& directive, const Selection& selection) {
  Object(selection, [&](const Step& step) {
    switch (step.field) {
      case FieldId::kTypename:
        return Name("__Directive");
      case FieldId::kName:
        return Name(directive.name);
      case FieldId::kDescription:
        return Text(directive.description);
      case FieldId::kLocations:
        return WriteLocations(directive);
      case FieldId::kArgs:
        return Sorted(
            directive.arguments, step.include_deprecated,
            [&](const InputValueDefinition& input) { WriteInput(input, *step.selection); });
      case FieldId::kIsRepeatable:
        return Bool(directive.repeatable);
      default:
        return Null();
    }
  });
}

}  // namespace

IntrospectionOutcome WriteIntrospection(const Schema& schema, const Document& document,
                                        std::span<const ast::Field* const> fields,
                                        const json::Value& variables, std::string& out,
                                        const IntrospectionLimits& limits) {
  const bool is_schema = fields.front()->name == "__schema";
  IntrospectionCompiler compiler(document, variables, limits.max_selections);
  const auto selection = compiler.Compile(fields, is_schema ? "__Schema" : "__Type");
  if (selection == nullptr) return IntrospectionOutcome::kTooLarge;
  Writer writer(schema, out, limits.max_bytes);
  if (is_schema) {
    writer.WriteSchema(*selection);
  } else {
    const std::optional<std::string> name = compiler.StringArgument(*fields.front(), "name");
    const NamedType* type = name.has_value() ? schema.type(*name) : nullptr;
    if (type == nullptr) {
      writer.Null();
    } else {
      writer.WriteType(TypeRef(type), *selection);
    }
  }
  return writer.too_large() ? IntrospectionOutcome::kTooLarge : IntrospectionOutcome::kWritten;
}

}  // namespace joinery::graphql
