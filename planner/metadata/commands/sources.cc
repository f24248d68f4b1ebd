#include "planner/metadata/commands/families.h"
#include "planner/metadata/references.h"

namespace joinery::metadata {
namespace {

using json::Value;

IssueOr<Value> AddSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const Value configuration, edit.Member("configuration"));
  Value& sources = ListOf(edit.document, "sources");
  Value* known = FindBy(sources, "name", name);
  if (known != nullptr) {
    if (!edit.call.args.FindBool("replace_configuration", false)) {
      return edit.Fault("already-exists", StrCat("source with name \"", name, "\" already exists"));
    }
    known->Set("configuration", configuration);
    if (const Value* custom = edit.call.args.Find("customization")) {
      known->Set("customization", *custom);
    }
    return Success();
  }
  Value source = Pick(edit.call.args, {"name"});
  source.Set("kind", "postgres");
  source.Set("tables", Value::Array());
  const Value rest = Pick(edit.call.args, {"configuration", "customization", "health_check"});
  for (const auto& [key, value] : rest.members()) source.Set(key, value);
  sources.Append(std::move(source));
  return Success();
}

IssueOr<Value> UpdateSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value* source = FindBy(ListOf(edit.document, "sources"), "name", name);
  if (source == nullptr) {
    return edit.Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"));
  }
  for (const std::string_view member : {"configuration", "customization", "health_check"}) {
    if (const Value* value = edit.call.args.Find(member)) source->Set(member, *value);
  }
  return Success();
}

// Whether it leads to the source from elsewhere.
bool LeadsInto(const Reference& reference, std::string_view source) {
  return reference.source == source && reference.owner_source != source;
}

IssueOr<Value> DropSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value& sources = ListOf(edit.document, "sources");
  if (FindBy(sources, "name", name) == nullptr) {
    return edit.Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"));
  }
  std::vector<std::string> dependents;
  EachReference(edit.document, [&](const Reference& reference) {
    if (!LeadsInto(reference, name)) return false;
    dependents.push_back(reference.shown);
    return true;
  });
  if (!dependents.empty() && !edit.call.args.FindBool("cascade", false)) {
    return edit.Dependents(dependents);
  }
  EraseBy(ListOf(edit.document, "sources"), "name", name);
  return Success();
}

IssueOr<Value> RenameSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  ASSIGN_OR_RETURN_ISSUE(const std::string new_name, edit.Text("new_name"));
  Value& sources = ListOf(edit.document, "sources");
  Value* source = FindBy(sources, "name", name);
  if (source == nullptr) {
    return edit.Fault("not-exists", StrCat("Could not find source with name \"", name, "\""));
  }
  if (FindBy(sources, "name", new_name) != nullptr) {
    return edit.Fault("already-exists",
                      StrCat("Source with name \"", new_name, "\" already exists"));
  }
  source->Set("name", new_name);
  EachReference(edit.document, [&](const Reference& reference) {
    if (reference.source == name) reference.target->Set("source", new_name);
    return false;
  });
  return Success();
}

}  // namespace

void AddSourceCommands(Registry& registry) {
  registry["pg_add_source"] = AddSource;
  registry["pg_update_source"] = UpdateSource;
  registry["pg_drop_source"] = DropSource;
  registry["rename_source"] = RenameSource;
}

}  // namespace joinery::metadata
