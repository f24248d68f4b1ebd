#include "planner/engine/own_object.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "json/write.h"
#include "planner/catalog/names.h"
#include "planner/metadata/reader.h"

namespace joinery::planner {
namespace {

using json::Value;

// How an object's name is made of the call's arguments.
enum class Form : uint8_t {
  kTable,
  kFunction,
  kTableField,  // By `name`.
  kTableRole,   // By `role`.
  kFunctionRole,
  kNamed,
  kRemoteRole,
  kRemoteField,
  kActionRole,
  kCustomTypes,
  kInheritedRole,
};

struct Kind {
  std::string_view type;
  Form form;
};

const Kind* KindOf(std::string_view call) {
  static const std::map<std::string_view, Kind> kinds = {
      {"pg_track_table", {"table", Form::kTable}},
      {"pg_set_table_is_enum", {"table", Form::kTable}},
      {"pg_set_table_customization", {"table", Form::kTable}},
      {"pg_set_apollo_federation_config", {"table", Form::kTable}},
      {"set_table_custom_fields", {"table", Form::kTable}},
      {"pg_track_function", {"function", Form::kFunction}},
      {"pg_set_function_customization", {"function", Form::kFunction}},
      {"pg_create_object_relationship", {"object_relation", Form::kTableField}},
      {"pg_create_array_relationship", {"array_relation", Form::kTableField}},
      {"pg_add_computed_field", {"computed_field", Form::kTableField}},
      {"pg_create_remote_relationship", {"remote_relationship", Form::kTableField}},
      {"pg_update_remote_relationship", {"remote_relationship", Form::kTableField}},
      {"pg_create_event_trigger", {"event_trigger", Form::kTableField}},
      {"pg_create_insert_permission", {"insert_permission", Form::kTableRole}},
      {"pg_create_select_permission", {"select_permission", Form::kTableRole}},
      {"pg_create_update_permission", {"update_permission", Form::kTableRole}},
      {"pg_create_delete_permission", {"delete_permission", Form::kTableRole}},
      {"pg_create_function_permission", {"function_permission", Form::kFunctionRole}},
      {"pg_add_source", {"source", Form::kNamed}},
      {"pg_update_source", {"source", Form::kNamed}},
      {"add_remote_schema", {"remote_schema", Form::kNamed}},
      {"update_remote_schema", {"remote_schema", Form::kNamed}},
      {"reload_remote_schema", {"remote_schema", Form::kNamed}},
      {"add_remote_schema_permissions", {"remote_schema_permission", Form::kRemoteRole}},
      {"create_remote_schema_remote_relationship",
       {"remote_schema_remote_relationship", Form::kRemoteField}},
      {"update_remote_schema_remote_relationship",
       {"remote_schema_remote_relationship", Form::kRemoteField}},
      {"create_action", {"action", Form::kNamed}},
      {"update_action", {"action", Form::kNamed}},
      {"create_action_permission", {"action_permission", Form::kActionRole}},
      {"set_custom_types", {"custom_types", Form::kCustomTypes}},
      {"add_inherited_role", {"inherited_role", Form::kInheritedRole}},
  };
  const auto found = kinds.find(call);
  return found == kinds.end() ? nullptr : &found->second;
}

std::string Text(const Value& args, std::string_view member, std::string_view otherwise = "") {
  return std::string(args.FindString(member).value_or(otherwise));
}

// The table or function that the arguments name, by a member or as a whole.
std::string NameIn(const Value& args, std::string_view member) {
  const Value* name = args.Find(member);
  std::vector<Issue> ignored;
  return SqlName(metadata::ReadTableName(name != nullptr ? *name : args, "$", ignored));
}

std::string NameFor(Form form, const Value& args) {
  const std::string source = StrCat(" in source ", Text(args, "source", "default"));
  switch (form) {
    case Form::kNamed:
      return Text(args, "name");
    case Form::kTable:
      return StrCat(NameIn(args, "table"), source);
    case Form::kFunction:
      return StrCat(NameIn(args, "function"), source);
    case Form::kTableField:
      return StrCat(Text(args, "name"), " in table ", NameIn(args, "table"), source);
    case Form::kTableRole:
      return StrCat(Text(args, "role"), " in table ", NameIn(args, "table"), source);
    case Form::kFunctionRole:
      return StrCat(Text(args, "role"), " permission for function ", NameIn(args, "function"),
                    source);
    case Form::kRemoteRole:
      return StrCat(Text(args, "role"), " permission in remote schema ",
                    Text(args, "remote_schema"));
    case Form::kRemoteField:
      return StrCat("remote_relationship ", Text(args, "name"), " on type ",
                    Text(args, "type_name"), " in remote schema ", Text(args, "remote_schema"));
    case Form::kActionRole:
      return StrCat(Text(args, "role"), " permission in ", Text(args, "action"));
    case Form::kCustomTypes:
      return "custom_types";
    case Form::kInheritedRole:
      return StrCat("inherited role ", Text(args, "role_name"));
  }
  return {};
}

std::string WithoutPrefix(std::string_view reason) {
  constexpr std::string_view kPrefix = "Inconsistent object: ";
  return std::string(reason.starts_with(kPrefix) ? reason.substr(kPrefix.size()) : reason);
}

// What follows `in permission for role "r": `.
std::string PermissionFault(std::string_view reason) {
  constexpr std::string_view kWhere = "in permission for role ";
  const size_t at = reason.find(kWhere);
  const size_t end = at == reason.npos ? at : reason.find("\": ", at);
  return std::string(end == reason.npos ? reason : reason.substr(end + 3));
}

bool Says(const InconsistentObject& object, std::string_view text) {
  return object.reason.find(text) != std::string::npos;
}

}  // namespace

bool OwnObject::Is(const InconsistentObject& object) const {
  return !type.empty() && object.Concerns(type, name);
}

OwnObject OwnObjectOf(std::string_view call, const Value& args) {
  const Kind* kind = KindOf(call);
  if (kind == nullptr) return {};
  return {std::string(kind->type), StrCat(kind->type, " ", NameFor(kind->form, args))};
}

std::optional<Issue> OwnFault(const OwnObject& own,
                              const std::vector<const InconsistentObject*>& at_fault,
                              const std::string& path) {
  Issue issue{.code = "invalid-configuration", .message = {}, .path = path};
  std::vector<std::string> reasons;
  Value list = Value::Array();
  for (const InconsistentObject* object : at_fault) {
    std::string reason = object->reason;
    // What an upstream did is not invalid configuration.
    if (own.type == "remote_schema" && Says(*object, "Duplicate remote field")) return std::nullopt;
    if (own.type == "remote_schema" && !Says(*object, "overwritten")) {
      issue.code = "remote-schema-error";
      reason = WithoutPrefix(reason);
    } else if (own.type == "remote_schema_permission") {
      issue.code = "validation-failed";
      reason = PermissionFault(reason);
    } else if (own.type == "function_permission") {
      issue.code = "not-supported";
      reason = PermissionFault(reason);
    }
    reasons.push_back(std::move(reason));
    list.Append(object->ToJson());
  }
  issue.message = Join(reasons, ", ");
  issue.internal = json::ToString(list);
  return issue;
}

}  // namespace joinery::planner
