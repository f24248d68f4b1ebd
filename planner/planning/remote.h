#pragma once

#include <string>
#include <vector>

#include "base/issue.h"
#include "planner/planning/draft.h"

// From resolved fields of remote schemas (and of actions' outputs) to upstream text and
// projections.
namespace joinery::planner {

// What is asked of an upstream below one field, and what becomes of the answer.
struct RemoteSelection {
  std::string text;  // "{ id name }"; empty for leaves.
  plan::Projection projection;
};

// The selection below a field of a remote schema, in the upstream's names.
IssueOr<RemoteSelection> BuildRemoteSelection(Workbench& bench, Draft& draft,
                                              const ResolvedField& field,
                                              const RemoteSchemaBinding& remote,
                                              const Places& places);

// `name(arguments)` of a field, in the upstream's names, presets added.
IssueOr<std::string> BuildRemoteCall(Workbench& bench, Draft& draft, const ResolvedField& field,
                                     const RemoteSchemaBinding& remote);

// A value as GraphQL text of the upstream; variables inside become variables of the draft's
// document. `type` is the value's type in the upstream schema.
std::string RemoteValueText(Workbench& bench, Draft& draft, const ResolvedValue& value,
                            graphql::TypeRef upstream_type, const RemoteSchemaBinding& remote);

// What a role's document puts into an argument or input field, as text of the draft's document.
std::string PresetText(Workbench& bench, Draft& draft, const RemotePreset& preset,
                       const RemoteSchemaBinding& remote);

// A JSON value as a GraphQL literal of that type (strings for enum types become enum values).
std::string LiteralText(const json::Value& value, graphql::TypeRef type);

// List depth and response key of a projected field.
plan::Projection::Field ProjectedField(const ResolvedField& field, plan::Projection projection);

// A whole root field of a remote schema.
MaybeIssue AddRemoteRoot(Workbench& bench, Draft& draft, const ResolvedField& field,
                         const RemoteSchemaBinding& remote, const Places& places);

// The root field of an action, in a draft of its own.
MaybeIssue BuildAction(Workbench& bench, Draft& draft, const ResolvedField& field,
                       const ActionRootField& action, const Places& places);

}  // namespace joinery::planner
