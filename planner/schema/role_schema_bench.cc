#include <benchmark/benchmark.h>

#include "planner/consistency/build_graph.h"
#include "planner/schema/role_schema.h"
#include "planner/schema/test_world.h"

namespace joinery::planner {
namespace {

// `tables` tables of twelve columns, each with a relationship to the one before and back.
testing::WorldTexts Texts(int64_t tables) {
  testing::WorldTexts texts;
  json::Value list = json::Value::Array();
  std::string catalog;
  for (int64_t i = 0; i < tables; ++i) {
    StrAppend(catalog, "table t", i,
              "\n  id int4! pk\n  name text!\n  made timestamptz\n  doc jsonb\n");
    StrAppend(catalog,
              "  total numeric\n  flag bool\n  a int4\n  b int8\n  c text\n  d uuid\n  e text\n");
    StrAppend(catalog, "  parent_id int4 -> t", i == 0 ? 0 : i - 1, "(id)\n");
    const std::string next = StrCat("t", i + 1 < tables ? i + 1 : 0);
    list.Append(*json::Parse(StrCat(
        R"({"table": "t)", i,
        R"(", "object_relationships": [{"name": "parent", "using": {"foreign_key_constraint_on": "parent_id"}}], )",
        R"("array_relationships": [{"name": "children", "using": {"manual_configuration": {"remote_table": ")",
        next, R"(", "column_mapping": {"id": "parent_id"}}}}], )",
        R"("select_permissions": [{"role": "user", "permission": {"columns": ["id", "name", "parent_id"], )",
        R"("filter": {"parent": {"id": {"_eq": "x-hasura-user-id"}}}}}]})")));
  }
  texts.catalogs["default"] = std::move(catalog);
  texts.metadata = json::Value::Object();
  json::Value source = json::Value::Object({{"name", json::Value("default")},
                                            {"kind", json::Value("postgres")},
                                            {"configuration", json::Value::Object()}});
  source.Set("tables", std::move(list));
  texts.metadata.Set("version", json::Value(3));
  texts.metadata.Set("sources", json::Value::Array({std::move(source)}));
  return texts;
}

void BuildsAGraph(benchmark::State& state) {
  const auto world = *testing::MakeWorld(Texts(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(BuildGraph(world, {}));
}
BENCHMARK(BuildsAGraph)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void BuildsARole(benchmark::State& state, const std::string& role) {
  const GraphResult built = BuildGraph(*testing::MakeWorld(Texts(state.range(0))), {});
  for (auto _ : state) benchmark::DoNotOptimize(BuildRoleSchema(*built.graph, role, {}));
}
BENCHMARK_CAPTURE(BuildsARole, admin, "admin")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BuildsARole, user, "user")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace joinery::planner

BENCHMARK_MAIN();
