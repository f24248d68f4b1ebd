#include "planner/planning/remote.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/joins.h"

namespace joinery::planner {
namespace {

using FieldKind = plan::Projection::Field::Kind;

constexpr std::string_view kTypenameKey = "__joinery_typename";

// A response key that none of the fields has.
std::string FreeKey(std::string key, const std::vector<ResolvedField>& fields) {
  while (std::ranges::find(fields, key, &ResolvedField::response_key) != fields.end()) {
    key.push_back('_');
  }
  return key;
}

// Builds the selection of one object type, at one place.
class RemoteObjectBuilder {
 public:
  RemoteObjectBuilder(Workbench& bench, Draft& draft, const RemoteSchemaBinding& remote,
                      const Places& places)
      : bench_(bench), draft_(draft), remote_(remote), places_(places) {}

  IssueOr<RemoteSelection> Build(const std::vector<ResolvedField>& fields) {
    fields_ = &fields;
    RemoteSelection out;
    out.projection.raw = true;
    for (const ResolvedField& field : fields) RETURN_IF_ISSUE(Add(field, out));
    StrAppend(out.text, phantoms_);
    if (out.text.empty()) out.text = StrCat(kTypenameKey, ": __typename ");
    if (!phantoms_.empty() || fields.empty()) out.projection.raw = false;
    out.projection.object = true;
    return out;
  }

 private:
  MaybeIssue Add(const ResolvedField& field, RemoteSelection& out) {
    const FieldBinding& binding = bench_.schema().field(field.definition->binding);
    if (field.is_typename()) {
      Typename(field, out);
      return {};
    }
    if (const auto* relationship = std::get_if<RemoteRelationshipField>(&binding)) {
      return Join(field, *relationship, out);
    }
    ASSIGN_OR_RETURN_ISSUE(const std::string call, BuildRemoteCall(bench_, draft_, field, remote_));
    Places places = places_;
    PushPlaces(places, field.definition->type);
    ASSIGN_OR_RETURN_ISSUE(RemoteSelection below,
                           BuildRemoteSelection(bench_, draft_, field, remote_, places));
    if (!call.starts_with(field.response_key) || call.size() != field.response_key.size()) {
      StrAppend(out.text, field.response_key, ": ");
    }
    StrAppend(out.text, call, below.text.empty() ? "" : " ", below.text, " ");
    if (!below.projection.raw) out.projection.raw = false;
    out.projection.fields.push_back(ProjectedField(field, std::move(below.projection)));
    return {};
  }

  void Typename(const ResolvedField& field, RemoteSelection& out) {
    plan::Projection::Field projected{.response_key = std::string(field.response_key),
                                      .source_key = std::string(field.response_key)};
    const std::string_view upstream = remote_.UpstreamType(field.parent->name);
    if (upstream == field.parent->name) {
      StrAppend(out.text, field.response_key, ": __typename ");
    } else {
      projected.kind = FieldKind::kConstant;
      json::AppendQuoted(projected.constant, field.parent->name);
      out.projection.raw = false;
    }
    out.projection.fields.push_back(std::move(projected));
  }

  MaybeIssue Join(const ResolvedField& field, const RemoteRelationshipField& relationship,
                  RemoteSelection& out) {
    std::vector<std::string> members;
    for (const JoinKey& key : relationship.keys) members.push_back(KeyMember(key.member));
    const uint32_t key_set = KeySet(std::move(members));
    plan::Projection::Field projected{.response_key = std::string(field.response_key),
                                      .kind = FieldKind::kHole};
    ASSIGN_OR_RETURN_ISSUE(projected.join,
                           AddJoin(bench_, draft_, key_set, field, relationship, places_));
    out.projection.fields.push_back(std::move(projected));
    out.projection.raw = false;
    return {};
  }

  // The member of the answer that carries the upstream field `name`: one that the client selected
  // without arguments, or a phantom.
  std::string KeyMember(const std::string& name) {
    for (const ResolvedField& field : *fields_) {
      const auto* remote =
          std::get_if<RemoteField>(&bench_.schema().field(field.definition->binding));
      if (remote == nullptr || !field.arguments.empty() ||
          field.definition->type.named()->is_composite()) {
        continue;
      }
      const std::string_view upstream =
          remote->upstream_name.empty() ? field.definition->name : remote->upstream_name;
      if (upstream == name) return std::string(field.response_key);
    }
    const std::string alias = FreeKey(StrCat("__joinery_key_", name), *fields_);
    if (phantoms_.find(StrCat(alias, ": ")) == std::string::npos) {
      StrAppend(phantoms_, alias, ": ", name, " ");
    }
    return alias;
  }

  uint32_t KeySet(std::vector<std::string> members) {
    auto& all = draft_.graphql().key_members;
    for (const uint32_t candidate : place_key_sets_) {
      if (all[candidate] == members) return candidate;
    }
    draft_.fragment.key_sets.push_back({.columns = KeyColumns(members.size())});
    all.push_back(std::move(members));
    place_key_sets_.push_back(static_cast<uint32_t>(all.size() - 1));
    return place_key_sets_.back();
  }

  Workbench& bench_;
  Draft& draft_;
  const RemoteSchemaBinding& remote_;
  const Places& places_;
  const std::vector<ResolvedField>* fields_ = nullptr;
  std::string phantoms_;
  std::vector<uint32_t> place_key_sets_;
};

// An interface or union: what is asked of each object type, and how the answer tells them apart.
IssueOr<RemoteSelection> BuildAbstract(Workbench& bench, Draft& draft, const ResolvedField& field,
                                       const RemoteSchemaBinding& remote, const Places& places) {
  RemoteSelection out;
  std::string& typename_key = out.projection.typename_key;
  typename_key = kTypenameKey;
  for (const ResolvedSelection::PerType& member : field.selection.by_type) {
    typename_key = FreeKey(std::move(typename_key), member.fields);
  }
  out.text = StrCat("{ ", typename_key, ": __typename ");
  out.projection.raw = false;
  for (const ResolvedSelection::PerType& member : field.selection.by_type) {
    RemoteObjectBuilder builder(bench, draft, remote, places);
    const std::string upstream(remote.UpstreamType(member.type->name));
    if (member.fields.empty()) continue;
    ASSIGN_OR_RETURN_ISSUE(RemoteSelection one, builder.Build(member.fields));
    StrAppend(out.text, "... on ", upstream, " { ", one.text, "} ");
    for (plan::Projection::Field& projected : one.projection.fields) {
      projected.only_on = {upstream};
      out.projection.fields.push_back(std::move(projected));
    }
  }
  out.text.push_back('}');
  return out;
}

}  // namespace

plan::Projection::Field ProjectedField(const ResolvedField& field, plan::Projection projection) {
  plan::Projection::Field out;
  out.response_key = field.response_key;
  out.source_key = field.response_key;
  out.projection = std::move(projection);
  for (graphql::TypeRef type = field.definition->type; type.is_any_list(); type = type.Item()) {
    ++out.list_depth;
  }
  return out;
}

IssueOr<RemoteSelection> BuildRemoteSelection(Workbench& bench, Draft& draft,
                                              const ResolvedField& field,
                                              const RemoteSchemaBinding& remote,
                                              const Places& places) {
  const graphql::NamedType& type = *field.definition->type.named();
  if (!type.is_composite()) return RemoteSelection{};
  if (type.is_abstract()) return BuildAbstract(bench, draft, field, remote, places);
  RemoteObjectBuilder builder(bench, draft, remote, places);
  ASSIGN_OR_RETURN_ISSUE(RemoteSelection out, builder.Build(field.selection.fields));
  out.text = StrCat("{ ", out.text, "}");
  return out;
}

MaybeIssue AddRemoteRoot(Workbench& bench, Draft& draft, const ResolvedField& field,
                         const RemoteSchemaBinding& remote, const Places& places) {
  ASSIGN_OR_RETURN_ISSUE(std::string call, BuildRemoteCall(bench, draft, field, remote));
  ASSIGN_OR_RETURN_ISSUE(RemoteSelection below,
                         BuildRemoteSelection(bench, draft, field, remote, places));
  plan::GraphqlRoot root;
  root.alias = field.response_key;
  root.text.push_back({.text = StrCat(call, below.text.empty() ? "" : " ", below.text)});
  root.value = ProjectedField(field, std::move(below.projection));
  draft.graphql().roots.push_back(std::move(root));
  return {};
}

}  // namespace joinery::planner
