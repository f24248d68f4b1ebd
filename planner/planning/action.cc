#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/joins.h"
#include "planner/planning/remote.h"

namespace joinery::planner {
namespace {

using FieldKind = plan::Projection::Field::Kind;

std::vector<bool> NonNullFlags(graphql::TypeRef type) {
  std::vector<bool> flags;
  for (;;) {
    flags.push_back(type.is_non_null());
    if (!type.is_any_list()) return flags;
    type = type.Item();
  }
}

void AppendText(std::string_view text, std::vector<plan::TextPiece>& out) {
  if (out.empty() || out.back().kind != plan::TextPiece::Kind::kText) out.emplace_back();
  out.back().text.append(text);
}

// A value as JSON; what came in variables stays a parameter, so that the plan holds for others.
void AppendInput(Workbench& bench, Draft& draft, const ResolvedValue& value,
                 std::vector<plan::TextPiece>& out) {
  if (value.from_variable()) {
    out.push_back({.kind = plan::TextPiece::Kind::kParameter,
                   .text = {},
                   .index = bench.PassedOn(draft, value)});
    return;
  }
  switch (value.kind) {
    case ResolvedValue::Kind::kList:
      AppendText("[", out);
      for (const ResolvedValue& item : value.items) {
        if (&item != &value.items.front()) AppendText(",", out);
        AppendInput(bench, draft, item, out);
      }
      return AppendText("]", out);
    case ResolvedValue::Kind::kObject: {
      AppendText("{", out);
      for (const ResolvedMember& member : value.members) {
        std::string name;
        if (&member != &value.members.front()) name.push_back(',');
        json::AppendQuoted(name, member.definition->name);
        AppendText(StrCat(name, ":"), out);
        AppendInput(bench, draft, member.value, out);
      }
      return AppendText("}", out);
    }
    default:
      AppendText(json::ToString(bench.Freeze(value)), out);
  }
}

class OutputBuilder {
 public:
  OutputBuilder(Workbench& bench, Draft& draft) : bench_(bench), draft_(draft) {}

  IssueOr<plan::Projection> Object(const ResolvedField& field, const Places& places) {
    plan::Projection out;
    const graphql::ObjectType* type = field.definition->type.named()->AsObject();
    if (type == nullptr) return out;
    out.raw = false;
    out.closed = true;
    for (const graphql::FieldDefinition& member : type->field_list) {
      const auto* output = std::get_if<ActionOutputField>(&bench_.schema().field(member.binding));
      if (output == nullptr) continue;
      out.known_members.push_back(
          {.name = output->source_key.empty() ? std::string(member.name) : output->source_key,
           .non_null = member.type.is_non_null()});
    }
    std::vector<uint32_t> place_key_sets;
    for (const ResolvedField& below : field.selection.fields) {
      ASSIGN_OR_RETURN_ISSUE(plan::Projection::Field one, Field(below, places, place_key_sets));
      out.fields.push_back(std::move(one));
    }
    return out;
  }

 private:
  IssueOr<plan::Projection::Field> Field(const ResolvedField& field, const Places& outer,
                                         std::vector<uint32_t>& place_key_sets) {
    plan::Projection::Field out{.response_key = std::string(field.response_key)};
    if (field.is_typename()) {
      out.kind = FieldKind::kConstant;
      json::AppendQuoted(out.constant, field.parent->name);
      return out;
    }
    const FieldBinding& binding = bench_.schema().field(field.definition->binding);
    if (const auto* relationship = std::get_if<RemoteRelationshipField>(&binding)) {
      const uint32_t key_set = KeySet(*relationship, place_key_sets);
      out.kind = FieldKind::kHole;
      ASSIGN_OR_RETURN_ISSUE(out.join,
                             AddJoin(bench_, draft_, key_set, field, *relationship, outer));
      return out;
    }
    Places places = outer;
    PushPlaces(places, field.definition->type);
    ASSIGN_OR_RETURN_ISSUE(plan::Projection below, Object(field, places));
    out = ProjectedField(field, std::move(below));
    const auto* output = std::get_if<ActionOutputField>(&binding);
    out.source_key = output != nullptr && !output->source_key.empty()
                         ? output->source_key
                         : std::string(field.definition->name);
    out.non_null = NonNullFlags(field.definition->type);
    return out;
  }

  uint32_t KeySet(const RemoteRelationshipField& relationship, std::vector<uint32_t>& place) {
    std::vector<std::string> members;
    for (const JoinKey& key : relationship.keys) members.push_back(key.member);
    auto& all = draft_.action().key_members;
    for (const uint32_t candidate : place) {
      if (all[candidate] == members) return candidate;
    }
    draft_.fragment.key_sets.push_back({.columns = KeyColumns(members.size())});
    all.push_back(std::move(members));
    place.push_back(static_cast<uint32_t>(all.size() - 1));
    return place.back();
  }

  Workbench& bench_;
  Draft& draft_;
};

// A definition's template as JSON with keys for "$x".
void AppendTemplate(const json::Value& value, const std::vector<std::string>& keys,
                    std::vector<plan::TextPiece>& out) {
  if (value.is_string() && value.string().starts_with("$$")) {
    return AppendText(json::ToString(json::Value(value.string().substr(1))), out);
  }
  if (value.is_string() && value.string().starts_with("$")) {
    const auto found = std::ranges::find(keys, std::string_view(value.string()).substr(1));
    out.push_back({.kind = plan::TextPiece::Kind::kKey,
                   .text = {},
                   .index = static_cast<uint32_t>(found - keys.begin())});
    return;
  }
  if (value.is_array()) {
    AppendText("[", out);
    for (const json::Value& item : value.items()) {
      if (&item != &value.items().front()) AppendText(",", out);
      AppendTemplate(item, keys, out);
    }
    return AppendText("]", out);
  }
  if (!value.is_object()) return AppendText(json::ToString(value), out);
  AppendText("{", out);
  for (const auto& [name, member] : value.members()) {
    std::string start;
    if (&name != &value.members().front().first) start.push_back(',');
    json::AppendQuoted(start, name);
    AppendText(StrCat(start, ":"), out);
    AppendTemplate(member, keys, out);
  }
  AppendText("}", out);
}

// All of a call but what the definition of a joined field gives.
MaybeIssue BuildCallOf(Workbench& bench, Draft& draft, std::string_view action,
                       const ResolvedField& field, const Places& places) {
  plan::ActionFragment& fragment = draft.action();
  fragment.name = action;
  for (const ResolvedMember& member : field.arguments) {
    const auto* input = std::get_if<ActionInput>(&bench.schema().input(member.definition->binding));
    plan::ActionFragment::Input& added = fragment.inputs.emplace_back();
    added.name = input != nullptr && !input->name.empty() ? input->name
                                                          : std::string(member.definition->name);
    AppendInput(bench, draft, member.value, added.value);
  }
  plan::ParameterSource session;
  session.kind = plan::ParameterSource::Kind::kSessionObject;
  fragment.session = bench.Parameter(draft, std::move(session));
  plan::ParameterSource query;
  query.kind = plan::ParameterSource::Kind::kRequestQuery;
  fragment.request_query = bench.Parameter(draft, std::move(query));
  ASSIGN_OR_RETURN_ISSUE(plan::Projection projection,
                         OutputBuilder(bench, draft).Object(field, places));
  fragment.value = ProjectedField(field, std::move(projection));
  fragment.value.non_null = NonNullFlags(field.definition->type);
  return {};
}

}  // namespace

MaybeIssue BuildAction(Workbench& bench, Draft& draft, const ResolvedField& field,
                       const ActionRootField& action, const Places& places) {
  draft.action().mutation = action.mutation;
  return BuildCallOf(bench, draft, action.action, field, places);
}

IssueOr<plan::JoinTarget> JoinAction(Workbench& bench, uint32_t parent, uint32_t key_set,
                                     const ResolvedField& field,
                                     const RemoteRelationshipField& relationship,
                                     const RemoteRelationshipField::ToAction& target,
                                     const Places& places) {
  Draft& child = bench.NewChild(bench.draft(parent), plan::SourceKind::kAction, target.action);
  child.action().batch = FeedBatch(child, {parent, key_set}, KeyColumns(relationship.keys.size()));
  for (const auto& [name, value] : target.arguments.members()) {
    plan::ActionFragment::Input& added = child.action().inputs.emplace_back();
    added.name = name;
    AppendTemplate(value, relationship.key_names, added.value);
  }
  RETURN_IF_ISSUE(BuildCallOf(bench, child, target.action, field, places));
  return plan::JoinTarget{.fetch = child.index, .root = 0};
}

}  // namespace joinery::planner
