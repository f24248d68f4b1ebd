#include <benchmark/benchmark.h>

#include "planner/consistency/build_graph.h"
#include "planner/schema/big_world.h"
#include "planner/schema/role_schema.h"

namespace joinery::planner {
namespace {

std::shared_ptr<const World> WorldOf(const benchmark::State& state) {
  return *testing::MakeWorld(testing::BigWorld({state.range(0), 10}));
}

void BuildsAGraph(benchmark::State& state) {
  const auto world = WorldOf(state);
  for (auto _ : state) benchmark::DoNotOptimize(BuildGraph(world, {}));
}
BENCHMARK(BuildsAGraph)->Arg(100)->Arg(1000)->Arg(5000)->Unit(benchmark::kMillisecond);

void BuildsARole(benchmark::State& state, const std::string& role) {
  const GraphResult built = BuildGraph(WorldOf(state), {});
  for (auto _ : state) benchmark::DoNotOptimize(BuildRoleSchema(*built.graph, role, {}));
}
BENCHMARK_CAPTURE(BuildsARole, admin, "admin")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BuildsARole, user, "role1")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace joinery::planner

BENCHMARK_MAIN();
