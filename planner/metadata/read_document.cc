#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/metadata/duplicates.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/reading.h"

namespace joinery::metadata {
namespace {

using json::Value;

// The tables of a source in the document before, to be found by how they are written.
class KnownTables {
 public:
  explicit KnownTables(const Source* before) : before_(before) {}

  // Null: there is none, or it has to be read again for what is wrong with it.
  std::shared_ptr<const Table> Find(const Value& written) {
    if (before_ == nullptr) return nullptr;
    // Most often the next one.
    for (size_t ahead = 0; ahead < 2 && next_ + ahead < before_->tables.size(); ++ahead) {
      const auto& table = before_->tables[next_ + ahead];
      if (table->faulty || !table->definition.SharesWith(written)) continue;
      next_ += ahead + 1;
      return table;
    }
    return FindByName(written);
  }

 private:
  std::shared_ptr<const Table> FindByName(const Value& written) {
    if (by_name_.empty()) {
      for (const auto& table : before_->tables) by_name_.emplace(KeyOf(table->table), table);
    }
    std::vector<Issue> ignored;
    const Value* name = written.Find("table");
    if (name == nullptr) return nullptr;
    const auto found = by_name_.find(KeyOf(ReadTableName(*name, "$", ignored)));
    if (found == by_name_.end() || found->second->faulty) return nullptr;
    return found->second->definition == written ? found->second : nullptr;
  }

  static std::string KeyOf(const TableName& name) { return StrCat(name.schema, ".", name.name); }

  const Source* const before_;
  size_t next_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Table>> by_name_;
};

class DocumentReader {
 public:
  DocumentReader(std::vector<Issue>& issues, const Metadata* previous)
      : reading_(issues), previous_(previous) {}

  Metadata Read(const Value& document) {
    Metadata out;
    Each(document, "sources",
         [&](const Value& v, const std::string& p) { out.sources.push_back(ReadSource(v, p)); });
    Each(document, "remote_schemas", [&](const Value& v, const std::string& p) {
      out.remote_schemas.push_back(ReadRemoteSchema(v, p));
    });
    Each(document, "actions",
         [&](const Value& v, const std::string& p) { out.actions.push_back(ReadAction(v, p)); });
    out.custom_types = ReadCustomTypes(reading_.Object(document, "custom_types", "$"));
    Each(document, "inherited_roles", [&](const Value& v, const std::string& p) {
      out.inherited_roles.push_back(
          {reading_.Text(v, "role_name", p, true), reading_.Texts(v.Find("role_set"), p)});
    });
    Each(document, "query_collections", [&](const Value& v, const std::string& p) {
      out.query_collections.push_back(ReadCollection(v, p));
    });
    Each(document, "allowlist", [&](const Value& v, const std::string& p) {
      const Value& scope = reading_.Object(v, "scope", p);
      out.allowlist.push_back({reading_.Text(v, "collection", p, true),
                               scope.FindBool("global", true),
                               reading_.Texts(scope.Find("roles"), StrCat(p, ".scope.roles"))});
    });
    Each(document, "rest_endpoints", [&](const Value& v, const std::string& p) {
      out.rest_endpoints.push_back(ReadEndpoint(v, p));
    });
    const Value& introspection = reading_.Object(document, "graphql_schema_introspection", "$");
    out.introspection_disabled_for =
        reading_.Texts(introspection.Find("disabled_for_roles"), "$.graphql_schema_introspection");
    return out;
  }

 private:
  template <typename ReadOne>
  void Each(const Value& object, std::string_view name, const ReadOne& read,
            const std::string& path = "$") {
    const auto& list = reading_.List(object, name, path);
    for (size_t i = 0; i < list.size(); ++i) read(list[i], StrCat(path, ".", name, "[", i, "]"));
  }

  QueryCollection ReadCollection(const Value& value, const std::string& path) {
    QueryCollection out{.name = reading_.Text(value, "name", path, true)};
    const Value& definition = reading_.Object(value, "definition", path);
    Each(
        definition, "queries",
        [&](const Value& v, const std::string& p) {
          out.queries.push_back(
              {reading_.Text(v, "name", p, true), reading_.Text(v, "query", p, true)});
        },
        StrCat(path, ".definition"));
    return out;
  }

  RestEndpoint ReadEndpoint(const Value& value, const std::string& path) {
    const Value& query = reading_.Object(reading_.Object(value, "definition", path), "query", path);
    return {.name = reading_.Text(value, "name", path, true),
            .url = reading_.Text(value, "url", path, true),
            .methods = reading_.Texts(value.Find("methods"), StrCat(path, ".methods")),
            .collection = reading_.Text(query, "collection_name", path, true),
            .query = reading_.Text(query, "query_name", path, true),
            .definition = value};
  }

  Source ReadSource(const Value& value, const std::string& path) {
    Source out;
    out.name = reading_.Text(value, "name", path, true);
    out.kind = reading_.Text(value, "kind", path, false);
    if (out.kind.empty() || out.kind == "pg") out.kind = "postgres";
    out.configuration = reading_.Object(value, "configuration", path);
    const Value& custom = reading_.Object(value, "customization", path);
    const Value& roots = reading_.Object(custom, "root_fields", path);
    const Value& types = reading_.Object(custom, "type_names", path);
    out.customization = {
        .root_namespace = reading_.Text(roots, "namespace", path, false),
        .root_prefix = reading_.Text(roots, "prefix", path, false),
        .root_suffix = reading_.Text(roots, "suffix", path, false),
        .type_prefix = reading_.Text(types, "prefix", path, false),
        .type_suffix = reading_.Text(types, "suffix", path, false),
        .naming_convention = reading_.Text(custom, "naming_convention", path, false)};
    ReadTables(value, path, out);
    Each(
        value, "functions",
        [&](const Value& v, const std::string& p) { out.functions.push_back(ReadFunction(v, p)); },
        path);
    return out;
  }

  void ReadTables(const Value& source, const std::string& path, Source& out) {
    const Source* before = nullptr;
    if (previous_ != nullptr) {
      const auto found = std::ranges::find(previous_->sources, out.name, &Source::name);
      if (found != previous_->sources.end()) before = &*found;
    }
    KnownTables known(before);
    const auto& list = reading_.List(source, "tables", path);
    for (size_t i = 0; i < list.size(); ++i) {
      if (auto same = known.Find(list[i])) {
        out.tables.push_back(std::move(same));
        continue;
      }
      const size_t issues = reading_.issues().size();
      Table table = ReadTable(list[i], StrCat(path, ".tables[", i, "]"));
      table.faulty = reading_.issues().size() > issues;
      out.tables.push_back(std::make_shared<const Table>(std::move(table)));
    }
  }

  Table ReadTable(const Value& value, const std::string& path) {
    Table out;
    out.definition = value;
    out.table = reading_.Table(value.Find("table"), StrCat(path, ".table"));
    out.is_enum = value.FindBool("is_enum", false);
    const std::string config_path = StrCat(path, ".configuration");
    const Value& config = reading_.Object(value, "configuration", path);
    out.custom_name = reading_.Text(config, "custom_name", config_path, false);
    out.comment = reading_.Text(config, "comment", config_path, false);
    out.custom_root_fields =
        reading_.RootFields(reading_.Object(config, "custom_root_fields", config_path),
                            StrCat(config_path, ".custom_root_fields"));
    for (const auto& [column, name] :
         reading_.Object(config, "custom_column_names", config_path).members()) {
      if (name.is_string()) out.columns[column].custom_name = name.string();
    }
    for (const auto& [column, entry] :
         reading_.Object(config, "column_config", config_path).members()) {
      ColumnConfig& column_config = out.columns[column];
      const std::string name = reading_.Text(entry, "custom_name", config_path, false);
      if (!name.empty()) column_config.custom_name = name;
      column_config.comment = reading_.Text(entry, "comment", config_path, false);
    }
    for (const bool array : {false, true}) {
      Each(
          value, array ? "array_relationships" : "object_relationships",
          [&](const Value& v, const std::string& p) {
            out.relationships.push_back(ReadRelationship(v, array, p, reading_.issues()));
          },
          path);
    }
    Each(
        value, "computed_fields",
        [&](const Value& v, const std::string& p) {
          out.computed_fields.push_back(ReadComputedField(v, p));
        },
        path);
    Each(
        value, "remote_relationships",
        [&](const Value& v, const std::string& p) {
          out.remote_relationships.push_back(ReadRemoteRelationship(v, p, reading_.issues()));
        },
        path);
    Permissions(out, "select_permissions", path, out.select_permissions,
                [&](const Value& v, const std::string& p) { return ReadSelect(v, p); });
    const auto write = [&](const Value& v, const std::string& p) { return ReadWrite(v, p); };
    Permissions(out, "insert_permissions", path, out.insert_permissions, write);
    Permissions(out, "update_permissions", path, out.update_permissions, write);
    Permissions(out, "delete_permissions", path, out.delete_permissions, write);
    return out;
  }

  // What is written alike is held once, here and in the table's definition.
  template <typename P, typename ReadOne>
  void Permissions(Table& table, std::string_view name, const std::string& path,
                   std::vector<RolePermission<P>>& out, const ReadOne& read) {
    struct Known {
      Value written;
      std::shared_ptr<const P> permission;
    };
    std::unordered_map<std::string, Known> known;
    std::vector<Value> definitions;
    bool shares_more = false;
    Each(
        table.definition, name,
        [&](const Value& v, const std::string& p) {
          RolePermission<P> one{.role = reading_.Text(v, "role", p, true), .definition = v};
          const Value& written = reading_.Object(v, "permission", p);
          const std::string text = json::ToString(written);
          if (const auto same = known.find(text); same != known.end()) {
            one.permission = same->second.permission;
            if (v.Find("permission") != nullptr && !written.SharesWith(same->second.written)) {
              one.definition.Set("permission", same->second.written);
              shares_more = true;
            }
          } else {
            const size_t issues = reading_.issues().size();
            one.permission = std::make_shared<const P>(read(written, StrCat(p, ".permission")));
            // Each place of a mistake is told.
            if (reading_.issues().size() == issues) {
              known.emplace(text, Known{written, one.permission});
            }
          }
          definitions.push_back(one.definition);
          out.push_back(std::move(one));
        },
        path);
    if (shares_more) table.definition.Set(name, Value::Array(std::move(definitions)));
  }

  ComputedField ReadComputedField(const Value& value, const std::string& path) {
    const std::string definition_path = StrCat(path, ".definition");
    const Value& definition = reading_.Object(value, "definition", path);
    ComputedField out;
    out.name = reading_.Text(value, "name", path, true);
    out.function = reading_.Table(definition.Find("function"), definition_path);
    out.table_argument = reading_.Text(definition, "table_argument", definition_path, false);
    out.session_argument = reading_.Text(definition, "session_argument", definition_path, false);
    out.comment = reading_.Text(value, "comment", path, false);
    out.definition = value;
    return out;
  }

  SelectPermission ReadSelect(const Value& value, const std::string& path) {
    SelectPermission out;
    const Value* columns = value.Find("columns");
    out.all_columns = columns != nullptr && columns->is_string() && columns->string() == "*";
    if (!out.all_columns) out.columns = reading_.Texts(columns, StrCat(path, ".columns"));
    out.computed_fields = reading_.Texts(value.Find("computed_fields"), path);
    out.filter = reading_.Object(value, "filter", path);
    if (const Value* limit = value.Find("limit"); limit != nullptr && !limit->is_null()) {
      out.limit = limit->int64();
      if (out.limit.value_or(-1) < 0) {
        reading_.Fail("expecting a number that is not negative", StrCat(path, ".limit"));
      }
    }
    out.allow_aggregations = value.FindBool("allow_aggregations", false);
    out.query_root_fields = OptionalTexts(value, "query_root_fields", path);
    out.subscription_root_fields = OptionalTexts(value, "subscription_root_fields", path);
    return out;
  }

  std::optional<std::vector<std::string>> OptionalTexts(const Value& value, std::string_view name,
                                                        const std::string& path) {
    const Value* list = value.Find(name);
    if (list == nullptr || list->is_null()) return std::nullopt;
    return reading_.Texts(list, StrCat(path, ".", name));
  }

  WritePermission ReadWrite(const Value& value, const std::string& path) {
    WritePermission out;
    const Value* columns = value.Find("columns");
    out.all_columns = columns == nullptr || columns->is_null() ||
                      (columns->is_string() && columns->string() == "*");
    if (!out.all_columns) out.columns = reading_.Texts(columns, StrCat(path, ".columns"));
    out.filter = reading_.Object(value, "filter", path);
    if (const Value* check = value.Find("check")) out.check = *check;
    out.set = reading_.Object(value, "set", path);
    out.backend_only = value.FindBool("backend_only", false);
    return out;
  }

  Function ReadFunction(const Value& value, const std::string& path) {
    Function out;
    out.definition = value;
    // The oldest documents list the functions themselves.
    const Value* name = value.Find("function");
    out.function = reading_.Table(name != nullptr ? name : &value, StrCat(path, ".function"));
    const Value& config = reading_.Object(value, "configuration", path);
    out.custom_name = reading_.Text(config, "custom_name", path, false);
    out.custom_root_fields =
        reading_.RootFields(reading_.Object(config, "custom_root_fields", path), path);
    out.session_argument = reading_.Text(config, "session_argument", path, false);
    out.exposed_as = reading_.Text(config, "exposed_as", path, false);
    out.comment = reading_.Text(value, "comment", path, false);
    Each(
        value, "permissions",
        [&](const Value& v, const std::string& p) {
          out.roles.push_back(reading_.Text(v, "role", p, true));
        },
        path);
    return out;
  }

  std::map<std::string, std::string, std::less<>> ReadMapping(const Value& object) {
    std::map<std::string, std::string, std::less<>> out;
    for (const auto& [from, to] : object.members()) {
      if (to.is_string()) out.emplace(from, to.string());
    }
    return out;
  }

  RemoteSchema ReadRemoteSchema(const Value& value, const std::string& path) {
    RemoteSchema out;
    out.document = value;
    out.name = reading_.Text(value, "name", path, true);
    out.comment = reading_.Text(value, "comment", path, false);
    out.definition = reading_.Object(value, "definition", path);
    const Value& custom = reading_.Object(out.definition, "customization", path);
    out.customization.root_namespace = reading_.Text(custom, "root_fields_namespace", path, false);
    const Value& types = reading_.Object(custom, "type_names", path);
    out.customization.type_prefix = reading_.Text(types, "prefix", path, false);
    out.customization.type_suffix = reading_.Text(types, "suffix", path, false);
    out.customization.type_mapping = ReadMapping(reading_.Object(types, "mapping", path));
    for (const Value& names : reading_.List(custom, "field_names", path)) {
      out.customization.field_names.push_back(
          {.parent_type = reading_.Text(names, "parent_type", path, true),
           .prefix = reading_.Text(names, "prefix", path, false),
           .suffix = reading_.Text(names, "suffix", path, false),
           .mapping = ReadMapping(reading_.Object(names, "mapping", path))});
    }
    Each(
        value, "permissions",
        [&](const Value& v, const std::string& p) {
          const Value& definition = reading_.Object(v, "definition", p);
          out.permissions.push_back(
              {reading_.Text(v, "role", p, true), reading_.Text(definition, "schema", p, true), v});
        },
        path);
    Each(
        value, "remote_relationships",
        [&](const Value& v, const std::string& p) {
          RemoteTypeRelationships type{.type_name = reading_.Text(v, "type_name", p, true)};
          Each(
              v, "relationships",
              [&](const Value& relationship, const std::string& at) {
                type.relationships.push_back(
                    ReadRemoteRelationship(relationship, at, reading_.issues()));
              },
              p);
          out.relationships.push_back(std::move(type));
        },
        path);
    return out;
  }

  Action ReadAction(const Value& value, const std::string& path) {
    Action out;
    out.document = value;
    out.name = reading_.Text(value, "name", path, true);
    out.comment = reading_.Text(value, "comment", path, false);
    const std::string definition_path = StrCat(path, ".definition");
    out.definition = reading_.Object(value, "definition", path);
    out.query = reading_.Text(out.definition, "type", definition_path, false) == "query";
    out.asynchronous = !out.query && reading_.Text(out.definition, "kind", definition_path,
                                                   false) == "asynchronous";
    out.output_type = reading_.Text(out.definition, "output_type", definition_path, true);
    Each(
        out.definition, "arguments",
        [&](const Value& v, const std::string& p) {
          out.arguments.push_back({reading_.Text(v, "name", p, true),
                                   reading_.Text(v, "type", p, true),
                                   reading_.Text(v, "description", p, false)});
        },
        definition_path);
    Each(
        value, "permissions",
        [&](const Value& v, const std::string& p) {
          out.roles.push_back(reading_.Text(v, "role", p, true));
        },
        path);
    return out;
  }

  std::vector<CustomField> ReadFields(const Value& value, const std::string& path) {
    std::vector<CustomField> out;
    Each(
        value, "fields",
        [&](const Value& v, const std::string& p) {
          out.push_back({reading_.Text(v, "name", p, true), reading_.Text(v, "type", p, true),
                         reading_.Text(v, "description", p, false)});
        },
        path);
    return out;
  }

  CustomTypes ReadCustomTypes(const Value& value) {
    const std::string path = "$.custom_types";
    CustomTypes out;
    out.document = value;
    Each(
        value, "input_objects",
        [&](const Value& v, const std::string& p) {
          out.input_objects.push_back({reading_.Text(v, "name", p, true),
                                       reading_.Text(v, "description", p, false),
                                       ReadFields(v, p)});
        },
        path);
    Each(
        value, "objects",
        [&](const Value& v, const std::string& p) { out.objects.push_back(ReadObject(v, p)); },
        path);
    Each(
        value, "scalars",
        [&](const Value& v, const std::string& p) {
          out.scalars.push_back(
              {reading_.Text(v, "name", p, true), reading_.Text(v, "description", p, false)});
        },
        path);
    Each(
        value, "enums",
        [&](const Value& v, const std::string& p) {
          CustomEnum one{.name = reading_.Text(v, "name", p, true),
                         .description = reading_.Text(v, "description", p, false)};
          for (const Value& item : reading_.List(v, "values", p)) {
            one.values.push_back({.value = reading_.Text(item, "value", p, true),
                                  .description = reading_.Text(item, "description", p, false),
                                  .deprecated = item.FindBool("is_deprecated", false)});
          }
          out.enums.push_back(std::move(one));
        },
        path);
    return out;
  }

  CustomObject ReadObject(const Value& value, const std::string& path) {
    CustomObject out{.name = reading_.Text(value, "name", path, true),
                     .description = reading_.Text(value, "description", path, false),
                     .fields = ReadFields(value, path)};
    Each(
        value, "relationships",
        [&](const Value& v, const std::string& p) {
          RemoteRelationship one{.name = reading_.Text(v, "name", p, true)};
          ToSource target;
          target.source = reading_.Text(v, "source", p, false);
          if (target.source.empty()) target.source = "default";
          target.table = reading_.Table(v.Find("remote_table"), StrCat(p, ".remote_table"));
          target.array = reading_.Text(v, "type", p, true) == "array";
          for (const auto& [field, column] : reading_.Object(v, "field_mapping", p).members()) {
            if (column.is_string()) target.field_mapping.push_back({field, column.string()});
          }
          one.target = std::move(target);
          one.definition = v;
          out.relationships.push_back(std::move(one));
        },
        path);
    Each(
        value, "remote_relationships",
        [&](const Value& v, const std::string& p) {
          out.relationships.push_back(ReadRemoteRelationship(v, p, reading_.issues()));
        },
        path);
    return out;
  }

  Reading reading_;
  const Metadata* const previous_;
};

}  // namespace

ReadResult Read(const Value& document, const Metadata* previous) {
  ReadResult out;
  if (!document.is_object()) {
    out.issues.push_back(
        ParseFailed(StrCat("parsing Object failed, expected Object, but encountered ",
                           json::KindName(document.kind())),
                    "$"));
    return out;
  }
  out.metadata = DocumentReader(out.issues, previous).Read(document);
  TakeDuplicates(out.metadata);
  return out;
}

void ShareTables(const Metadata& metadata, Value& document) {
  Value* sources = document.Find("sources");
  if (sources == nullptr) return;
  for (Value& source : sources->items()) {
    const auto name = source.FindString("name").value_or("");
    const auto read = std::ranges::find(metadata.sources, name, &Source::name);
    Value* tables = source.Find("tables");
    if (read == metadata.sources.end() || tables == nullptr) continue;
    size_t next = 0;
    for (Value& table : tables->items()) {
      if (next == read->tables.size()) break;
      const Table& made = *read->tables[next];
      if (table.SharesWith(made.definition)) {
        ++next;
        continue;
      }
      std::vector<Issue> ignored;
      const Value* named = std::as_const(table).Find("table");
      if (named == nullptr || !(ReadTableName(*named, "$", ignored) == made.table)) continue;
      table = made.definition;
      ++next;
    }
  }
}

void ShareWithin(Value& document) { ShareTables(Read(document).metadata, document); }

}  // namespace joinery::metadata
