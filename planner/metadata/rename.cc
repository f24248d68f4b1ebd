#include "planner/metadata/rename.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "planner/metadata/reader.h"

namespace joinery::metadata {
namespace {

using json::Value;
using Columns = std::map<std::string, std::string, std::less<>>;

TableName NameOf(const Value& value) {
  std::vector<Issue> ignored;
  return ReadTableName(value, "$", ignored);
}

// Operators whose operand is a column: in either spelling, without the first character.
bool ComparesColumns(std::string_view op) {
  static const std::set<std::string, std::less<>> names = {"ceq", "cne",  "cneq", "cgt",
                                                           "clt", "cgte", "clte"};
  return !op.empty() && (op[0] == '_' || op[0] == '$') && names.contains(op.substr(1));
}

bool IsWord(std::string_view key, std::string_view word) {
  return !key.empty() && (key[0] == '_' || key[0] == '$') && key.substr(1) == word;
}

class Renamer {
 public:
  Renamer(std::string_view source, const std::vector<TableRename>& renames,
          const RelationshipTargets& targets)
      : source_(source), targets_(targets) {
    for (const TableRename& rename : renames) renames_.emplace(rename.from, &rename);
  }

  void SetRelationship(const RelationshipRename& rename) { relationship_ = &rename; }

  void Document(Value& document) {
    if (Value* sources = document.Find("sources")) {
      for (Value& source : sources->items()) Source(source);
    }
    if (Value* schemas = document.Find("remote_schemas")) {
      for (Value& schema : schemas->items()) {
        ForEach(schema, "remote_relationships", [&](Value& type) {
          ForEach(type, "relationships",
                  [&](Value& item) { RemoteTarget(item.Find("definition")); });
        });
      }
    }
    if (Value* types = document.Find("custom_types")) {
      ForEach(*types, "objects", [&](Value& object) {
        ForEach(object, "relationships", [&](Value& item) {
          if (item.FindString("source").value_or("default") == source_) {
            Joined(item, "remote_table", "field_mapping");
          }
        });
      });
    }
  }

 private:
  template <typename Visit>
  void ForEach(Value& object, std::string_view list, Visit visit) {
    Value* items = object.Find(list);
    if (items == nullptr) return;
    for (Value& item : items->items()) visit(item);
  }

  const Columns& ColumnsOf(const TableName& table) const {
    static const Columns kNone;
    const auto it = renames_.find(table);
    return it == renames_.end() ? kNone : it->second->columns;
  }

  void Table(Value* name) const {
    if (name == nullptr) return;
    const auto it = renames_.find(NameOf(*name));
    if (it == renames_.end() || it->second->to == it->second->from) return;
    const TableName& to = it->second->to;
    if (name->is_string() && to.schema == "public") {
      *name = Value(to.name);
      return;
    }
    Value out = Value::Object();
    out.Set("schema", to.schema);
    out.Set("name", to.name);
    *name = std::move(out);
  }

  static void Text(Value& text, const Columns& columns) {
    if (!text.is_string()) return;
    if (const auto it = columns.find(text.string()); it != columns.end()) text = Value(it->second);
  }

  // A column, or a list of them.
  static void Texts(Value* value, const Columns& columns) {
    if (value == nullptr) return;
    Text(*value, columns);
    for (Value& item : value->items()) Text(item, columns);
  }

  static void Keys(Value* object, const Columns& columns) {
    if (object == nullptr) return;
    for (auto& [key, value] : object->members()) {
      if (const auto it = columns.find(key); it != columns.end()) key = it->second;
    }
  }

  static void Values(Value* object, const Columns& columns) {
    if (object == nullptr) return;
    for (auto& [key, value] : object->members()) Text(value, columns);
  }

  // "$column" in the arguments of a remote field, at any depth.
  static void Variables(Value& value, const Columns& columns) {
    if (value.is_string() && value.string().starts_with('$')) {
      const auto it = columns.find(value.string().substr(1));
      if (it != columns.end()) value = Value(StrCat("$", it->second));
      return;
    }
    for (Value& item : value.items()) Variables(item, columns);
    for (auto& [key, member] : value.members()) Variables(member, columns);
  }

  // A table named by the member `table`, with columns of it as the values of the member `mapping`.
  void Joined(Value& object, std::string_view table, std::string_view mapping) {
    Value* name = object.Find(table);
    if (name == nullptr) return;
    Values(object.Find(mapping), ColumnsOf(NameOf(*name)));
    Table(name);
  }

  void RemoteTarget(Value* definition) {
    Value* target = definition == nullptr ? nullptr : definition->Find("to_source");
    if (target == nullptr || target->FindString("source") != source_) return;
    Joined(*target, "table", "field_mapping");
  }

  void Source(Value& source) {
    const bool own = source.FindString("name") == source_;
    ForEach(source, "tables", [&](Value& table) {
      ForEach(table, "remote_relationships",
              [&](Value& item) { RemoteTarget(item.Find("definition")); });
      if (own) OwnTable(table);
    });
  }

  void OwnTable(Value& entry) {
    Value* name = entry.Find("table");
    if (name == nullptr) return;
    const TableName table = NameOf(*name);
    const Columns& columns = ColumnsOf(table);
    if (Value* configuration = entry.Find("configuration")) {
      Keys(configuration->Find("column_config"), columns);
      Keys(configuration->Find("custom_column_names"), columns);
    }
    for (const std::string_view list : {"object_relationships", "array_relationships"}) {
      ForEach(entry, list, [&](Value& item) { Relationship(item, columns); });
    }
    ForEach(entry, "remote_relationships",
            [&](Value& item) { RemoteJoinKeys(item.Find("definition"), columns); });
    for (const std::string_view list :
         {"select_permissions", "insert_permissions", "update_permissions", "delete_permissions"}) {
      ForEach(entry, list, [&](Value& item) { Permission(item.Find("permission"), table); });
    }
    ForEach(entry, "event_triggers",
            [&](Value& item) { Trigger(item.Find("definition"), columns); });
    Table(name);
  }

  void Relationship(Value& item, const Columns& columns) {
    Value* using_ = item.Find("using");
    if (using_ == nullptr) return;
    if (Value* key = using_->Find("foreign_key_constraint_on")) {
      if (Value* name = key->Find("table")) {
        const Columns& foreign = ColumnsOf(NameOf(*name));
        Texts(key->Find("column"), foreign);
        Texts(key->Find("columns"), foreign);
        Table(name);
      } else {
        Texts(key, columns);
      }
    }
    if (Value* manual = using_->Find("manual_configuration")) {
      Keys(manual->Find("column_mapping"), columns);
      Joined(*manual, "remote_table", "column_mapping");
    }
  }

  void RemoteJoinKeys(Value* definition, const Columns& columns) {
    if (definition == nullptr || columns.empty()) return;
    Texts(definition->Find("hasura_fields"), columns);
    if (Value* field = definition->Find("remote_field")) Variables(*field, columns);
    if (Value* target = definition->Find("to_remote_schema")) {
      Texts(target->Find("lhs_fields"), columns);
      if (Value* field = target->Find("remote_field")) Variables(*field, columns);
    }
    if (Value* target = definition->Find("to_action")) {
      Texts(target->Find("lhs_fields"), columns);
      if (Value* arguments = target->Find("arguments")) Variables(*arguments, columns);
    }
    if (Value* target = definition->Find("to_source")) Keys(target->Find("field_mapping"), columns);
  }

  void Permission(Value* permission, const TableName& table) {
    if (permission == nullptr) return;
    const Columns& columns = ColumnsOf(table);
    Texts(permission->Find("columns"), columns);
    Keys(permission->Find("set"), columns);
    Keys(permission->Find("presets"), columns);
    for (const std::string_view member : {"filter", "check"}) {
      if (Value* filter = permission->Find(member)) Filter(*filter, table, table);
    }
  }

  // `root`: the table that "$" stands for in a comparison of columns.
  void Filter(Value& filter, const TableName& table, const TableName& root) {
    const Columns& columns = ColumnsOf(table);
    for (auto& [key, value] : filter.members()) {
      if (IsWord(key, "and") || IsWord(key, "or")) {
        for (Value& item : value.items()) Filter(item, table, root);
      } else if (IsWord(key, "not")) {
        Filter(value, table, root);
      } else if (IsWord(key, "exists")) {
        Exists(value);
      } else if (const auto target = targets_.find({table, key}); target != targets_.end()) {
        Filter(value, target->second, root);
        if (relationship_ != nullptr && relationship_->table == table &&
            relationship_->from == key) {
          key = relationship_->to;
        }
      } else {
        if (const auto it = columns.find(key); it != columns.end()) key = it->second;
        Comparison(value, columns, ColumnsOf(root));
      }
    }
  }

  void Exists(Value& exists) {
    Value* name = exists.Find("_table");
    Value* where = exists.Find("_where");
    if (name == nullptr) return;
    const TableName table = NameOf(*name);
    if (where != nullptr) Filter(*where, table, table);
    Table(name);
  }

  static void Comparison(Value& operators, const Columns& columns, const Columns& root) {
    for (auto& [op, operand] : operators.members()) {
      if (!ComparesColumns(op)) continue;
      Text(operand, columns);
      if (operand.is_array() && !operand.items().empty()) {
        Text(operand.items().back(), operand.items().front() == Value("$") ? root : columns);
      }
    }
  }

  static void Trigger(Value* definition, const Columns& columns) {
    if (definition == nullptr) return;
    for (auto& [operation, body] : definition->members()) {
      Texts(body.Find("columns"), columns);
      Texts(body.Find("payload"), columns);
    }
  }

  const std::string_view source_;
  const RelationshipTargets& targets_;
  std::map<TableName, const TableRename*> renames_;
  const RelationshipRename* relationship_ = nullptr;
};

}  // namespace

void ApplyRenames(Value& document, std::string_view source, const std::vector<TableRename>& renames,
                  const RelationshipTargets& targets) {
  Renamer(source, renames, targets).Document(document);
}

void RenameRelationship(Value& document, std::string_view source, const RelationshipRename& rename,
                        const RelationshipTargets& targets) {
  const std::vector<TableRename> none;
  Renamer renamer(source, none, targets);
  renamer.SetRelationship(rename);
  renamer.Document(document);
}

namespace {

// The list `member` of a source; null: it has none.
Value* ListOf(Value& document, std::string_view source, std::string_view member) {
  Value* sources = document.Find("sources");
  if (sources == nullptr) return nullptr;
  for (Value& entry : sources->items()) {
    if (entry.FindString("name") == source) return entry.Find(member);
  }
  return nullptr;
}

void EraseNamed(Value* list, std::string_view key, const std::set<TableName>& names) {
  if (list == nullptr) return;
  std::erase_if(list->items(), [&](const Value& item) {
    const Value* name = item.Find(key);
    return name != nullptr && names.contains(NameOf(*name));
  });
}

}  // namespace

void ForgetTables(Value& document, std::string_view source, const std::set<TableName>& tables) {
  EraseNamed(ListOf(document, source, "tables"), "table", tables);
}

void ForgetFunctions(Value& document, std::string_view source,
                     const std::set<TableName>& functions) {
  EraseNamed(ListOf(document, source, "functions"), "function", functions);
}

void ForgetColumns(Value& document, std::string_view source, const TableName& table,
                   const std::set<std::string, std::less<>>& columns) {
  Value* tables = ListOf(document, source, "tables");
  if (tables == nullptr) return;
  for (Value& entry : tables->items()) {
    const Value* name = entry.Find("table");
    Value* configuration = entry.Find("configuration");
    if (name == nullptr || configuration == nullptr || NameOf(*name) != table) continue;
    for (const std::string_view member : {"column_config", "custom_column_names"}) {
      Value* names = configuration->Find(member);
      if (names == nullptr) continue;
      std::erase_if(names->members(),
                    [&](const auto& entry) { return columns.contains(entry.first); });
    }
  }
}

}  // namespace joinery::metadata
