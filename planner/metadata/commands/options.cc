#include "planner/metadata/commands/families.h"

namespace joinery::metadata {
namespace {

using json::Value;

// {"max_reqs_per_min": 60, "unique_params": null | "IP" | [names]}
bool IsRate(const Value& value) {
  const Value* most = value.Find("max_reqs_per_min");
  return most != nullptr && most->int64().value_or(0) > 0;
}

bool IsLimit(std::string_view limit, const Value& value) {
  if (limit == "rate_limit") return IsRate(value);
  return value.is_number() && value.number() > 0;
}

// {"global": X, "per_role": {"r": Y}}
MaybeIssue CheckLimit(const Editing& edit, std::string_view limit, const Value& value) {
  const std::string path = edit.ArgPath(limit);
  const std::string_view wanted =
      limit == "rate_limit" ? "an object with a positive max_reqs_per_min" : "a positive number";
  const Value* global = value.Find("global");
  if (global == nullptr) return ParseFailed("key \"global\" not found", path);
  if (!IsLimit(limit, *global)) {
    return ParseFailed(StrCat("expected ", wanted), StrCat(path, ".global"));
  }
  const Value* per_role = value.Find("per_role");
  if (per_role == nullptr) return {};
  for (const auto& [role, own] : per_role->members()) {
    if (IsLimit(limit, own)) continue;
    return ParseFailed(StrCat("expected ", wanted), StrCat(path, ".per_role.", role));
  }
  return {};
}

IssueOr<Value> SetLimits(Editing& edit) {
  if (!edit.call.args.is_object()) {
    return ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                              json::KindName(edit.call.args.kind())),
                       edit.ArgPath());
  }
  for (const std::string_view limit :
       {"depth_limit", "node_limit", "rate_limit", "time_limit", "batch_limit"}) {
    const Value* value = edit.call.args.Find(limit);
    if (value == nullptr || value->is_null()) continue;
    RETURN_IF_ISSUE(CheckLimit(edit, limit, *value));
  }
  edit.document.Set("api_limits", edit.call.args);
  return Success();
}

IssueOr<Value> RemoveLimits(Editing& edit) {
  edit.document.Remove("api_limits");
  return Success();
}

IssueOr<Value> SetIntrospection(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const Value roles, edit.List("disabled_for_roles"));
  for (size_t i = 0; i < roles.items().size(); ++i) {
    if (roles.items()[i].is_string()) continue;
    return ParseFailed(StrCat("parsing Text failed, expected String, but encountered ",
                              json::KindName(roles.items()[i].kind())),
                       edit.ArgPath(StrCat("disabled_for_roles[", i, "]")));
  }
  edit.document.Set("graphql_schema_introspection", Pick(edit.call.args, {"disabled_for_roles"}));
  return Success();
}

}  // namespace

void AddOptionCommands(Registry& registry) {
  registry["set_api_limits"] = SetLimits;
  registry["remove_api_limits"] = RemoveLimits;
  registry["set_graphql_schema_introspection_options"] = SetIntrospection;
}

}  // namespace joinery::metadata
