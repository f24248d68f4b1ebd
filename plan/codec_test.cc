#include "plan/codec.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

namespace joinery::plan {
namespace {

Scalar Column(std::string name) {
  Scalar scalar;
  scalar.column = std::move(name);
  scalar.type = {"", "int4", 0};
  return scalar;
}

Predicate Compare(std::string column, ParameterIndex parameter) {
  Predicate predicate;
  predicate.kind = Predicate::Kind::kCompare;
  predicate.left = Column(std::move(column));
  predicate.cast_left = SqlType{"s", "mood", 1};
  predicate.op = CompareOperator::kStIntersectsGeomNband;
  predicate.parameters = {parameter, 300};
  return predicate;
}

FunctionCall Call(std::string name) {
  FunctionCall call;
  call.function = {"public", std::move(name)};
  call.arguments.resize(1);
  call.arguments[0] = {FunctionArgument::Kind::kRow, "row", 7};
  return call;
}

Relation NestedRelation() {
  Relation relation;
  relation.table = {"public", "article"};
  relation.function = std::make_unique<FunctionCall>(Call("search"));
  relation.pairs = {{"id", "author_id"}};
  relation.where.kind = Predicate::Kind::kAnd;
  relation.where.children.push_back(Compare("a", 1));
  relation.where.children.push_back(Compare("b", 2));
  relation.where.children[1].function = std::make_unique<FunctionCall>(Call("f"));
  OrderBy order;
  order.kind = OrderBy::Kind::kAggregate;
  order.path.resize(1);
  order.path[0].table = {"public", "tag"};
  order.path[0].filter = std::make_unique<Predicate>(Compare("c", 3));
  order.scalar = Column("d");
  order.aggregate = Aggregate::kVariance;
  order.descending = true;
  relation.order_by.push_back(std::move(order));
  relation.limit.constant = -5;
  relation.offset.parameter = 4;
  AggregateField aggregate;
  aggregate.name = "aggregate";
  aggregate.kind = AggregateField::Kind::kAggregate;
  aggregate.members.resize(1);
  aggregate.members[0].scalar = Column("e");
  aggregate.fields.emplace_back().name = "count";
  aggregate.nodes.emplace_back().name = "n";
  relation.aggregate.push_back(std::move(aggregate));
  return relation;
}

Fragment SampleRelational() {
  RelationalFragment body;
  RelationalRoot root;
  root.shape = RootShape::kObject;
  root.relation.table = {"public", "author"};
  root.batch = 0;
  root.key_columns = {"id"};
  root.key_types = {{"", "int4", 0}};
  OutputField field;
  field.name = "articles";
  field.kind = OutputField::Kind::kArray;
  field.relation = std::make_unique<Relation>(NestedRelation());
  field.json_path = 9;
  root.relation.fields.push_back(std::move(field));
  body.roots.push_back(std::move(root));
  body.key_scalars.emplace_back().push_back(Column("id"));
  body.parameter_types = {{"", "text", 0}};
  Fragment fragment;
  fragment.body = std::move(body);
  fragment.parameters = 10;
  fragment.batches = {{2}};
  fragment.key_sets = {{1}};
  fragment.joins = {{0}};
  return fragment;
}

Fragment SampleGraphql() {
  GraphqlFragment body;
  body.key_types = {{"ID!", ""}};
  body.operation = GraphqlFragment::Operation::kMutation;
  body.variables.push_back({"v", "Int!", 2});
  GraphqlRoot root;
  root.text = {{TextPiece::Kind::kText, "user(id: ", 0}, {TextPiece::Kind::kKey, "", 1}};
  root.path = {"user", "messages"};
  root.value.non_null = {true, false, true};
  root.value.list_depth = 2;
  root.value.projection.raw = false;
  Projection::Field inner;
  inner.kind = Projection::Field::Kind::kHole;
  inner.type_names = {{"A", "B"}};
  inner.join = 3;
  root.value.projection.fields.push_back(inner);
  body.roots.push_back(std::move(root));
  Fragment fragment;
  fragment.body = std::move(body);
  return fragment;
}

Fragment SampleAction() {
  ActionFragment body;
  body.name = "login";
  body.mutation = true;
  body.inputs = {{"password", {{TextPiece::Kind::kParameter, "", 1}}}};
  body.request_query = 4;
  Fragment fragment;
  fragment.body = std::move(body);
  return fragment;
}

Plan SamplePlan() {
  Plan plan;
  plan.operation = OperationKind::kSubscription;
  for (auto make : {SampleRelational, SampleGraphql, SampleAction}) {
    Fetch fetch;
    fetch.source = {SourceKind::kAction, "default"};
    fetch.fragment = Seal(make());
    fetch.access = Access::kWrite;
    ParameterSource parameter;
    parameter.kind = ParameterSource::Kind::kRequestQuery;
    parameter.path = {std::string("a"), size_t{3}};
    parameter.check = ParameterSource::Check::kScalar;
    fetch.parameters.push_back(parameter);
    fetch.inputs = {{1, 2}};
    fetch.joins = {{1, 2, JoinTarget::kWholeAnswer}};
    plan.fetches.push_back(std::move(fetch));
  }
  ResponseField field;
  field.kind = ResponseField::Kind::kObject;
  field.fields.emplace_back().response_key = "__typename";
  plan.response.push_back(std::move(field));
  plan.variables = {{"x", VariableUse::Mode::kExact}};
  plan.cacheable = false;
  return plan;
}

DatabaseCatalog SampleCatalog() {
  DatabaseCatalog catalog;
  CatalogTable table;
  table.name = {"public", "author"};
  table.oid = 0xffffffff;
  table.columns.emplace_back().name = "id";
  table.columns[0].position = -7;
  table.columns[0].base_type = {"", "int4", 0};
  table.primary_key = CatalogConstraint{"author_pkey", {"id"}};
  table.foreign_keys.push_back({"fk", {"a"}, {"public", "b"}, {"c"}});
  catalog.tables.push_back(table);
  CatalogFunction function;
  function.name = {"public", "f"};
  function.returns_table = TableName{"public", "author"};
  function.arguments.push_back({"x", {"", "text", 1}, TypeKind::kEnum, true});
  catalog.functions.push_back(function);
  catalog.enum_tables.push_back({{"public", "colors"}, {{"red", "warm"}}, "unreadable"});
  catalog.server_version = "15.2";
  return catalog;
}

ExecuteResult SampleResult() {
  ExecuteResult result;
  result.bytes = std::string("[{\"a\":\0}]", 9);
  result.values = {{{0, 9, 0}, {9, 9, 1}}, {}};
  result.holes = {{6, 0, Hole::kNullKey}};
  result.keys = {{{{"1", "2"}, {"\"x\"", "\"y\""}}}};
  SourceError error;
  error.message = "no";
  error.root = 1;
  error.path = {std::string("a"), size_t{0}};
  error.fails_request = true;
  result.errors = {error};
  result.set_cookies = {"a=b"};
  return result;
}

template <typename T>
void ExpectRoundTrip(const T& value) {
  const std::string bytes = Encode(value);
  const auto decoded = Decode<T>(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(Encode(*decoded), bytes);
}

TEST(CodecTest, GivesBackWhatItGot) {
  ExpectRoundTrip(SampleRelational());
  ExpectRoundTrip(SampleGraphql());
  ExpectRoundTrip(SampleAction());
  ExpectRoundTrip(SamplePlan());
  ExpectRoundTrip(SampleCatalog());
  ExpectRoundTrip(SampleResult());
  ExpectRoundTrip(SampleResult().keys);
  ExpectRoundTrip(std::vector<ParameterValue>{{ParameterValue::Kind::kText, "x"}, {}});
}

TEST(CodecTest, KeepsMembers) {
  const auto plan = Decode<Plan>(Encode(SamplePlan()));
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->fetches.size(), 3u);
  const auto& relational = std::get<RelationalFragment>(plan->fetches[0].fragment->body);
  const Relation& nested = *relational.roots[0].relation.fields[0].relation;
  EXPECT_EQ(nested.table, (TableName{"public", "article"}));
  EXPECT_EQ(nested.where.children[1].left->column, "b");
  EXPECT_EQ(nested.limit.constant, -5);
  EXPECT_EQ(nested.order_by[0].path[0].filter->parameters[1], 300u);
  const auto& graphql = std::get<GraphqlFragment>(plan->fetches[1].fragment->body);
  EXPECT_EQ(graphql.roots[0].value.non_null, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(plan->fetches[2].parameters[0].path[1], json::PathStep(size_t{3}));
  EXPECT_EQ(plan->fetches[2].joins[0].bubble, JoinTarget::kWholeAnswer);
  const auto result = Decode<ExecuteResult>(Encode(SampleResult()));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->bytes, SampleResult().bytes);
  EXPECT_EQ(result->holes[0].slot, Hole::kNullKey);
  const auto catalog = Decode<DatabaseCatalog>(Encode(SampleCatalog()));
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ(catalog->tables[0].columns[0].position, -7);
}

TEST(CodecTest, SealNamesAFragmentByItsContent) {
  const auto sealed = Seal(SampleRelational());
  EXPECT_EQ(sealed->id.size(), 32u);
  EXPECT_EQ(sealed->id, Seal(SampleRelational())->id);
  Fragment other = SampleRelational();
  other.parameters = 11;
  EXPECT_NE(sealed->id, Seal(std::move(other))->id);
  EXPECT_NE(sealed->id, Seal(SampleAction())->id);
  Fragment renamed = SampleRelational();
  renamed.id = "something else";
  EXPECT_EQ(sealed->id, Seal(std::move(renamed))->id);
  const auto alone = Decode<Fragment>(Encode(*sealed));
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->id, sealed->id);
  const auto plan = Decode<Plan>(Encode(SamplePlan()));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->fetches[0].fragment->id, sealed->id);
}

TEST(CodecTest, RefusesEveryTruncation) {
  const std::string bytes = Encode(SamplePlan());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = Decode<Plan>(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(decoded.ok()) << size;
    ASSERT_EQ(decoded.status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(Decode<Plan>(bytes + "x").ok());
}

TEST(CodecTest, SaysWhatIsWrong) {
  struct Case {
    std::string bytes;
    std::string_view message;
  };
  const auto after_version = [](std::string_view bytes) {
    return std::string(1, kCodecVersion).append(bytes);
  };
  const Case cases[] = {
      {"", "encoded plan data is empty"},
      {"\x09", "encoded plan data has version 9, this process reads 2"},
      {after_version(""), "encoded plan data ends too early"},
      {after_version({"\x81\x00", 2}), "encoded plan data a number is not canonical"},
      {after_version("\x7f"), "encoded plan data a length is beyond the end"},
      {after_version("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
       "encoded plan data a number is too large"},
      {after_version({"\x01\x03\x00", 3}), "encoded plan data an enum is out of range"},
      {after_version({"\x00\x00", 2}), "encoded plan data goes on after its end"},
  };
  for (const Case& c : cases) {
    const auto decoded = Decode<std::vector<ParameterValue>>(c.bytes);
    ASSERT_FALSE(decoded.ok()) << c.message;
    EXPECT_EQ(MessageOf(decoded.status()), c.message);
  }
}

TEST(CodecTest, RefusesDeepNesting) {
  Plan plan;
  plan.response.emplace_back();
  ResponseField* deepest = &plan.response.back();
  for (int i = 0; i < 2000; ++i) deepest = &deepest->fields.emplace_back();
  const auto decoded = Decode<Plan>(Encode(plan));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(MessageOf(decoded.status()), "encoded plan data is nested too deeply");
}

// Whatever is accepted is canonical, and nothing crashes.
TEST(CodecTest, SurvivesRandomChanges) {
  std::mt19937 random(7);
  const std::string plan = Encode(SamplePlan());
  const std::string catalog = Encode(SampleCatalog());
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool use_plan = i % 2 == 0;
    std::string bytes = use_plan ? plan : catalog;
    for (int change = 0; change < 1 + i % 3; ++change) {
      bytes[1 + random() % (bytes.size() - 1)] = static_cast<char>(random());
    }
    if (use_plan) {
      if (const auto decoded = Decode<Plan>(bytes); decoded.ok()) {
        ASSERT_EQ(Encode(*decoded), bytes);
        ++accepted;
      }
    } else if (const auto decoded = Decode<DatabaseCatalog>(bytes); decoded.ok()) {
      ASSERT_EQ(Encode(*decoded), bytes);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace joinery::plan
