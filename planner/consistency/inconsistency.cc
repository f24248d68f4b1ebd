#include "planner/consistency/inconsistency.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace joinery::planner {
namespace {

json::Value MemberJson(const InconsistentObject::Member& member) {
  return json::Value::Object({{"type", json::Value(member.type)},
                              {"name", json::Value(member.name)},
                              {"definition", member.definition}});
}

}  // namespace

bool InconsistentObject::Concerns(std::string_view object_type,
                                  std::string_view object_name) const {
  if (!type.empty()) return type == object_type && name == object_name;
  return std::ranges::any_of(conflicting, [&](const Member& member) {
    return member.type == object_type && member.name == object_name;
  });
}

json::Value InconsistentObject::ToJson() const {
  json::Value out = json::Value::Object();
  out.Set("reason", json::Value(reason));
  json::Value members = json::Value::Array();
  for (const Member& member : conflicting) {
    members.Append(form == Form::kConflict ? MemberJson(member) : member.definition);
  }
  if (form == Form::kDuplicate) out.Set("type", json::Value(type));
  if (form != Form::kObject) {
    out.Set(form == Form::kConflict    ? "objects"
            : form == Form::kAmbiguous ? "conflicts"
                                       : "definitions",
            std::move(members));
    return out;
  }
  out.Set("name", json::Value(name));
  out.Set("type", json::Value(type));
  if (!entity.is_null()) {
    out.Set("entity", entity);
  } else {
    out.Set("definition", definition);
  }
  if (!message.is_null()) out.Set("message", message);
  return out;
}

void Inconsistencies::Add(InconsistentObject::Member object, std::string_view reason) {
  all_.push_back({.type = std::move(object.type),
                  .name = std::move(object.name),
                  .reason = StrCat("Inconsistent object: ", reason),
                  .definition = std::move(object.definition)});
}

void Inconsistencies::AddConflict(std::vector<InconsistentObject::Member> objects,
                                  std::string_view reason) {
  all_.push_back({.form = InconsistentObject::Form::kConflict,
                  .reason = StrCat("Conflicting objects: ", reason),
                  .conflicting = std::move(objects)});
}

void Inconsistencies::AddDuplicate(const metadata::Duplicate& duplicate) {
  InconsistentObject object{.form = InconsistentObject::Form::kDuplicate,
                            .type = duplicate.type,
                            .name = duplicate.name,
                            .reason = StrCat("Multiple definitions for: ", duplicate.name),
                            .definition = duplicate.place};
  for (const json::Value& definition : duplicate.definitions) {
    object.conflicting.push_back({duplicate.type, duplicate.name, definition});
  }
  all_.push_back(std::move(object));
}

std::string BecauseOf(std::string_view what, const std::vector<std::string>& reasons) {
  if (reasons.size() == 1) return StrCat(what, " because ", reasons.front());
  std::string out = StrCat(what, " for the following reasons:\n");
  for (const std::string& reason : reasons) StrAppend(out, "  • ", reason, "\n");
  return out;
}

}  // namespace joinery::planner
