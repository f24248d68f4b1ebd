"""run_sql: what it answers, and what it does to the metadata."""

from harness import world
from metadata_case import MetadataCase, public

BY_KEY = {"foreign_key_constraint_on": "author_id"}


class RunSql(MetadataCase):
    def run_ok(self, text, **args):
        status, answer = self.sql(text, **args)
        self.assertEqual(status, 200, answer)
        return answer

    def refused(self, text, code, message, status=400, **args):
        """Refused with these words, and nothing of it stays in the database or the metadata."""
        before = (self.export(), self.columns())
        for endpoint in ("/v2/query", "/v1/query"):
            got, answer = self.call("run_sql", {"sql": text, **args}, endpoint)
            self.assertEqual((got, answer["code"], answer["path"], answer["error"]), (status, code, "$.args", message))
        self.assertEqual((self.export(), self.columns()), before)
        return answer

    def columns(self):
        return world.postgres.psql("audit", "select table_name, column_name, data_type from information_schema.columns "
                                   "where table_schema = 'public' order by 1, 2")

    def permit(self, table, columns, filters, role="user", kind="select", **more):
        self.ok("pg_create_%s_permission" % kind, {"table": table, "role": role, "permission": {
            "columns": columns, "filter": filters, **more}})

    def test_answers(self):
        self.assertEqual(self.run_ok("select id, name, color from author order by id limit 1"), {
            "result_type": "TuplesOk", "result": [["id", "name", "color"], ["1", "Ada", "NULL"]]})
        self.assertEqual(self.run_ok("update author set age = 37 where id = 1"),
                         {"result_type": "CommandOk", "result": None})
        self.assertEqual(self.run_ok("insert into author (name) values ('x'); select count(*) as n from author"),
                         {"result_type": "TuplesOk", "result": [["n"], ["3"]]})
        status, answer = self.sql("select nope")
        self.assertEqual((status, answer["code"], answer["error"], answer["path"]),
                         (400, "postgres-error", "query execution failed", "$.args"))
        self.assertEqual(answer["internal"]["error"]["status_code"], "42703")
        self.assertEqual(set(answer["internal"]), {"statement", "prepared", "error", "arguments"})
        status, answer = self.sql("insert into author (name) values ('y')", read_only=True)
        self.assertEqual((status, answer["internal"]["error"]["status_code"]), (400, "25006"))
        status, answer = self.call("run_sql", {}, "/v2/query")
        self.assertEqual((status, answer["code"], answer["path"], answer["error"]),
                         (400, "parse-failed", "$.args", 'key "sql" not found'))
        status, answer = self.call("run_sql", {}, "/v1/query")
        self.assertEqual((status, answer["path"]), (400, "$"))
        status, answer = self.sql("select 1", source="x")
        self.assertEqual((status, answer["code"], answer["error"]),
                         (400, "not-exists", 'source with name "x" does not exist'))

    def test_renames_are_followed_and_the_schema_with_them(self):
        self.track("author", "article")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": BY_KEY})
        self.permit("article", ["title"], {"author": {"name": {"_eq": "Ada"}}})
        self.run_ok("alter table author rename to writer; alter table writer rename column name to label; "
                    "alter table article rename column author_id to writer_id")
        self.assertLessEqual({"writer", "article"}, self.roots())
        article = self.table("article")
        self.assertEqual(article["object_relationships"][0]["using"], {"foreign_key_constraint_on": "writer_id"})
        self.assertEqual(article["select_permissions"][0]["permission"]["filter"], {"author": {"label": {"_eq": "Ada"}}})
        self.assert_consistent()

    def test_custom_names_follow_and_go(self):
        self.ok("pg_track_table", {"table": "author", "configuration": {
            "column_config": {"name": {"custom_name": "label"}, "age": {"custom_name": "years"}},
            "custom_column_names": {"name": "label", "age": "years"}}})
        self.run_ok("alter table author rename column name to title; alter table author drop column age")
        self.assertEqual(self.table("author")["configuration"], {
            "column_config": {"title": {"custom_name": "label"}}, "custom_column_names": {"title": "label"}})
        self.assertIn("label", self.fields("author"))

    def test_names_that_cannot_be(self):
        self.track("author", "article")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": BY_KEY})
        self.refused("alter table article rename column title to author", "already-exists",
                     'cannot rename column "title" to "author" in table "article" as a relationship with the name '
                     "already exists")
        self.ok("add_remote_schema", {"name": "people", "definition": {"url": world.people.url}})
        self.refused("alter table article rename to person", "remote-schema-conflicts",
                     "node person already exists in current graphql schema")
        self.ok("pg_track_function", {"function": "find_authors"})
        self.refused("alter table article rename to find_authors", "unexpected",
                     "Encountered conflicting definitions in the selection set for 'query_root' for field "
                     "'find_authors' defined in [table public.find_authors in source default, function find_authors in "
                     "source default]. Fields must not be defined more than once across all sources.", status=500)

    def test_type_changes_that_something_depends_on(self):
        self.track("author", "article")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": BY_KEY})
        self.run_ok("alter table article alter column price type float8")
        because = 'cannot change type of column "%s" in table "%s" because of the following dependencies : %s'
        self.permit("author", [], {"age": "X-Hasura-User-Id"}, role="session")
        self.permit("author", [], {"age": {"_is_null": False}}, role="null")
        self.run_ok("alter table author alter column age type bigint")
        self.permit("author", [], {"age": {"_in": [1, 2]}})
        self.permit("article", [], {"author": {"_not": {"age": 3}}})
        self.permit("article", [], {"_exists": {"_table": "author", "_where": {"age": {"_gt": 1}}}}, role="other")
        self.refused("alter table author alter column age type text", "dependency-error", because % (
            "age", "author", 'permission author.user.select in source "default", permission article.user.select in '
            'source "default", permission article.other.select in source "default"'))
        self.permit("article", [], {"id": {"_clt": "author_id"}}, kind="delete")
        self.refused("alter table article alter column author_id type bigint", "dependency-error",
                     because % ("author_id", "article", 'permission article.user.delete in source "default"'))
        self.ok("pg_create_insert_permission", {"table": "article", "role": "user", "permission": {
            "check": {}, "set": {"price": 3}}})
        self.refused("alter table article alter column price type numeric", "dependency-error",
                     because % ("price", "article", 'permission article.user.insert in source "default"'))
        self.refused("alter table article alter column price type numeric", "dependency-error",
                     because % ("price", "article", 'permission article.user.insert in source "default"'), cascade=True)

    def test_drops(self):
        self.track("author", "article", "profile")
        self.run_ok("drop table profile")
        self.assertIsNone(self.table("profile"))
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": BY_KEY})
        self.permit("article", ["title"], {})
        self.permit("author", ["id"], {"age": 3})
        cannot = "cannot drop due to the following dependent objects : "
        self.refused("alter table article drop column title", "dependency-error",
                     cannot + 'permission article.user.select in source "default"')
        self.refused("alter table article drop constraint article_author_id_fkey", "dependency-error",
                     cannot + 'relationship article.author in source "default"')
        self.run_ok("alter table article drop constraint article_author_id_fkey; "
                    "alter table article add constraint anew foreign key (author_id) references author")
        self.refused("drop table author cascade", "dependency-error",
                     cannot + 'relationship article.author in source "default"')
        self.run_ok("drop table author cascade", cascade=True)
        self.assertIsNone(self.table("author"))
        self.assertNotIn("object_relationships", self.table("article"))
        self.run_ok("alter table article drop column title", cascade=True)
        self.assertNotIn("select_permissions", self.table("article"))
        self.assert_consistent()

    def test_join_keys_across_sources(self):
        self.ok("pg_add_source", {"name": "shop", "configuration": {
            "connection_info": {"database_url": world.postgres.url("shop")}}})
        self.ok("pg_track_table", {"source": "shop", "table": "customers"})
        self.track("author")
        self.ok("pg_create_remote_relationship", {"source": "shop", "table": "customers", "name": "author", "definition": {
            "to_source": {"source": "default", "table": "author", "relationship_type": "object",
                          "field_mapping": {"member_id": "age"}}}})
        self.refused("alter table author drop column age", "dependency-error",
                     "cannot drop due to the following dependent objects : remote relationship customers.author in "
                     'source "shop"')
        self.run_ok("alter table author rename column age to years")
        definition = self.table("customers", "shop")["remote_relationships"][0]["definition"]
        self.assertEqual(definition["to_source"]["field_mapping"], {"member_id": "years"})
        self.run_ok("alter table author drop column years", cascade=True)
        self.assertNotIn("remote_relationships", self.table("customers", "shop"))

    def test_functions(self):
        self.track("author", "article")
        self.ok("pg_track_function", {"function": "find_authors"})
        self.ok("pg_add_computed_field", {"table": "author", "name": "loud", "definition": {"function": "shout"}})
        self.refused("create function find_authors(n int) returns setof author language sql stable as "
                     "'select * from author'", "not-supported",
                     "the following tracked function(s) cannot be overloaded: find_authors")
        self.refused("alter function find_authors(text) volatile", "not-supported",
                     'type of function "find_authors" is altered to "VOLATILE" which is not supported now')
        self.refused("alter function shout(author) volatile", "not-supported",
                     'The type of function "shout" associated with computed field "loud" of table "author" is being '
                     'altered to "VOLATILE"')
        self.refused("create function shout(x int) returns text language sql stable as 'select 1::text'",
                     "not-supported", 'The function "shout" associated with computed field"loud" of table "author" is '
                     "being overloaded")
        self.run_ok("create or replace function find_authors(term text) returns setof author language sql stable as "
                    "'select * from author where false'")
        self.assertIn("find_authors", self.roots())
        self.refused("drop function shout(author)", "dependency-error",
                     'cannot drop due to the following dependent objects : computed field author.loud in source '
                     '"default"')
        self.run_ok("drop function shout(author)", cascade=True)
        self.assertNotIn("computed_fields", self.table("author"))
        self.run_ok("drop function find_authors(text)")
        self.assertEqual(self.export()["sources"][0].get("functions", []), [])

    def test_what_would_be_inconsistent_is_rolled_back(self):
        self.track("author", "colors")
        self.ok("pg_set_table_is_enum", {"table": "colors", "is_enum": True})
        answer = self.refused("alter table colors add column more int", "unexpected",
                              "cannot continue due to newly found inconsistent metadata", status=500)
        self.assertEqual([o["name"] for o in answer["internal"]], ["table colors in source default"])
        self.run_ok("alter table colors add column more int", check_metadata_consistency=False)
        self.assert_consistent()
        self.ok("reload_metadata", {})
        self.assertFalse(self.inconsistent()["is_consistent"])
