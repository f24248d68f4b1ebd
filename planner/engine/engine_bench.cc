#include <benchmark/benchmark.h>
#include <malloc.h>

#include "base/check.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/codec.h"
#include "plan/testing/partial.h"
#include "planner/catalog/catalog_text.h"
#include "planner/engine/engine.h"
#include "planner/schema/big_world.h"

// What a change of metadata costs from the call to the plan that sees it, and what roles weigh.
// Arguments: tables, roles. Times are of one change.
namespace joinery::planner {
namespace {

using json::Value;
using testing::BigWorld;
using testing::BigWorldPermission;
using testing::WorldSize;
using testing::WorldTexts;

// Answers with the catalogs of a generated world; runs nothing.
class GeneratedSources final : public plan::testing::PartialConnector {
 public:
  explicit GeneratedSources(const std::map<std::string, std::string>& catalogs) {
    for (const auto& [name, text] : catalogs) encoded_[name] = plan::Encode(*CatalogFromText(text));
  }
  StatusOr<plan::IntrospectResult> Introspect(const CallContext&,
                                              const plan::SourceConfig& source) override {
    return plan::IntrospectResult{encoded_.at(source.name.name)};
  }

 private:
  std::map<std::string, std::string> encoded_;
};

class Bench {
 public:
  explicit Bench(const benchmark::State& state)
      : size_{state.range(0), state.range(1)}, texts_(BigWorld(size_)), sources_(texts_.catalogs) {}

  void Start() {
    EngineOptions options;
    options.start.document = texts_.metadata;
    planner_ = MakeEngine(std::move(options), {.postgres = &sources_});
  }
  // Lets go of what only the making needed.
  void ForgetTexts() { texts_ = {}; }

  const WorldSize& size() const { return size_; }
  const Value& document() const { return texts_.metadata; }

  void Call(std::string_view type, Value args) {
    const auto response = planner_->Metadata(
        {}, {.endpoint = "/v1/metadata",
             .body = Value::Object({{"type", Value(type)}, {"args", std::move(args)}}),
             .session = {}});
    JOINERY_CHECK(response.ok() && response->http_status == 200);
  }

  bool Plans(const std::string& role, std::string query) {
    plan::PlanRequest request;
    request.role = role;
    request.query = std::move(query);
    const auto planned = planner_->Plan({}, request);
    return planned.ok() && planned->ok();
  }

 private:
  const WorldSize size_;
  WorldTexts texts_;
  GeneratedSources sources_;
  std::unique_ptr<plan::Planner> planner_;
};

double LiveBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

std::string Name(int64_t table) { return StrCat("t", table); }

Value TableArgs(std::string_view table) {
  return Value::Object({{"source", Value("default")}, {"table", Value(table)}});
}

std::string QueryOf(int64_t table) {
  return StrCat("{ ", Name(table), "(where: {id: {_gt: 1}}, limit: 5) { id name parent { id } } }");
}

// Every table with everything, from the document and the databases' answers.
void Starts(benchmark::State& state) {
  Bench bench(state);
  for (auto _ : state) bench.Start();
}

// A permission goes and comes back; its role plans a query after each.
void ChangesAPermission(benchmark::State& state) {
  Bench bench(state);
  bench.Start();
  const int64_t table = bench.size().tables / 2;
  bool there = true;
  for (auto _ : state) {
    Value args = TableArgs(Name(table));
    args.Set("role", Value("role1"));
    if (!there) args.Set("permission", *BigWorldPermission(table, 1).Find("permission"));
    bench.Call(there ? "pg_drop_select_permission" : "pg_create_select_permission", args);
    there = !there;
    JOINERY_CHECK(bench.Plans("role1", QueryOf(table)) == there);
  }
}

// A table comes and goes; admin plans a query of it after each.
void TracksATable(benchmark::State& state) {
  Bench bench(state);
  bench.Start();
  bool there = false;
  for (auto _ : state) {
    bench.Call(there ? "pg_untrack_table" : "pg_track_table", TableArgs("spare"));
    there = !there;
    JOINERY_CHECK(bench.Plans("admin", "{ spare { id name } }") == there);
  }
}

// The whole document again, with another permission in one table.
void ReplacesMetadata(benchmark::State& state) {
  Bench bench(state);
  bench.Start();
  const std::string one = json::ToString(bench.document());
  Value changed = bench.document();
  changed.Find("sources")->items()[0].Find("tables")->items()[0].Remove("select_permissions");
  const std::string other = json::ToString(changed);
  bool first = false;
  for (auto _ : state) {
    // As the edge does: the body comes as text.
    bench.Call("replace_metadata", *json::Parse(first ? one : other));
    first = !first;
  }
  state.counters["document_MB"] = static_cast<double>(one.size()) / 1e6;
}

// Live memory of a planner, and what one more role adds once it has planned a query.
void Weighs(benchmark::State& state) {
  for (auto _ : state) {
    const double before = LiveBytes();
    Bench bench(state);
    bench.Start();
    bench.ForgetTexts();
    malloc_trim(0);
    const double started = LiveBytes();
    for (int64_t role = 0; role < bench.size().roles; ++role) {
      JOINERY_CHECK(bench.Plans(StrCat("role", role), QueryOf(role % bench.size().tables)));
    }
    const double used = LiveBytes();
    state.counters["planner_MB"] = (used - before) / 1e6;
    state.counters["schema_per_role_KB"] =
        (used - started) / 1e3 / static_cast<double>(bench.size().roles);
  }
}

// Live memory after 1,000 and after 10,000 changes, each of which a role looks at.
void StaysFlat(benchmark::State& state) {
  for (auto _ : state) {
    const double before = LiveBytes();
    Bench bench(state);
    bench.Start();
    bench.ForgetTexts();
    const Value permission = *BigWorldPermission(0, 1).Find("permission");
    for (int change = 1; change <= 10'000; ++change) {
      const int64_t table = (change - 1) / 2 % bench.size().tables;
      Value args = TableArgs(Name(table));
      args.Set("role", Value("role1"));
      if (change % 2 == 0) args.Set("permission", permission);
      bench.Call(change % 2 == 0 ? "pg_create_select_permission" : "pg_drop_select_permission",
                 args);
      JOINERY_CHECK(bench.Plans("role0", QueryOf(table)));
      if (change == 1'000) state.counters["MB_after_1000"] = (LiveBytes() - before) / 1e6;
    }
    state.counters["MB_after_10000"] = (LiveBytes() - before) / 1e6;
  }
}

#define JOINERY_SIZES    \
  ->Args({100, 10})      \
      ->Args({1000, 10}) \
      ->Args({5000, 10}) \
      ->Args({500, 50})  \
      ->Unit(benchmark::kMillisecond)
BENCHMARK(Starts) JOINERY_SIZES;
BENCHMARK(ChangesAPermission) JOINERY_SIZES;
BENCHMARK(TracksATable) JOINERY_SIZES;
BENCHMARK(ReplacesMetadata) JOINERY_SIZES;
BENCHMARK(Weighs) JOINERY_SIZES->Args({500, 10})->Iterations(1);
BENCHMARK(StaysFlat)->Args({100, 10})->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace joinery::planner

BENCHMARK_MAIN();
