#include "planner/metadata/duplicates.h"

#include <memory>
#include <set>
#include <utility>

#include "base/strings.h"

namespace joinery::metadata {
namespace {

std::string Shown(const TableName& table) {
  return table.schema == "public" ? table.name : StrCat(table.schema, ".", table.name);
}

json::Value NameJson(const TableName& table) {
  return json::Value::Object(
      {{"schema", json::Value(table.schema)}, {"name", json::Value(table.name)}});
}

json::Value Place(std::string_view key, const std::string& name) {
  json::Value out = json::Value::Object();
  out.Set(key, name);
  return out;
}

// How one element of a list is told.
struct Told {
  std::string name;
  json::Value place;
  json::Value definition;
};

// Keeps the first element of each name.
template <typename T, typename Tell>
void Take(std::vector<T>& list, std::string_view type, std::string_view where,
          std::vector<Duplicate>& out, const Tell& tell) {
  std::set<std::string> seen, told;
  for (size_t i = 0; i < list.size();) {
    Told one = tell(list[i]);
    if (seen.insert(one.name).second) {
      ++i;
      continue;
    }
    if (told.insert(one.name).second) {
      Duplicate& duplicate = out.emplace_back();
      duplicate.type = type;
      duplicate.name = StrCat(type, " ", one.name, where);
      duplicate.place = std::move(one.place);
      for (const T& other : list) {
        Told same = tell(other);
        if (same.name == one.name) duplicate.definitions.push_back(std::move(same.definition));
      }
    }
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// The table without what is there twice; the same where nothing is.
std::shared_ptr<const Table> OfTable(const std::shared_ptr<const Table>& table,
                                     std::string_view source, std::vector<Duplicate>& out) {
  const std::string where = StrCat(" in table ", Shown(table->table), " in source ", source);
  const auto tell = [&](const auto& one) {
    json::Value place = Place("role", one.role);
    place.Set("table", NameJson(table->table));
    return Told{one.role, std::move(place), one.definition};
  };
  const auto twice = [](const auto& list) {
    std::set<std::string_view> roles;
    for (const auto& one : list) roles.insert(one.role);
    return roles.size() < list.size();
  };
  if (!twice(table->select_permissions) && !twice(table->insert_permissions) &&
      !twice(table->update_permissions) && !twice(table->delete_permissions)) {
    return table;
  }
  auto single = std::make_shared<Table>(*table);
  Take(single->select_permissions, "select_permission", where, out, tell);
  Take(single->insert_permissions, "insert_permission", where, out, tell);
  Take(single->update_permissions, "update_permission", where, out, tell);
  Take(single->delete_permissions, "delete_permission", where, out, tell);
  return single;
}

void OfSource(Source& source, std::vector<Duplicate>& out) {
  const std::string where = StrCat(" in source ", source.name);
  Take(source.tables, "table", where, out, [](const std::shared_ptr<const Table>& one) {
    return Told{Shown(one->table), NameJson(one->table), one->definition};
  });
  Take(source.functions, "function", where, out, [](const Function& one) {
    return Told{Shown(one.function), NameJson(one.function), one.definition};
  });
  for (auto& table : source.tables) table = OfTable(table, source.name, out);
}

}  // namespace

void TakeDuplicates(Metadata& metadata) {
  std::vector<Duplicate>& out = metadata.duplicates;
  Take(metadata.sources, "source", "", out, [](const Source& one) {
    return Told{one.name, {}, json::Value(one.name)};
  });
  for (Source& source : metadata.sources) OfSource(source, out);
  Take(metadata.remote_schemas, "remote_schema", "", out, [](const RemoteSchema& one) {
    return Told{one.name, {}, one.document};
  });
  for (RemoteSchema& remote : metadata.remote_schemas) {
    Take(remote.permissions, "remote_schema_permission",
         StrCat(" permission in remote schema ", remote.name), out, [&](const auto& one) {
           json::Value place = Place("role", one.role);
           place.Set("remote_schema", remote.name);
           return Told{one.role, std::move(place), one.definition};
         });
  }
  Take(metadata.actions, "action", "", out, [](const Action& one) {
    return Told{one.name, {}, one.document};
  });
  Take(metadata.inherited_roles, "inherited_role", "", out, [](const InheritedRole& one) {
    return Told{StrCat("inherited role ", one.name), Place("role_name", one.name),
                json::Value(one.name)};
  });
  Take(metadata.query_collections, "query_collections", "", out, [](const QueryCollection& one) {
    return Told{one.name, {}, json::Value(one.name)};
  });
  Take(metadata.rest_endpoints, "endpoint", "", out, [](const RestEndpoint& one) {
    return Told{one.name, Place("name", one.name), one.definition};
  });
}

}  // namespace joinery::metadata
