#include <benchmark/benchmark.h>

#include <string>

#include "base/strings.h"
#include "graphql/collect.h"
#include "graphql/introspection.h"
#include "graphql/introspection_reader.h"
#include "graphql/parser.h"
#include "graphql/printer.h"
#include "graphql/schema_builder.h"
#include "graphql/validation/validate.h"

namespace joinery::graphql {
namespace {

constexpr int kTables = 300;

// A schema in the shape of a database's: per table an object, a filter, an ordering and an
// aggregate.
SchemaBuilder TableSchema() {
  SchemaBuilder builder;
  const auto query = builder.AddObject("query_root");
  const auto comparison = builder.AddInputObject("Int_comparison_exp");
  for (const char* name : {"_eq", "_neq", "_gt", "_lt", "_gte", "_lte"}) {
    builder.AddInputField(comparison, {.name = name, .type = builder.Type("Int")});
  }
  const auto order = builder.AddEnum("order_by");
  for (const char* name : {"asc", "desc"}) builder.AddValue(order, {.name = name});
  for (int i = 0; i < kTables; ++i) {
    const std::string table = StrCat("table_", i);
    const std::string filter = table + "_bool_exp";
    const std::string ordering = table + "_order_by";
    const TypeRef rows = NonNull(List(NonNull(builder.Type(table))));
    const std::vector<InputValueSpec> arguments = {
        {.name = "where", .type = builder.Type(filter), .description = "filter the rows returned"},
        {.name = "order_by",
         .type = List(NonNull(builder.Type(ordering))),
         .description = "sort the rows by one or more columns"},
        {.name = "limit",
         .type = builder.Type("Int"),
         .description = "limit the number of rows returned"},
        {.name = "offset", .type = builder.Type("Int"), .description = "skip the first n rows"}};
    builder.AddField(query, {.name = table,
                             .type = rows,
                             .description = "fetch data from the table",
                             .arguments = arguments});
    const auto object = builder.AddObject(table, "columns and relationships");
    const auto where = builder.AddInputObject(filter, "Boolean expression to filter rows");
    const auto by = builder.AddInputObject(ordering, "Ordering options when selecting data");
    builder.AddInputField(where, {.name = "_and", .type = List(NonNull(builder.Type(filter)))});
    for (int column = 0; column < 12; ++column) {
      const std::string name = StrCat("column_", column);
      builder.AddField(object, {.name = name, .type = NonNull(builder.Type("Int"))});
      builder.AddInputField(where, {.name = name, .type = builder.Type("Int_comparison_exp")});
      builder.AddInputField(by, {.name = name, .type = builder.Type("order_by")});
    }
    const std::string other = StrCat("table_", (i + 1) % kTables);
    builder.AddField(object, {.name = "related",
                              .type = NonNull(List(NonNull(builder.Type(other)))),
                              .description = "An array relationship",
                              .arguments = arguments});
  }
  builder.AddStandardDirectives();
  builder.SetRoot(ast::OperationKind::kQuery, "query_root");
  return builder;
}

const Schema& TestSchema() {
  static const auto schema = std::move(TableSchema()).Build().schema;
  return *schema;
}

std::string RequestText() {
  return R"(query Rows($limit: Int = 10, $min: Int) {
  table_1(limit: $limit, where: {column_3: {_gte: $min}, _and: [{column_4: {_eq: 1}}]},
          order_by: [{column_1: asc}, {column_2: desc}]) {
    column_0 column_1 column_2 alias: column_3
    related(limit: 5, where: {column_1: {_lt: 100}}) { ...Columns related { ...Columns } }
  }
  table_2(limit: 3) { ...Columns }
}
fragment Columns on table_2 { column_0 column_1 column_2 }
)";
}

constexpr std::string_view kIntrospection = R"(query IntrospectionQuery { __schema {
  queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
  directives { name description locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description
  fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef }
    isDeprecated deprecationReason }
  inputFields { ...InputValue } interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } })";

std::string Introspect(const Schema& schema) {
  const auto document = ParseDocument(kIntrospection).document;
  FieldCollector collector(*document, [](std::string_view) { return std::nullopt; });
  std::vector<CollectedField> fields;
  collector.Collect(schema, *schema.query(), document->operations()[0]->selections, fields);
  std::string out;
  WriteIntrospection(schema, *document, fields[0].fields, json::Value::Object(), out);
  return out;
}

void SetBytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
}

void BM_ParseRequest(benchmark::State& state) {
  const std::string text = RequestText();
  for (auto _ : state) benchmark::DoNotOptimize(ParseDocument(text));
  SetBytes(state, text.size());
}
BENCHMARK(BM_ParseRequest);

void BM_ParseLargeDocument(benchmark::State& state) {
  std::string text = "{ insert(objects: [";
  for (int i = 0; i < 5000; ++i) StrAppend(text, "{id: ", i, ", name: \"row number ", i, "\"} ");
  text += "]) { id } }";
  for (auto _ : state) benchmark::DoNotOptimize(ParseDocument(text));
  SetBytes(state, text.size());
}
BENCHMARK(BM_ParseLargeDocument)->Unit(benchmark::kMillisecond);

void BM_PrintCompact(benchmark::State& state) {
  const auto document = ParseDocument(RequestText()).document;
  for (auto _ : state) benchmark::DoNotOptimize(ToString(*document, PrintStyle::kCompact));
}
BENCHMARK(BM_PrintCompact);

void BM_Validate(benchmark::State& state) {
  const auto document = ParseDocument(RequestText()).document;
  for (auto _ : state) benchmark::DoNotOptimize(Validate(TestSchema(), *document));
}
BENCHMARK(BM_Validate);

void BM_BuildSchema(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(std::move(TableSchema()).Build());
  state.counters["types"] = static_cast<double>(TestSchema().types().size());
  state.counters["arena_bytes"] = static_cast<double>(TestSchema().arena_bytes());
}
BENCHMARK(BM_BuildSchema)->Unit(benchmark::kMillisecond);

void BM_Introspect(benchmark::State& state) {
  const size_t bytes = Introspect(TestSchema()).size();
  for (auto _ : state) benchmark::DoNotOptimize(Introspect(TestSchema()));
  SetBytes(state, bytes);
}
BENCHMARK(BM_Introspect)->Unit(benchmark::kMillisecond);

void BM_ReadIntrospection(benchmark::State& state) {
  const auto value = json::Parse("{\"__schema\":" + Introspect(TestSchema()) + "}");
  for (auto _ : state) benchmark::DoNotOptimize(ReadIntrospection(value.value()));
}
BENCHMARK(BM_ReadIntrospection)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace joinery::graphql

BENCHMARK_MAIN();
