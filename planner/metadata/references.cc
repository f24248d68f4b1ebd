#include "planner/metadata/references.h"

#include "base/strings.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;
using Erase = std::function<bool(const Reference&)>;

TableName NameOf(const Value* value) {
  std::vector<Issue> ignored;
  return value == nullptr ? TableName{} : ReadTableName(*value, "$", ignored);
}

std::string Shown(const TableName& table) {
  return table.schema == "public" ? table.name : StrCat(table.schema, ".", table.name);
}

std::string Text(const Value& object, std::string_view member, std::string_view otherwise = "") {
  return std::string(object.FindString(member).value_or(otherwise));
}

void ToTable(Reference& reference, Value& target, std::string_view table) {
  reference.source = Text(target, "source", "default");
  reference.table = NameOf(target.Find(table));
  reference.target = &target;
}

// {name, definition}. False: it leads nowhere that is known.
bool Fill(Value& relationship, Reference& reference) {
  Value* definition = relationship.Find("definition");
  if (definition == nullptr) definition = &relationship;
  if (Value* target = definition->Find("to_source")) {
    ToTable(reference, *target, "table");
    return true;
  }
  Value* target = definition->Find("to_remote_schema");
  if (target == nullptr) target = definition;
  reference.remote_schema = Text(*target, "remote_schema");
  reference.target = target;
  return !reference.remote_schema.empty();
}

// The relationships of the list `member`; `begin` is a reference with its owner filled, and its
// text up to the relationship's name.
template <typename FillOne>
void EachOf(Value& owner, std::string_view member, const Reference& begin, std::string_view end,
            const Erase& erase, const FillOne& fill) {
  Value* list = owner.Find(member);
  if (list == nullptr || !list->is_array()) return;
  std::erase_if(list->items(), [&](Value& relationship) {
    Reference reference = begin;
    StrAppend(reference.shown, Text(relationship, "name"), end);
    return fill(relationship, reference) && erase(reference);
  });
}

template <typename Visit>
void Each(Value* object, std::string_view member, Visit visit) {
  Value* list = object == nullptr ? nullptr : object->Find(member);
  if (list == nullptr) return;
  for (Value& item : list->items()) visit(item);
}

void OfTables(Value& document, const Erase& erase) {
  Each(&document, "sources", [&](Value& source) {
    const std::string name = Text(source, "name");
    Each(&source, "tables", [&](Value& table) {
      Reference begin{.owner_source = name};
      begin.shown = StrCat("remote relationship ", Shown(NameOf(table.Find("table"))), ".");
      EachOf(table, "remote_relationships", begin, StrCat(" in source \"", name, "\""), erase,
             Fill);
    });
  });
}

void OfRemoteTypes(Value& document, const Erase& erase) {
  Each(&document, "remote_schemas", [&](Value& schema) {
    const std::string name = Text(schema, "name");
    Each(&schema, "remote_relationships", [&](Value& type) {
      Reference begin{.owner_remote_schema = name};
      begin.shown = "remote_schema_remote_relationship ";
      EachOf(type, "relationships", begin,
             StrCat(" on type ", Text(type, "type_name"), " in remote schema ", name), erase, Fill);
    });
    if (Value* types = schema.Find("remote_relationships")) {
      std::erase_if(types->items(), [](const Value& type) {
        const Value* list = type.Find("relationships");
        return list == nullptr || list->items().empty();
      });
    }
  });
}

void OfCustomObjects(Value& document, const Erase& erase) {
  Each(document.Find("custom_types"), "objects", [&](Value& object) {
    Reference begin;
    begin.shown = "relationship ";
    const std::string end = StrCat(" of custom type ", Text(object, "name"));
    EachOf(object, "relationships", begin, end, erase, [](Value& item, Reference& reference) {
      ToTable(reference, item, "remote_table");
      return true;
    });
    EachOf(object, "remote_relationships", begin, end, erase, Fill);
  });
}

}  // namespace

void EachReference(Value& document, const Erase& erase) {
  OfTables(document, erase);
  OfRemoteTypes(document, erase);
  OfCustomObjects(document, erase);
}

}  // namespace joinery::metadata
