#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "graphql/sdl.h"
#include "json/write.h"
#include "planner/catalog/catalog_text.h"
#include "planner/consistency/build_graph.h"
#include "planner/consistency/changed_roles.h"
#include "planner/metadata/reader.h"
#include "planner/schema/role_schema.h"

// Random sequences of changes: after each, the graph that was built on the one before must be the
// graph that is built from nothing.
namespace joinery::planner {
namespace {

using json::Value;

// What stays of the database whatever happens to it, and what may come and go.
constexpr std::string_view kCatalog = R"(
table author
  id int4! pk
  name text
  mood text -> moods(value)
  boss_id int4 -> author(id)
table article
  id int4! pk
  author_id int4 -> author(id)
  title text!
  meta jsonb
table tag
  article_id int4! -> article(id)
  label text!
  pk (article_id, label)
table moods
  value text! pk
enum moods happy sad
view authors_view
  id int4
  name text
table s.author
  id int4! pk
  public_id int4 -> author(id)
function author_age(a author) -> int4 stable
function author_articles(a author, least int4 =) -> setof article stable
function find(term text) -> setof author stable
function bump(n int4) -> setof article
)";
constexpr std::string_view kLater = R"(
table note
  id int4! pk
  author_id int4 -> author(id)
  mood text -> moods(value)
)";
constexpr std::string_view kWithoutTitle = "  title text!\n";

constexpr std::string_view kRemote = R"(
type Query { user(id: Int!): User  users: [User] }
type User { id: Int!  name: String }
)";

constexpr std::string_view kTables[] = {"author",       "article",  "tag", "moods",
                                        "authors_view", "s.author", "note"};
constexpr std::string_view kColumns[] = {"id",    "name",       "mood", "author_id",
                                         "title", "article_id", "nope", "meta"};
constexpr std::string_view kRoles[] = {"user", "editor", "guest"};

Value TableValue(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == name.npos) return Value(name);
  return Value::Object(
      {{"schema", Value(name.substr(0, dot))}, {"name", Value(name.substr(dot + 1))}});
}

// The document, the databases and the remote schema, and what may happen to them.
class ChangingWorld {
 public:
  explicit ChangingWorld(uint64_t seed) : random_(seed) {
    document_ = *json::Parse(R"({"version": 3, "sources": [
        {"name": "default", "kind": "postgres", "configuration": {}, "functions": [], "tables": [
          {"table": "author", "array_relationships": [{"name": "things", "using":
             {"foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}]},
          {"table": "article", "object_relationships": [{"name": "writer", "using":
             {"foreign_key_constraint_on": "author_id"}}]},
          {"table": "tag"}, {"table": "moods", "is_enum": true}]}],
        "remote_schemas": [], "actions": [], "custom_types": {}, "inherited_roles": []})");
    SetCatalog();
    remote_ = graphql::BuildSchema(kRemote).schema;
  }

  // Says what it did.
  std::string Change() {
    switch (Below(17)) {
      case 0:
        if (Below(2) == 0) return ChangeAPermission();
        return Toggle(Tables(), "table", TableValue(Any(kTables)), [&](Value&) {});
      case 1:
      case 2:
      case 3:
        return ChangeAPermission();
      case 4:
      case 5:
        return ChangeARelationship();
      case 6:
        return InATable([&](Value& table) { Configure(table); });
      case 7:
        return InATable([&](Value& table) { table.Set("is_enum", Value(Below(8) == 0)); });
      case 8:
        return ChangeAComputedField();
      case 9:
        return Toggle(Source().Find("functions"), "function",
                      Value(Below(2) == 0 ? "find" : "bump"), [&](Value& function) {
                        if (Below(2) == 0) return;
                        function.Set("permissions",
                                     Value::Array({Value::Object({{"role", Value(Any(kRoles))}})}));
                      });
      case 10:
        return ChangeAJoin();
      case 11:
        return InheritARole();
      case 12:
        return CustomizeTheSource();
      case 13:
        has_notes_ = Below(2) == 0;
        has_title_ = Below(4) != 0;
        is_down_ = Below(8) == 0;
        SetCatalog();
        return "another database";
      case 14:
        return ChangeTheRemoteSchema();
      case 15:
        return ChangeTheSecondSource();
      default:
        // As replace_metadata does: nothing is shared with the document before.
        document_ = *json::Parse(json::ToString(document_));
        return "the same document again";
    }
  }

  std::shared_ptr<const World> Now(const metadata::Metadata* previous) const {
    auto world = std::make_shared<World>();
    world->metadata =
        std::make_shared<const metadata::Metadata>(metadata::Read(document_, previous).metadata);
    for (const char* name : {"default", "second"}) {
      SourceState& source = world->sources[name];
      if (is_down_) {
        source.error = "connection error";
      } else {
        source.catalog = catalog_;
      }
    }
    world->remote_schemas["users"].schema = remote_;
    return world;
  }

  size_t Below(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
  }
  const Value& document() const { return document_; }

 private:
  template <size_t N>
  std::string_view Any(const std::string_view (&list)[N]) {
    return list[Below(N)];
  }

  Value& Source() {
    return *std::ranges::find_if(document_.Find("sources")->items(), [](const Value& source) {
      return source.FindString("name") == "default";
    });
  }
  Value* Tables() { return Source().Find("tables"); }

  void SetCatalog() {
    std::string text(kCatalog);
    if (!has_title_) text.erase(text.find(kWithoutTitle), kWithoutTitle.size());
    if (has_notes_) text.append(kLater);
    catalog_ = std::make_shared<const plan::DatabaseCatalog>(*CatalogFromText(text));
  }

  // Takes the element of that name out of the list, or puts one in.
  template <typename Fill>
  std::string Toggle(Value* list, std::string_view key, const Value& name, const Fill& fill) {
    const size_t before = list->items().size();
    std::erase_if(list->items(), [&](const Value& one) { return *one.Find(key) == name; });
    const bool there = list->items().size() < before;
    if (!there) {
      Value fresh = Value::Object({{std::string(key), name}});
      fill(fresh);
      // Anywhere: the order of a document is the user's.
      list->items().insert(list->items().begin() + static_cast<std::ptrdiff_t>(Below(before + 1)),
                           std::move(fresh));
    }
    return StrCat(there ? "without " : "with ", key, " ", json::ToString(name));
  }

  template <typename Edit>
  std::string InATable(const Edit& edit) {
    std::vector<Value>& tables = Tables()->items();
    if (tables.empty()) return "nothing";
    Value& table = tables[Below(tables.size())];
    edit(table);
    return StrCat("table ", json::ToString(table));
  }

  Value& ListOf(Value& object, std::string_view name) {
    if (object.Find(name) == nullptr) object.Set(name, Value::Array());
    return *object.Find(name);
  }

  Value Filter(int depth) {
    const Value session = Value::Object({{"_eq", Value("X-Hasura-User-Id")}});
    switch (Below(depth > 2 ? 2 : 8)) {
      case 6:
      case 7: {
        // Leans on a relationship of another table, whichever of the two this one is.
        const bool writer = Below(2) == 0;
        return Value::Object(
            {{writer ? "writer" : "things",
              Value::Object({{writer ? "things" : "writer", Value::Object({{"id", session}})}})}});
      }
      case 0:
        return Value::Object();
      case 1:
        return Value::Object({{Below(4) != 0 ? "id" : std::string(Any(kColumns)), session}});
      case 2:
        return Value::Object({{Below(2) == 0 ? "writer" : "things", Filter(depth + 1)}});
      case 3:
        return Value::Object({{"_or", Value::Array({Filter(depth + 1), Filter(depth + 1)})}});
      case 4:
        return Value::Object({{"age", session}});
      default:
        return Value::Object({{"_exists", Value::Object({{"_table", TableValue(Any(kTables))},
                                                         {"_where", Filter(depth + 1)}})}});
    }
  }

  Value SomeColumns() {
    if (Below(3) == 0) return Value("*");
    Value out = Value::Array();
    if (Below(2) == 0) out.Append(Value("id"));
    if (Below(6) == 0) out.Append(Value(Any(kColumns)));
    return out;
  }

  Value Permission(std::string_view kind) {
    Value out = Value::Object({{"columns", SomeColumns()}});
    if (kind != "insert") out.Set("filter", Filter(0));
    if (kind == "insert" || (kind == "update" && Below(2) == 0)) out.Set("check", Filter(0));
    if (kind == "select") {
      out.Set("allow_aggregations", Value(Below(2) == 0));
      if (Below(9) == 0) out.Set("computed_fields", Value::Array({Value("age")}));
      if (Below(4) == 0) out.Set("limit", Value(static_cast<int64_t>(Below(9))));
      if (Below(6) == 0) out.Set("query_root_fields", Value::Array({Value("select_by_pk")}));
    } else if (Below(4) == 0) {
      out.Set("set", Value::Object({{"name", Value("X-Hasura-Name")}}));
      out.Set("backend_only", Value(Below(2) == 0));
    }
    return out;
  }

  std::string ChangeAPermission() {
    static constexpr std::string_view kKinds[] = {"select", "select", "insert", "update", "delete"};
    return InATable([&](Value& table) {
      const std::string_view kind = Any(kKinds);
      const std::string_view role = Below(8) == 0 ? "both" : Any(kRoles);
      Value& list = ListOf(table, StrCat(kind, "_permissions"));
      const auto toggle = [&] {
        Toggle(&list, "role", Value(role),
               [&](Value& fresh) { fresh.Set("permission", Permission(kind)); });
      };
      toggle();
      if (Below(2) == 0) toggle();
    });
  }

  std::string ChangeARelationship() {
    return InATable([&](Value& table) {
      const bool array = Below(2) == 0;
      const std::string_view name = Below(6) == 0 ? "age" : array ? "things" : "writer";
      Toggle(&ListOf(table, array ? "array_relationships" : "object_relationships"), "name",
             Value(name), [&](Value& fresh) { fresh.Set("using", Using(array)); });
    });
  }

  Value Using(bool array) {
    if (Below(2) == 0) {
      Value manual = Value::Object(
          {{"remote_table", TableValue(Any(kTables))},
           {"column_mapping", Value::Object({{"id", Value(Below(4) == 0 ? "author_id" : "id")}})}});
      return Value::Object({{"manual_configuration", std::move(manual)}});
    }
    const Value own(Below(3) == 0 ? "boss_id" : "author_id");
    const Value other =
        Value::Object({{"table", Value("article")}, {"column", Value("author_id")}});
    return Value::Object({{"foreign_key_constraint_on", array ? other : own}});
  }

  void Configure(Value& table) {
    // Types of the last may have the names of another table's.
    static constexpr std::string_view kNames[] = {"writer", "article", "article_updates"};
    Value configuration = Value::Object();
    if (Below(3) == 0) configuration.Set("custom_name", Value(Any(kNames)));
    if (Below(6) == 0) {
      configuration.Set("custom_root_fields",
                        Value::Object({{Below(2) == 0 ? "select" : "insert_one",
                                        Value(Below(2) == 0 ? "one" : "author")}}));
    }
    if (Below(3) == 0) {
      configuration.Set("column_config",
                        Value::Object({{std::string(Any(kColumns)),
                                        Value::Object({{"custom_name", Value("renamed")}})}}));
    }
    if (Below(3) == 0) configuration.Set("comment", Value("told"));
    table.Set("configuration", std::move(configuration));
  }

  std::string ChangeAComputedField() {
    return InATable([&](Value& table) {
      const std::string_view name = Below(2) == 0 ? "age" : "things";
      Toggle(&ListOf(table, "computed_fields"), "name", Value(name), [&](Value& fresh) {
        fresh.Set(
            "definition",
            Value::Object({{"function", Value(Below(2) == 0 ? "author_age" : "author_articles")}}));
      });
    });
  }

  std::string ChangeAJoin() {
    return InATable([&](Value& table) {
      Toggle(&ListOf(table, "remote_relationships"), "name", Value("far"), [&](Value& fresh) {
        fresh.Set("definition", *json::Parse(R"({"to_remote_schema": {"remote_schema": "users",
            "lhs_fields": ["id"], "remote_field": {"user": {"arguments": {"id": "$id"}}}}})"));
      });
    });
  }

  std::string InheritARole() {
    const std::string_view name = Below(2) == 0 ? "both" : "all";
    return Toggle(document_.Find("inherited_roles"), "role_name", Value(name), [&](Value& fresh) {
      fresh.Set("role_set",
                Value::Array({Value(Any(kRoles)), Value(name == "all" ? "both" : Any(kRoles))}));
    });
  }

  std::string CustomizeTheSource() {
    static constexpr std::string_view kChoices[] = {
        "{}", R"({"root_fields": {"namespace": "db"}})", R"({"type_names": {"prefix": "p_"}})",
        R"({"naming_convention": "graphql-default"})", R"({"root_fields": {"suffix": "_x"}})"};
    const std::string_view choice = Below(2) == 0 ? "{}" : Any(kChoices);
    Source().Set("customization", *json::Parse(choice));
    return StrCat("customization ", choice);
  }

  // Its types have names of their own, or those of the first.
  std::string ChangeTheSecondSource() {
    return Toggle(document_.Find("sources"), "name", Value("second"), [&](Value& fresh) {
      fresh.Set("kind", Value("postgres"));
      fresh.Set("tables", *json::Parse(R"([
          {"table": "author", "select_permissions": [
            {"role": "user", "permission": {"columns": ["id"], "filter": {}}}]},
          {"table": "article", "is_enum": false, "object_relationships": [
            {"name": "writer", "using": {"foreign_key_constraint_on": "author_id"}}]}])"));
      fresh.Set("customization",
                *json::Parse(Below(3) == 0 ? R"({"root_fields": {"prefix": "b_"},
                                                 "type_names": {"suffix": "_b"}})"
                                           : R"({"root_fields": {"prefix": "b_"}})"));
    });
  }

  std::string ChangeTheRemoteSchema() {
    return Toggle(document_.Find("remote_schemas"), "name", Value("users"), [&](Value& fresh) {
      fresh.Set("definition", *json::Parse(R"({"url": "http://users"})"));
      if (Below(2) == 0) return;
      fresh.Set("permissions", *json::Parse(R"([{"role": "user", "definition":
          {"schema": "type Query { user(id: Int!): User } type User { id: Int! }"}}])"));
    });
  }

  std::mt19937_64 random_;
  Value document_;
  std::shared_ptr<const plan::DatabaseCatalog> catalog_;
  std::shared_ptr<const graphql::Schema> remote_;
  bool has_notes_ = false, has_title_ = true, is_down_ = false;
};

// --- Graphs as text
// --------------------------------------------------------------------------------

void Describe(const plan::Predicate& predicate, std::string& out) {
  StrAppend(out, static_cast<int>(predicate.kind), "/", static_cast<int>(predicate.op), " ",
            predicate.left ? predicate.left->column : "", " ", predicate.right_column, " ",
            predicate.table.schema, ".", predicate.table.name);
  for (const plan::ColumnPair& pair : predicate.pairs) {
    StrAppend(out, " ", pair.outer, "=", pair.inner);
  }
  for (const plan::ParameterIndex index : predicate.parameters) StrAppend(out, " $", index);
  out.append("(");
  for (const plan::Predicate& child : predicate.children) Describe(child, out);
  out.append(")");
}

void Describe(const std::shared_ptr<const FilterTemplate>& filter, std::string& out) {
  if (filter == nullptr) return;
  Describe(filter->predicate, out);
  for (const plan::ParameterSource& source : filter->parameters) {
    StrAppend(out, " ", static_cast<int>(source.kind), source.name, source.constant);
  }
  for (const plan::SqlType& type : filter->types) StrAppend(out, " ", type.name);
}

void Describe(const SelectPermission& permission, std::string& out) {
  for (const auto& [column, visible] : permission.columns) {
    StrAppend(out, " ", column->name(), visible.masked ? "?" : "");
    Describe(visible.if_holds, out);
  }
  for (const auto& [field, visible] : permission.computed_fields) StrAppend(out, " ", field);
  StrAppend(out, " limit ", permission.limit.value_or(-1),
            permission.allow_aggregations ? "a" : "");
  Describe(permission.filter, out);
}

void Describe(const WritePermission& permission, std::string& out) {
  for (const Column* column : permission.columns) StrAppend(out, " ", column->name());
  for (const ColumnPreset& preset : permission.presets) {
    StrAppend(out, " ", preset.column->name(), "=", preset.value.name, preset.value.constant);
  }
  StrAppend(out, permission.backend_only ? " backend" : "");
  Describe(permission.filter, out);
  Describe(permission.check, out);
}

template <typename Permissions>
void Describe(std::string_view kind, const Permissions& permissions, std::string& out) {
  for (const auto& [role, granted] : permissions) {
    StrAppend(out, "  ", kind, " ", role, ":");
    Describe(*granted.permission, out);
    out.append("\n");
  }
}

void Describe(const Table& table, std::string& out) {
  StrAppend(out, "table ", table.shape->key, " ", table.type_name, "\n");
  for (const Column& column : table.columns) {
    StrAppend(out, "  ", column.name(), " ", column.graphql_name, " ", column.scalar.graphql_name,
              " ", column.enum_table == nullptr ? "" : column.enum_table->key, "\n");
  }
  for (const RootName& root : table.shape->roots) StrAppend(out, "  root ", root.qualified, "\n");
  for (const auto& one : table.relationships) {
    StrAppend(out, "  relationship ", one->name, " ", one->target->shape->key, "\n");
  }
  for (const auto& one : table.computed_fields) StrAppend(out, "  computed ", one->name, "\n");
  for (const auto& one : table.remote_relationships) StrAppend(out, "  far ", one->name, "\n");
  Describe("select", table.permissions->select, out);
  Describe("insert", table.permissions->insert, out);
  Describe("update", table.permissions->update, out);
  Describe("delete", table.permissions->remove, out);
}

std::string Describe(const GraphResult& result) {
  const Graph& graph = *result.graph;
  std::string out;
  for (const auto& source : graph.sources) {
    for (const auto& table : source->tables) Describe(*table, out);
    for (const auto& function : source->functions) {
      StrAppend(out, "function ", function->roots.front().qualified, ": ",
                Join(function->roles, " "), "\n");
    }
  }
  for (const auto& remote : graph.remote_schemas) {
    StrAppend(out, "remote ", remote->name, " ", remote->permissions.size(), "\n");
  }
  StrAppend(out, "roles ", Join(graph.roles, " "), "\nbackend ", Join(graph.backend_roles, " "),
            "\n");
  for (const auto& [role, parents] : graph.inheritance) {
    StrAppend(out, "inherits ", role, ": ", Join(parents, " "), "\n");
  }
  for (const std::string& text : graph.duplicate_root_fields) StrAppend(out, text, "\n");
  for (const InconsistentObject& object : result.inconsistent) {
    StrAppend(out, json::ToString(object.ToJson()), "\n");
  }
  return out;
}

std::string Sdl(const Graph& graph, const std::string& role, const SchemaOptions& options) {
  const auto schema = BuildRoleSchema(graph, role, options, true);
  return StrCat(graphql::PrintSchema(*schema->schema), Join(schema->errors, "\n"));
}

size_t SharedPermissions(const Graph& before, const Graph& after) {
  size_t shared = 0;
  for (const auto& source : after.sources) {
    const Source* known = before.FindSource(source->name);
    for (const auto& table : source->tables) {
      const Table* same = known == nullptr ? nullptr : known->FindTable(*table);
      if (same == nullptr) continue;
      for (const auto& [role, granted] : table->permissions->select) {
        const auto found = same->permissions->select.find(role);
        const bool there = found != same->permissions->select.end();
        shared += there && found->second.permission == granted.permission ? 1 : 0;
      }
    }
  }
  return shared;
}

class IncrementalTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(IncrementalTest, GivesWhatBuildingFromNothingGives) {
  const char* wanted = std::getenv("JOINERY_SEED");
  const uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : GetParam();
  const SchemaOptions options{.remote_schema_permissions = true};
  constexpr int kSteps = 1500;
  ChangingWorld world(seed);
  GraphResult now = BuildGraph(world.Now(nullptr), options);
  std::set<std::string> all_roles = {"admin", "nobody"};
  size_t shared = 0, unchanged = 0;
  for (int step = 0; step < kSteps; ++step) {
    const std::string change = world.Change();
    SCOPED_TRACE(StrCat("JOINERY_SEED=", seed, ", step ", step, ": ", change));
    const std::shared_ptr<const Graph> before = now.graph;
    now = BuildGraph(world.Now(before->world->metadata.get()), options, before.get());
    const GraphResult fresh = BuildGraph(world.Now(nullptr), options);
    ASSERT_EQ(Describe(now), Describe(fresh));
    all_roles.insert(now.graph->roles.begin(), now.graph->roles.end());
    const ChangedRoles changed = RolesThatDiffer(*before, *now.graph);
    // Every role now and then, one at each step.
    const size_t chosen = world.Below(all_roles.size());
    size_t position = 0;
    for (const std::string& role : all_roles) {
      if (position++ != chosen && step % 20 != 0) continue;
      const std::string sdl = Sdl(*now.graph, role, options);
      ASSERT_EQ(sdl, Sdl(*fresh.graph, role, options)) << role;
      if (changed.Contains(role)) continue;
      ++unchanged;
      ASSERT_EQ(sdl, Sdl(*before, role, options)) << role << " changed unnoticed";
    }
    shared += SharedPermissions(*before, *now.graph);
  }
  // The test would prove nothing if nothing were shared.
  EXPECT_GT(shared, static_cast<size_t>(kSteps) / 4);
  EXPECT_GT(unchanged, static_cast<size_t>(kSteps) / 4);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IncrementalTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace joinery::planner
