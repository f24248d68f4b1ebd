#include "planner/metadata/locate.h"

#include <gtest/gtest.h>

namespace joinery::metadata {
namespace {

using json::Value;

constexpr char kDocument[] = R"({"version":3,
  "sources":[{"name":"other","tables":[]},
    {"name":"default","tables":[
      {"table":"author"},
      {"table":{"schema":"s","name":"book"},
       "object_relationships":[{"name":"a"},{"name":"author"}],
       "array_relationships":[{"name":"pages"}],
       "computed_fields":[{"name":"title"}],
       "remote_relationships":[{"name":"reviews"}],
       "event_triggers":[{"name":"e"}],
       "select_permissions":[{"role":"user","permission":{"columns":["id","title"],
          "filter":{"id":{"_eq":"X-Hasura-User-Id"}}}}],
       "insert_permissions":[{"role":"user"}],"update_permissions":[{"role":"user"}],
       "delete_permissions":[{"role":"user"}]}],
     "functions":[{"function":{"schema":"s","name":"search"},"permissions":[{"role":"user"}]}]}],
  "remote_schemas":[{"name":"reviews","permissions":[{"role":"user"}],
     "remote_relationships":[{"type_name":"Review","relationships":[{"name":"book"}]}]}],
  "actions":[{"name":"ship","permissions":[{"role":"user"}]}],
  "custom_types":{},
  "inherited_roles":[{"role_name":"manager"}],
  "rest_endpoints":[{"name":"books"}]})";

TEST(LocateTest, EveryKindOfObject) {
  const std::string book = R"("table":{"schema":"s","name":"book"})";
  const auto of_book = [&](const std::string& rest) { return "{" + book + "," + rest + "}"; };
  const std::string in_book = " in table s.book in source default";
  const Value document = *json::Parse(kDocument);
  const auto expect = [&](const std::string& type, const std::string& name,
                          const std::string& definition, const std::string& path) {
    const auto parsed = json::Parse(definition);
    ASSERT_TRUE(parsed.ok()) << definition;
    EXPECT_EQ(LocateObject(document, type, name, *parsed), path) << type << " " << name;
  };
  const std::string table = "$.sources[1].tables[1]";
  expect("source", "source other", R"("other")", "$.sources[0]");
  expect("table", "table author in source default", R"({"schema":"public","name":"author"})",
         "$.sources[1].tables[0]");
  expect("table", "table s.book in source default", R"({"schema":"s","name":"book"})", table);
  expect("object_relation", "object_relation author" + in_book, of_book(R"("name":"author")"),
         table + ".object_relationships[1]");
  expect("array_relation", "array_relation pages" + in_book, of_book(R"("name":"pages")"),
         table + ".array_relationships[0]");
  expect("computed_field", "computed_field title" + in_book, of_book(R"("name":"title")"),
         table + ".computed_fields[0]");
  expect("remote_relationship", "remote_relationship reviews" + in_book,
         of_book(R"("name":"reviews")"), table + ".remote_relationships[0]");
  expect("event_trigger", "event_trigger e" + in_book, of_book(R"("name":"e")"),
         table + ".event_triggers[0]");
  for (const std::string kind : {"select", "insert", "update", "delete"}) {
    expect(kind + "_permission", kind + "_permission user" + in_book, of_book(R"("role":"user")"),
           table + "." + kind + "_permissions[0]");
  }
  expect("function", "function s.search in source default",
         R"({"function":{"schema":"s","name":"search"}})", "$.sources[1].functions[0]");
  expect("function_permission",
         "function_permission user permission for function s.search in source default",
         R"({"function":{"schema":"s","name":"search"},"role":"user"})",
         "$.sources[1].functions[0].permissions[0]");
  expect("remote_schema", "remote_schema reviews", "{}", "$.remote_schemas[0]");
  expect("remote_schema_permission", "", R"({"remote_schema":"reviews","role":"user"})",
         "$.remote_schemas[0].permissions[0]");
  expect("remote_schema_remote_relationship", "",
         R"({"remote_schema":"reviews","type_name":"Review","name":"book"})",
         "$.remote_schemas[0].remote_relationships[0].relationships[0]");
  expect("action", "action ship", "{}", "$.actions[0]");
  expect("action_permission", "", R"({"action":"ship","role":"user"})",
         "$.actions[0].permissions[0]");
  expect("custom_types", "custom_types custom_types", "null", "$.custom_types");
  expect("inherited_role", "inherited_role inherited role manager", R"({"role_name":"manager"})",
         "$.inherited_roles[0]");
  expect("inherited role permission inconsistency", "manager", "null", "$.inherited_roles[0]");
  expect("endpoint", "endpoint books", R"({"name":"books"})", "$.rest_endpoints[0]");
}

TEST(LocateTest, WhatIsNotThereIsTheDocumentOrTheTable) {
  const Value document = *json::Parse(kDocument);
  EXPECT_EQ(LocateObject(document, "source", "source nowhere", Value()), "$");
  EXPECT_EQ(LocateObject(document, "of a later version", "x", Value()), "$.sources[1]");
  EXPECT_EQ(LocateObject(document, "select_permission", "x in table author in source default",
                         *json::Parse(R"({"table":"author","role":"user"})")),
            "$.sources[1].tables[0]");
}

TEST(LocateTest, TheWordThatAReasonQuotesLast) {
  const Value document = *json::Parse(kDocument);
  const std::string permission = "$.sources[1].tables[1].select_permissions[0]";
  EXPECT_EQ(LocateReason(document, permission,
                         R"(in permission for role "user": column "title" does not exist)"),
            permission + ".permission.columns[1]");
  EXPECT_EQ(LocateReason(document, permission, R"(operator "_eq" is unknown)"),
            permission + ".permission.filter.id._eq");
  EXPECT_EQ(LocateReason(document, permission, R"(role "user" may not)"), permission + ".role");
  EXPECT_EQ(LocateReason(document, permission, "no words"), permission);
  EXPECT_EQ(LocateReason(document, "$", R"(anything "title")"), "$");
}

}  // namespace
}  // namespace joinery::metadata
