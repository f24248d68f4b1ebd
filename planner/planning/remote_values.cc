#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/remote.h"

namespace joinery::planner {
namespace {

// GraphQL strings take JSON's escapes.
void AppendLiteral(const json::Value& value, graphql::TypeRef type, std::string& out) {
  const graphql::NamedType* named = type ? type.named() : nullptr;
  switch (value.kind()) {
    case json::Value::Kind::kString:
      if (named != nullptr && named->AsEnum() != nullptr) {
        out.append(value.string());
      } else {
        json::AppendQuoted(out, value.string());
      }
      return;
    case json::Value::Kind::kArray: {
      out.push_back('[');
      const graphql::TypeRef item = type && type.is_any_list() ? type.Item() : graphql::TypeRef();
      for (size_t i = 0; i < value.items().size(); ++i) {
        if (i > 0) out.append(", ");
        AppendLiteral(value.items()[i], item, out);
      }
      out.push_back(']');
      return;
    }
    case json::Value::Kind::kObject: {
      const graphql::InputObjectType* object = named != nullptr ? named->AsInputObject() : nullptr;
      out.push_back('{');
      bool first = true;
      for (const auto& [name, member] : value.members()) {
        if (!first) out.append(", ");
        first = false;
        const graphql::InputValueDefinition* field =
            object != nullptr ? object->field(name) : nullptr;
        StrAppend(out, name, ": ");
        AppendLiteral(member, field != nullptr ? field->type : graphql::TypeRef(), out);
      }
      out.push_back('}');
      return;
    }
    default:
      json::Write(value, out);
  }
}

// A declared type in the upstream's names.
std::string UpstreamTypeText(const graphql::ast::TypeNode& node,
                             const RemoteSchemaBinding& remote) {
  switch (node.kind) {
    case graphql::ast::TypeNode::Kind::kNamed:
      return std::string(remote.UpstreamType(node.name));
    case graphql::ast::TypeNode::Kind::kList:
      return StrCat("[", UpstreamTypeText(*node.inner, remote), "]");
    case graphql::ast::TypeNode::Kind::kNonNull:
      return StrCat(UpstreamTypeText(*node.inner, remote), "!");
  }
  return {};
}

class ValueWriter {
 public:
  ValueWriter(Workbench& bench, Draft& draft, const RemoteSchemaBinding& remote)
      : bench_(bench), draft_(draft), remote_(remote) {}

  void Write(const ResolvedValue& value, graphql::TypeRef type, std::string& out) {
    if (value.from_variable() && !HoldsPresets(type, 0)) return WriteVariable(value, type, out);
    switch (value.kind) {
      case ResolvedValue::Kind::kNull:
        out.append("null");
        return;
      case ResolvedValue::Kind::kScalar:
      case ResolvedValue::Kind::kEnum:
        if (value.kind == ResolvedValue::Kind::kEnum) {
          out.append(value.scalar.string());
        } else {
          AppendLiteral(value.scalar, graphql::TypeRef(), out);
        }
        return;
      case ResolvedValue::Kind::kList: {
        out.push_back('[');
        for (size_t i = 0; i < value.items.size(); ++i) {
          if (i > 0) out.append(", ");
          Write(value.items[i], type && type.is_any_list() ? type.Item() : type, out);
        }
        out.push_back(']');
        return;
      }
      case ResolvedValue::Kind::kObject:
        WriteObject(value, type, out);
    }
  }

  // Presets of an argument list ("Type.field") or of an input object ("Type").
  void WritePresets(std::string_view owner, bool first, std::string& out) {
    const auto presets = remote_.presets.find(owner);
    if (presets == remote_.presets.end()) return;
    for (const RemotePreset& preset : presets->second) {
      if (!first) out.append(", ");
      first = false;
      StrAppend(out, preset.name, ": ");
      WritePreset(preset, out);
    }
  }

  void WritePreset(const RemotePreset& preset, std::string& out) {
    if (!preset.session_variable.empty()) return WriteSession(preset, out);
    if (preset.members.empty()) return AppendLiteral(preset.value, preset.upstream->type, out);
    // One object stands for a list of it.
    for (size_t i = 0; i < preset.members.size(); ++i) {
      StrAppend(out, i == 0 ? "{" : ", ", preset.members[i].name, ": ");
      WritePreset(preset.members[i], out);
    }
    out.push_back('}');
  }

  bool HasPresets(std::string_view owner) const { return remote_.presets.contains(owner); }

 private:
  bool HoldsPresets(graphql::TypeRef type, int depth) const {
    if (!type || remote_.presets.empty() || depth > 8) return false;
    const graphql::InputObjectType* object = type.named()->AsInputObject();
    if (object == nullptr) return false;
    if (HasPresets(object->name)) return true;
    for (const graphql::InputValueDefinition& field : object->input_fields) {
      if (HoldsPresets(field.type, depth + 1)) return true;
    }
    return false;
  }

  void WriteObject(const ResolvedValue& value, graphql::TypeRef type, std::string& out) {
    const graphql::InputObjectType* object = type ? type.named()->AsInputObject() : nullptr;
    out.push_back('{');
    bool first = true;
    for (const ResolvedMember& member : value.members) {
      if (!first) out.append(", ");
      first = false;
      const auto* input =
          std::get_if<RemoteInput>(&bench_.schema().input(member.definition->binding));
      const std::string_view name = input != nullptr && !input->upstream_name.empty()
                                        ? std::string_view(input->upstream_name)
                                        : member.definition->name;
      const graphql::InputValueDefinition* field =
          object != nullptr ? object->field(name) : nullptr;
      StrAppend(out, name, ": ");
      Write(member.value, field != nullptr ? field->type : graphql::TypeRef(), out);
    }
    if (object != nullptr) WritePresets(object->name, first, out);
    out.push_back('}');
  }

  void WriteVariable(const ResolvedValue& value, graphql::TypeRef type, std::string& out) {
    std::string name(value.variable);
    std::string type_text;
    if (value.variable_path.empty()) {
      const auto declared = bench_.operation().variable_types.find(value.variable);
      type_text = UpstreamTypeText(*declared->second, remote_);
    } else {
      for (const json::PathStep& step : value.variable_path) {
        if (const auto* member = std::get_if<std::string>(&step)) {
          StrAppend(name, "_", *member);
        } else {
          StrAppend(name, "_", std::get<size_t>(step));
        }
      }
      type_text = type ? graphql::TypeRefToString(type) : "String";
    }
    // The value is there and no null, or the plan would not hold; so upstream need not know of the
    // variable's default.
    if (type && type.is_non_null() && !type_text.ends_with('!')) type_text.push_back('!');
    StrAppend(out, "$", Declare(std::move(name), type_text, bench_.PassedOn(draft_, value)));
  }

  void WriteSession(const RemotePreset& preset, std::string& out) {
    std::string name = preset.session_variable;
    std::ranges::replace(name, '-', '_');
    plan::ParameterSource source;
    source.kind = plan::ParameterSource::Kind::kSession;
    source.name = preset.session_variable;
    SetCheck(*preset.upstream->type.named(), source);
    // Of custom scalars only upstream knows what is right.
    if (source.check == plan::ParameterSource::Check::kNone) {
      source.check = plan::ParameterSource::Check::kString;
    }
    const std::string type = graphql::TypeRefToString(preset.upstream->type);
    StrAppend(out, "$",
              Declare(std::move(name), type, bench_.Parameter(draft_, std::move(source))));
  }

  // The name under which the document has the parameter: `name`, or a longer one where that is
  // another parameter's, or has another type.
  std::string Declare(std::string name, const std::string& type, plan::ParameterIndex parameter) {
    auto& variables = draft_.graphql().variables;
    for (;; name.push_back('_')) {
      const auto known = std::ranges::find(variables, name, &plan::GraphqlFragment::Variable::name);
      if (known == variables.end()) break;
      if (known->type == type && known->parameter == parameter) return name;
    }
    variables.push_back({.name = name, .type = type, .parameter = parameter});
    return name;
  }

  Workbench& bench_;
  Draft& draft_;
  const RemoteSchemaBinding& remote_;
};

}  // namespace

std::string PresetText(Workbench& bench, Draft& draft, const RemotePreset& preset,
                       const RemoteSchemaBinding& remote) {
  std::string out;
  ValueWriter(bench, draft, remote).WritePreset(preset, out);
  return out;
}

std::string LiteralText(const json::Value& value, graphql::TypeRef type) {
  std::string out;
  AppendLiteral(value, type, out);
  return out;
}

std::string RemoteValueText(Workbench& bench, Draft& draft, const ResolvedValue& value,
                            graphql::TypeRef upstream_type, const RemoteSchemaBinding& remote) {
  std::string out;
  ValueWriter(bench, draft, remote).Write(value, upstream_type, out);
  return out;
}

IssueOr<std::string> BuildRemoteCall(Workbench& bench, Draft& draft, const ResolvedField& field,
                                     const RemoteSchemaBinding& remote) {
  const auto* binding = std::get_if<RemoteField>(&bench.schema().field(field.definition->binding));
  const std::string_view name = binding != nullptr && !binding->upstream_name.empty()
                                    ? std::string_view(binding->upstream_name)
                                    : field.definition->name;
  const graphql::NamedType* upstream_parent =
      remote.upstream->type(remote.UpstreamType(field.parent->name));
  // Root fields stand on our own root types; upstream's may have other names.
  const graphql::FieldDefinition* upstream_field = nullptr;
  std::string_view owner_type = upstream_parent != nullptr ? upstream_parent->name : "";
  if (upstream_parent != nullptr) upstream_field = upstream_parent->fields().Find(name);
  for (const graphql::ObjectType* root : {remote.upstream->query(), remote.upstream->mutation()}) {
    if (upstream_field != nullptr || root == nullptr) continue;
    upstream_field = root->field(name);
    owner_type = root->name;
  }
  std::string out(name);
  const std::string owner = StrCat(owner_type, ".", name);
  ValueWriter writer(bench, draft, remote);
  if (field.arguments.empty() && !writer.HasPresets(owner)) return out;
  out.push_back('(');
  bool first = true;
  for (const ResolvedMember& member : field.arguments) {
    if (!first) out.append(", ");
    first = false;
    const auto* input = std::get_if<RemoteInput>(&bench.schema().input(member.definition->binding));
    const std::string_view argument = input != nullptr && !input->upstream_name.empty()
                                          ? std::string_view(input->upstream_name)
                                          : member.definition->name;
    const graphql::InputValueDefinition* upstream_argument =
        upstream_field != nullptr ? upstream_field->argument(argument) : nullptr;
    StrAppend(out, argument, ": ");
    writer.Write(member.value,
                 upstream_argument != nullptr ? upstream_argument->type : graphql::TypeRef(), out);
  }
  writer.WritePresets(owner, first, out);
  out.push_back(')');
  return out;
}

}  // namespace joinery::planner
