#include "planner/metadata/commands/families.h"

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
    return Success();
  }
  Value source = Pick(edit.call.args, {"name", "configuration", "customization", "health_check"});
  source.Set("kind", "postgres");
  source.Set("tables", Value::Array());
  sources.Append(std::move(source));
  return Success();
}

IssueOr<Value> UpdateSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value* source = FindBy(ListOf(edit.document, "sources"), "name", name);
  if (source == nullptr) {
    return edit.Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"));
  }
  for (const std::string_view member : {"configuration", "customization"}) {
    if (const Value* value = edit.call.args.Find(member)) source->Set(member, *value);
  }
  return Success();
}

// Whether a remote relationship's definition leads to that source.
bool LeadsTo(const Value& relationship, std::string_view source) {
  const Value* definition = relationship.Find("definition");
  const Value* target = definition == nullptr ? nullptr : definition->Find("to_source");
  return target != nullptr && target->FindString("source") == source;
}

// Takes relationships towards the source out of the document; with `count_only` just counts them.
size_t DropRelationshipsTo(Value& document, std::string_view source, bool count_only) {
  size_t found = 0;
  const auto clean = [&](Value& owner, std::string_view member) {
    Value* list = owner.Find(member);
    if (list == nullptr) return;
    for (const Value& item : list->items()) found += LeadsTo(item, source) ? 1 : 0;
    if (!count_only)
      std::erase_if(list->items(), [&](const Value& item) { return LeadsTo(item, source); });
  };
  for (Value& other : ListOf(document, "sources").items()) {
    if (other.FindString("name") == source) continue;
    for (Value& table : ListOf(other, "tables").items()) clean(table, "remote_relationships");
  }
  if (Value* schemas = document.Find("remote_schemas")) {
    for (Value& schema : schemas->items()) {
      Value* types = schema.Find("remote_relationships");
      if (types == nullptr) continue;
      for (Value& type : types->items()) clean(type, "relationships");
      if (count_only) continue;
      std::erase_if(types->items(), [](const Value& type) {
        const Value* list = type.Find("relationships");
        return list == nullptr || list->items().empty();
      });
    }
  }
  return found;
}

IssueOr<Value> DropSource(Editing& edit) {
  ASSIGN_OR_RETURN_ISSUE(const std::string name, edit.Text("name"));
  Value& sources = ListOf(edit.document, "sources");
  if (FindBy(sources, "name", name) == nullptr) {
    return edit.Fault("not-exists", StrCat("source with name \"", name, "\" does not exist"));
  }
  const bool cascade = edit.call.args.FindBool("cascade", false);
  if (!cascade && DropRelationshipsTo(edit.document, name, true) > 0) {
    return edit.Fault("dependency-error",
                      StrCat("cannot drop due to the following dependent objects : remote "
                             "relationships to source ",
                             name));
  }
  DropRelationshipsTo(edit.document, name, false);
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
  const auto rewrite = [&](Value& owner, std::string_view member) {
    Value* list = owner.Find(member);
    if (list == nullptr) return;
    for (Value& item : list->items()) {
      if (LeadsTo(item, name)) item.Find("definition")->Find("to_source")->Set("source", new_name);
    }
  };
  for (Value& other : sources.items()) {
    for (Value& table : ListOf(other, "tables").items()) rewrite(table, "remote_relationships");
  }
  if (Value* schemas = edit.document.Find("remote_schemas")) {
    for (Value& schema : schemas->items()) {
      if (Value* types = schema.Find("remote_relationships")) {
        for (Value& type : types->items()) rewrite(type, "relationships");
      }
    }
  }
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
