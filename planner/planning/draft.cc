#include "planner/planning/draft.h"

#include <algorithm>

#include "json/write.h"

namespace joinery::planner {
namespace {

bool SameSource(const plan::ParameterSource& a, const plan::ParameterSource& b) {
  return a.kind == b.kind && a.name == b.name && a.path == b.path && a.constant == b.constant &&
         a.has_constant == b.has_constant && a.check == b.check && a.names == b.names;
}

const json::Value* At(const json::Value& value, const std::vector<json::PathStep>& path) {
  const json::Value* at = &value;
  for (const json::PathStep& step : path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      at = at->Find(*name);
    } else {
      const size_t index = std::get<size_t>(step);
      at = index < at->items().size() ? &at->items()[index] : nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

plan::Fragment EmptyFragment(plan::SourceKind kind) {
  plan::Fragment fragment;
  switch (kind) {
    case plan::SourceKind::kPostgres:
      fragment.body.emplace<plan::RelationalFragment>();
      break;
    case plan::SourceKind::kRemoteSchema:
      fragment.body.emplace<plan::GraphqlFragment>();
      break;
    case plan::SourceKind::kAction:
      fragment.body.emplace<plan::ActionFragment>();
      break;
  }
  return fragment;
}

}  // namespace

void PushPlaces(Places& places, graphql::TypeRef type) {
  for (;;) {
    places.push_back(!type.is_non_null());
    if (!type.is_any_list()) return;
    type = type.Item();
  }
}

uint32_t BubbleLevels(const Places& outer, graphql::TypeRef type) {
  if (!type.is_non_null()) return 0;
  for (size_t up = 0; up < outer.size(); ++up) {
    if (outer[outer.size() - 1 - up]) return static_cast<uint32_t>(up + 1);
  }
  return plan::JoinTarget::kWholeAnswer;
}

void SetCheck(const graphql::NamedType& type, plan::ParameterSource& source) {
  using Check = plan::ParameterSource::Check;
  source.check = Check::kNone;
  if (const graphql::EnumType* enumeration = type.AsEnum()) {
    source.check = Check::kEnum;
    for (const graphql::EnumValueDefinition& value : enumeration->values) {
      source.names.emplace_back(value.name);
    }
  } else if (type.is_standard_scalar) {
    source.check = type.name == "Int"       ? Check::kInt32
                   : type.name == "Float"   ? Check::kFloat
                   : type.name == "Boolean" ? Check::kBoolean
                   : type.name == "ID"      ? Check::kId
                                            : Check::kString;
  }
}

Draft& Workbench::NewDraft(plan::SourceKind kind, std::string_view source) {
  auto draft = std::make_unique<Draft>();
  draft->source = {kind, std::string(source)};
  draft->fragment = EmptyFragment(kind);
  draft->index = static_cast<uint32_t>(drafts_.size());
  drafts_.push_back(std::move(draft));
  return *drafts_.back();
}

Draft& Workbench::NewChild(const Draft& parent, plan::SourceKind kind, std::string_view source) {
  Draft& child = NewDraft(kind, source);
  child.level = parent.level + 1;
  return child;
}

Draft& Workbench::SharedChild(const Draft& parent, plan::SourceKind kind,
                              const std::string& source) {
  const bool apart = operation_.kind == plan::OperationKind::kMutation;
  const auto [known, added] =
      shared_children_.try_emplace({apart ? parent.index : parent.level, kind, source}, 0);
  if (!added) return draft(known->second);
  Draft& child = NewChild(parent, kind, source);
  known->second = child.index;
  return child;
}

plan::ParameterIndex Workbench::Parameter(Draft& draft, plan::ParameterSource source,
                                          const plan::SqlType* type) {
  const bool sql = draft.source.kind == plan::SourceKind::kPostgres;
  const plan::SqlType wanted = type != nullptr ? *type : plan::SqlType{};
  for (size_t i = 0; i < draft.parameters.size(); ++i) {
    if (SameSource(draft.parameters[i], source) &&
        (!sql || draft.relational().parameter_types[i] == wanted)) {
      return static_cast<plan::ParameterIndex>(i);
    }
  }
  draft.parameters.push_back(std::move(source));
  if (sql) draft.relational().parameter_types.push_back(wanted);
  return static_cast<plan::ParameterIndex>(draft.parameters.size() - 1);
}

plan::ParameterIndex Workbench::Constant(Draft& draft, const json::Value& value,
                                         const plan::SqlType* type) {
  plan::ParameterSource source;
  source.constant = json::ToString(value);
  source.has_constant = true;
  return Parameter(draft, std::move(source), type);
}

plan::ParameterSource Workbench::SourceOf(const ResolvedValue& value,
                                          plan::ParameterSource::Check check) {
  plan::ParameterSource source;
  if (!value.from_variable()) {
    source.constant = json::ToString(Freeze(value));
    source.has_constant = true;
    return source;
  }
  source.kind = plan::ParameterSource::Kind::kVariable;
  source.name = value.variable;
  source.path = value.variable_path;
  source.check = check;
  const auto fallback = operation_.variable_defaults.find(value.variable);
  if (fallback != operation_.variable_defaults.end()) {
    if (const json::Value* at = At(fallback->second, value.variable_path)) {
      source.constant = json::ToString(*at);
      source.has_constant = true;
    }
  }
  DependOn(value.variable, plan::VariableUse::Mode::kValue);
  return source;
}

plan::ParameterIndex Workbench::Value(Draft& draft, const ResolvedValue& value,
                                      const plan::SqlType* type,
                                      plan::ParameterSource::Check check) {
  return Parameter(draft, SourceOf(value, check), type);
}

plan::ParameterIndex Workbench::PassedOn(Draft& draft, const ResolvedValue& value) {
  const bool composite =
      value.kind == ResolvedValue::Kind::kObject || value.kind == ResolvedValue::Kind::kList;
  plan::ParameterSource source = SourceOf(value, plan::ParameterSource::Check::kNone);
  if (value.from_variable() && composite) {
    DependOn(value.variable, plan::VariableUse::Mode::kShape);
    CheckLeaves(draft, value);
  } else if (value.from_variable() && value.type) {
    SetCheck(*value.type.named(), source);
  }
  return Parameter(draft, std::move(source));
}

// Leaves inside a value are no parameters of the fragment; they are there for their checks.
void Workbench::CheckLeaves(Draft& draft, const ResolvedValue& value) {
  for (const ResolvedValue& item : value.items) CheckLeaves(draft, item);
  for (const ResolvedMember& member : value.members) CheckLeaves(draft, member.value);
  const bool leaf =
      value.kind == ResolvedValue::Kind::kScalar || value.kind == ResolvedValue::Kind::kEnum;
  if (!leaf || !value.type) return;
  plan::ParameterSource source = SourceOf(value, plan::ParameterSource::Check::kNone);
  SetCheck(*value.type.named(), source);
  using Check = plan::ParameterSource::Check;
  // Of the others their kind tells all, which is part of the variable's shape.
  if (source.check == Check::kInt32 || source.check == Check::kId || source.check == Check::kEnum) {
    Parameter(draft, std::move(source));
  }
}

plan::ParameterIndex Workbench::OwnValue(Draft& draft, const ResolvedValue& value,
                                         const plan::SqlType& type) {
  draft.parameters.push_back(SourceOf(value, plan::ParameterSource::Check::kNone));
  draft.relational().parameter_types.push_back(type);
  return static_cast<plan::ParameterIndex>(draft.parameters.size() - 1);
}

json::Value Workbench::Freeze(const ResolvedValue& value) {
  if (value.from_variable()) DependOn(value.variable, plan::VariableUse::Mode::kExact);
  switch (value.kind) {
    case ResolvedValue::Kind::kNull:
      return json::Value::Null();
    case ResolvedValue::Kind::kScalar:
    case ResolvedValue::Kind::kEnum:
      return value.scalar;
    case ResolvedValue::Kind::kList: {
      json::Value list = json::Value::Array();
      for (const ResolvedValue& item : value.items) list.Append(Freeze(item));
      return list;
    }
    case ResolvedValue::Kind::kObject: {
      json::Value object = json::Value::Object();
      for (const ResolvedMember& member : value.members) {
        object.Set(member.definition->name, Freeze(member.value));
      }
      return object;
    }
  }
  return json::Value::Null();
}

void Workbench::DependOn(std::string_view variable, plan::VariableUse::Mode mode) {
  const auto [it, added] = modes_.emplace(std::string(variable), mode);
  if (!added) it->second = std::max(it->second, mode);
}

plan::Predicate Workbench::Filter(Draft& draft, const FilterTemplate& filter) {
  return Clone(filter.predicate, [&](plan::ParameterIndex index) {
    return Parameter(draft, filter.parameters[index], &filter.types[index]);
  });
}

}  // namespace joinery::planner
