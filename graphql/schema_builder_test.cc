#include "graphql/schema_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace joinery::graphql {
namespace {

std::vector<std::string> Names(const Schema& schema) {
  std::vector<std::string> names;
  for (const NamedType* type : schema.types()) {
    if (!type->is_introspection) names.emplace_back(type->name);
  }
  return names;
}

TEST(SchemaBuilderTest, TypesMayBeUsedBeforeTheyAreAdded) {
  SchemaBuilder builder;
  const auto query = builder.AddObject("query_root", "the root", 7);
  builder.AddField(query, {.name = "author",
                           .type = NonNull(List(NonNull(builder.Type("author")))),
                           .description = "authors",
                           .arguments = {{.name = "limit",
                                          .type = builder.Type("Int"),
                                          .default_text = "10",
                                          .binding = 3}},
                           .binding = 4});
  const auto author = builder.AddObject("author");
  builder.AddField(author, {.name = "id", .type = NonNull(builder.Type("uuid"))});
  builder.AddScalar("uuid");
  builder.SetRoot(ast::OperationKind::kQuery, "query_root");
  const SchemaResult result = std::move(builder).Build();
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  const Schema& schema = *result.schema;

  EXPECT_EQ(Names(schema),
            (std::vector<std::string>{"Boolean", "Int", "String", "author", "query_root", "uuid"}));
  EXPECT_EQ(schema.query()->binding, 7u);
  EXPECT_EQ(schema.query()->description, "the root");
  const FieldDefinition* field = schema.query()->field("author");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(TypeRefToString(field->type), "[author!]!");
  EXPECT_EQ(field->type.named(), schema.type("author"));
  EXPECT_EQ(field->binding, 4u);
  const InputValueDefinition* limit = field->argument("limit");
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(limit->default_text, "10");
  ASSERT_NE(limit->default_value, nullptr);
  EXPECT_EQ(limit->default_value->kind, ast::ValueKind::kInt);
  EXPECT_EQ(limit->binding, 3u);
  EXPECT_EQ(field->argument("offset"), nullptr);
  EXPECT_EQ(schema.type("author")->AsObject()->field("id")->binding, kNoBinding);
}

TEST(SchemaBuilderTest, KeepsOnlyWhatRootsReach) {
  SchemaBuilder builder;
  const auto query = builder.AddObject("Q");
  builder.AddField(query, {.name = "node", .type = builder.Type("Node")});
  builder.AddField(builder.AddInterface("Node"), {.name = "id", .type = builder.Type("ID")});
  const auto user = builder.AddObject("User");
  builder.AddInterfaceTo(user, "Node");
  builder.AddField(user, {.name = "id", .type = builder.Type("ID")});
  builder.AddField(builder.AddObject("Orphan"), {.name = "x", .type = builder.Type("Missing")});
  builder.AddValue(builder.AddEnum("Extra"), {.name = "A"});
  builder.AddExtraRoot("Extra");
  builder.SetRoot(ast::OperationKind::kQuery, "Q");
  const SchemaResult result = std::move(builder).Build();
  ASSERT_TRUE(result.ok()) << result.errors[0].message;
  EXPECT_EQ(Names(*result.schema),
            (std::vector<std::string>{"Boolean", "Extra", "ID", "Node", "Q", "String", "User"}));
  const NamedType* node = result.schema->type("Node");
  ASSERT_EQ(node->possible_types().size(), 1u);
  EXPECT_TRUE(node->MayBe(*result.schema->type("User")->AsObject()));
  EXPECT_FALSE(node->MayBe(*result.schema->query()));
  EXPECT_TRUE(Schema::TypesOverlap(*node, *result.schema->type("User")));
  EXPECT_FALSE(Schema::TypesOverlap(*node, *result.schema->query()));
}

TEST(SchemaBuilderTest, IntrospectionCanBeLeftOut) {
  for (const bool on : {true, false}) {
    SchemaBuilder builder;
    builder.AddField(builder.AddObject("Q"), {.name = "a", .type = builder.Type("Int")});
    builder.SetRoot(ast::OperationKind::kQuery, "Q");
    builder.set_introspection(on);
    const SchemaResult result = std::move(builder).Build();
    ASSERT_TRUE(result.ok());
    const Schema& schema = *result.schema;
    EXPECT_EQ(schema.type("__Schema") != nullptr, on);
    EXPECT_EQ(schema.FieldOf(*schema.query(), "__schema") != nullptr, on);
    EXPECT_NE(schema.FieldOf(*schema.query(), "__typename"), nullptr);
    EXPECT_EQ(schema.FieldOf(*schema.type("Int"), "__typename"), nullptr);
  }
}

TEST(SchemaBuilderTest, CollectsAllErrorsOfWhatIsKept) {
  SchemaBuilder builder;
  const auto query = builder.AddObject("Q");
  builder.AddField(query, {.name = "a", .type = builder.Type("Missing")});
  builder.AddField(query, {.name = "b", .type = builder.Type("In")});
  builder.AddField(query, {.name = "b", .type = builder.Type("Int")});
  builder.AddField(query, {.name = "c",
                           .type = builder.Type("U"),
                           .arguments = {{.name = "x", .type = builder.Type("Q")},
                                         {.name = "x", .type = builder.Type("Int")}}});
  builder.AddInterfaceTo(query, "NoInterface");
  builder.AddInputObject("In");
  const auto u = builder.AddUnion("U");
  builder.AddMember(u, "In");
  builder.AddMember(u, "Unknown0");
  builder.AddObject("Q");
  builder.SetRoot(ast::OperationKind::kQuery, "Q");
  builder.SetRoot(ast::OperationKind::kMutation, "In");
  builder.SetRoot(ast::OperationKind::kSubscription, "NoRoot");
  const SchemaResult result = std::move(builder).Build();
  EXPECT_FALSE(result.ok());
  std::vector<std::string> messages;
  for (const SchemaError& error : result.errors) messages.push_back(error.message);
  EXPECT_EQ(messages,
            (std::vector<std::string>{
                "duplicate type names found: \"Q\"",
                "\"In\" has to be an object type",
                "Could not find type with name \"NoRoot\"",
                "duplicate arguments: \"x\" found in field \"c\"",
                "Could not find type with name \"Missing\"",
                "expected output type, but got input type",
                "expected input type, but got output type",
                "Could not find interface 'NoInterface' implemented by Object type 'Q'",
                "List of input fields cannot be empty for input object 'In'",
                "Union type 'U' can only include object types. It cannot include 'In'",
                "Could not find type 'Unknown0', which is defined as a member type of Union 'U'",
                "duplicate fields: \"b\" found in the Object \"Q\"",
            }));
}

TEST(TypeRefTest, WrapsAndUnwraps) {
  SchemaBuilder builder;
  const TypeRef type = builder.ParseTypeText("[[Int!]]!");
  EXPECT_EQ(TypeRefToString(type), "[[Int!]]!");
  EXPECT_TRUE(type.is_non_null());
  EXPECT_FALSE(type.is_list());
  EXPECT_TRUE(type.is_any_list());
  EXPECT_EQ(TypeRefToString(type.Nullable()), "[[Int!]]");
  EXPECT_EQ(TypeRefToString(type.Item()), "[Int!]");
  EXPECT_EQ(TypeRefToString(type.Item().Item()), "Int!");
  EXPECT_EQ(type.depth(), 4);
  EXPECT_EQ(NonNull(List(List(NonNull(builder.Type("Int"))))), type);
  EXPECT_NE(List(List(NonNull(builder.Type("Int")))), type);
  EXPECT_EQ(NonNull(type), type);
  EXPECT_FALSE(builder.ParseTypeText("[Int"));
  EXPECT_FALSE(builder.ParseTypeText(std::string(40, '[') + "Int" + std::string(40, ']')));
}

TEST(SchemaBuilderTest, FindsEveryNameInLargeLists) {
  SchemaBuilder builder;
  const auto query = builder.AddObject("Q");
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "t" + std::to_string(i);
    builder.AddField(query, {.name = name, .type = builder.Type(name)});
    builder.AddField(builder.AddObject(name), {.name = "id", .type = builder.Type("ID")});
  }
  builder.SetRoot(ast::OperationKind::kQuery, "Q");
  const SchemaResult result = std::move(builder).Build();
  ASSERT_TRUE(result.ok());
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "t" + std::to_string(i);
    ASSERT_NE(result.schema->type(name), nullptr);
    ASSERT_EQ(result.schema->query()->field(name)->type.named(), result.schema->type(name));
  }
  EXPECT_EQ(result.schema->type("t3000"), nullptr);
  EXPECT_TRUE(std::ranges::is_sorted(result.schema->types(), {}, &NamedType::name));
  for (size_t i = 0; i < result.schema->types().size(); ++i) {
    ASSERT_EQ(result.schema->types()[i]->index, i);
  }
}

}  // namespace
}  // namespace joinery::graphql
