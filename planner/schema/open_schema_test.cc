#include <gtest/gtest.h>

#include <set>

#include "planner/consistency/build_graph.h"
#include "planner/schema/big_world.h"
#include "planner/schema/role_schema.h"
#include "planner/schema/test_world.h"

// A schema that is made bit by bit is the whole one, in whatever order it is looked at.
namespace joinery::planner {
namespace {

using graphql::FieldDefinition;
using graphql::NamedType;
using graphql::TypeRefToString;
using graphql::ast::OperationKind;

struct Case {
  std::string topic;
  std::string role;
  SchemaOptions options = {};
};

class OpenSchemaTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto texts =
        testing::ReadWorldTexts(StrCat("planner/schema/testdata/", GetParam().topic));
    ASSERT_TRUE(texts.ok()) << texts.status();
    graph_ = BuildGraph(*testing::MakeWorld(*texts), GetParam().options).graph;
    whole_ = BuildRoleSchema(*graph_, GetParam().role, GetParam().options);
  }
  std::shared_ptr<const RoleSchema> Open() const { return OpenRoleSchema(graph_, GetParam().role); }

  // Compares types of the two schemas and all that they lead to, each once.
  class Comparison {
   public:
    Comparison(const RoleSchema& whole, const RoleSchema& open) : whole_(whole), open_(open) {}

    void Types(const NamedType& wanted, const NamedType& given) {
      EXPECT_EQ(wanted.name, given.name);
      if (!seen_.emplace(wanted.name).second) return;
      SCOPED_TRACE(wanted.name);
      ASSERT_EQ(wanted.kind, given.kind);
      EXPECT_EQ(wanted.description, given.description);
      if (!given.is_open) {
        EXPECT_EQ(wanted.fields().size(), given.fields().size());
      }
      for (const FieldDefinition& field : wanted.fields()) {
        const FieldDefinition* found = open_.schema->FieldOf(given, field.name);
        ASSERT_NE(found, nullptr) << field.name;
        Fields(field, *found);
      }
      if (const auto* input = wanted.AsInputObject()) {
        Inputs(input->input_fields, given.AsInputObject()->input_fields);
      }
      if (const auto* values = wanted.AsEnum()) {
        ASSERT_EQ(values->values.size(), given.AsEnum()->values.size());
        for (size_t i = 0; i < values->values.size(); ++i) {
          EXPECT_EQ(values->values[i].name, given.AsEnum()->values[i].name);
        }
      }
      EXPECT_EQ(Names(wanted.possible_types()), Names(given.possible_types()));
    }

    void Fields(const FieldDefinition& wanted, const FieldDefinition& given) {
      SCOPED_TRACE(wanted.name);
      EXPECT_EQ(wanted.description, given.description);
      EXPECT_EQ(TypeRefToString(wanted.type), TypeRefToString(given.type));
      EXPECT_EQ(whole_.field(wanted.binding).index(), open_.field(given.binding).index());
      Inputs(wanted.arguments, given.arguments);
      Types(*wanted.type.named(), *given.type.named());
    }

    size_t types() const { return seen_.size(); }

   private:
    using InputList = graphql::NamedList<graphql::InputValueDefinition>;
    void Inputs(const InputList& wanted, const InputList& given) {
      ASSERT_EQ(wanted.size(), given.size());
      for (size_t i = 0; i < wanted.size(); ++i) {
        SCOPED_TRACE(wanted[i].name);
        EXPECT_EQ(wanted[i].name, given[i].name);
        EXPECT_EQ(TypeRefToString(wanted[i].type), TypeRefToString(given[i].type));
        EXPECT_EQ(wanted[i].default_text, given[i].default_text);
        EXPECT_EQ(whole_.input(wanted[i].binding).index(), open_.input(given[i].binding).index());
        Types(*wanted[i].type.named(), *given[i].type.named());
      }
    }

    static std::set<std::string> Names(graphql::NodeList<const graphql::ObjectType*> types) {
      std::set<std::string> out;
      for (const graphql::ObjectType* type : types) out.emplace(type->name);
      return out;
    }

    const RoleSchema& whole_;
    const RoleSchema& open_;
    std::set<std::string> seen_;
  };

  std::shared_ptr<const Graph> graph_;
  std::shared_ptr<const RoleSchema> whole_;
};

constexpr OperationKind kKinds[] = {OperationKind::kQuery, OperationKind::kMutation,
                                    OperationKind::kSubscription};

TEST_P(OpenSchemaTest, HasTheSameRootsAndWhatTheyLeadTo) {
  const auto open = Open();
  EXPECT_FALSE(open->schema->is_whole());
  Comparison comparison(*whole_, *open);
  for (const OperationKind kind : kKinds) {
    const graphql::ObjectType* wanted = whole_->schema->root(kind);
    const graphql::ObjectType* given = open->schema->root(kind);
    ASSERT_EQ(wanted == nullptr, given == nullptr) << static_cast<int>(kind);
    if (wanted != nullptr) comparison.Types(*wanted, *given);
    EXPECT_EQ(open->schema->FieldOf(*open->schema->query(), "there_is_none"), nullptr);
  }
  EXPECT_GE(comparison.types(), 2u);
}

TEST_P(OpenSchemaTest, GivesEachRootFieldFirst) {
  for (const OperationKind kind : kKinds) {
    const graphql::ObjectType* root = whole_->schema->root(kind);
    if (root == nullptr) continue;
    for (const FieldDefinition& field : root->field_list) {
      const auto open = Open();
      const FieldDefinition* found = open->schema->FieldOf(*open->schema->root(kind), field.name);
      ASSERT_NE(found, nullptr) << field.name;
      Comparison(*whole_, *open).Fields(field, *found);
    }
  }
}

TEST_P(OpenSchemaTest, GivesEachTypeFirst) {
  for (const NamedType* type : whole_->schema->types()) {
    if (type->is_introspection) continue;
    const auto open = Open();
    const NamedType* found = open->schema->type(type->name);
    ASSERT_NE(found, nullptr) << type->name;
    EXPECT_EQ(found->kind, type->kind) << type->name;
  }
  EXPECT_EQ(Open()->schema->type("there_is_none"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Topics, OpenSchemaTest,
    ::testing::Values(Case{"tables", "admin"}, Case{"tables", "user"}, Case{"tables", "counter"},
                      Case{"tables", "stranger"}, Case{"tables", "both"}, Case{"types", "admin"},
                      Case{"customized", "admin"}, Case{"graphql_default", "admin"},
                      Case{"joins", "admin"},
                      Case{"joins", "user", {.remote_schema_permissions = true}},
                      Case{"joins", "nobody", {.remote_schema_permissions = true}},
                      Case{"actions", "admin"}, Case{"actions", "user"}),
    [](const auto& info) { return StrCat(info.param.topic, "_", info.param.role); });

// A role costs what it uses of a large world.
TEST(OpenSchemaSizeTest, MakesTheTablesThatAreLookedAt) {
  const auto graph = BuildGraph(*testing::MakeWorld(testing::BigWorld({200, 2})), {}).graph;
  const auto open = OpenRoleSchema(graph, "role0");
  EXPECT_TRUE(open->tables.empty());
  const graphql::ObjectType* query = open->schema->query();
  const FieldDefinition* field = open->schema->FieldOf(*query, "t7");
  ASSERT_NE(field, nullptr);
  const NamedType* row = field->type.named();
  ASSERT_NE(row->fields().Find("parent"), nullptr);
  EXPECT_EQ(row->fields().Find("id")->type.named()->kind, graphql::TypeKind::kScalar);
  // It, and what its relationships lead to.
  EXPECT_LE(open->tables.size(), 4u);
  const size_t before = open->fields.size();
  EXPECT_NE(open->schema->FieldOf(*query, "t7_by_pk"), nullptr);
  EXPECT_EQ(open->fields.size(), before) << "made twice";
}

}  // namespace
}  // namespace joinery::planner
