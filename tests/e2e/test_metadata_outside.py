"""What changes in sources without Joinery: noticed in the background, and by calls that need it."""

import time

from harness import world
from metadata_case import MetadataCase, public
from upstream import GraphQLService, PEOPLE_SDL

SELECT = {"columns": ["id", "name"], "filter": {}}


class Background(MetadataCase):
    database = "watched"
    settings = {"JOINERY_INTROSPECTION_INTERVAL": "1"}

    def version(self):
        return self.ok("export_metadata", {}, version=2)["resource_version"]

    def test_a_dropped_column_leaves_with_what_stands_on_it(self):
        self.track("author", "article")
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": SELECT})
        self.ok("pg_create_select_permission", {"table": "author", "role": "plain", "permission": {
            "columns": ["id"], "filter": {}}})
        version = self.version()
        self.outside("alter table author drop column name cascade")
        told = self.await_consistent(False)
        self.assertEqual([(o["name"], o["reason"]) for o in told], [
            ("select_permission user in table author in source default",
             'Inconsistent object: in table "author": in permission for role "user": column "name" does not exist')])
        self.assertEqual(self.roots("user"), {"no_queries_available"})
        self.assertIn("author", self.roots("plain"))
        self.assertNotIn("name", self.fields("author"))
        self.assertEqual(self.data("{ article { author_id } author(limit: 1) { id } }")["author"], [{"id": 1}])
        self.outside("alter table author add column name text")
        self.await_consistent(True)
        self.assertEqual(self.data("{ author(limit: 1) { id name } }", x_hasura_role="user"),
                         {"author": [{"id": 1, "name": None}]})
        self.assertEqual(self.version(), version, "the metadata is the same")

    def test_a_remote_schema_that_changed(self):
        remote = GraphQLService(PEOPLE_SDL)
        remote.start()
        self.addCleanup(remote.stop)
        self.track("author")
        self.ok("add_remote_schema", {"name": "people", "definition": {"url": remote.url}})
        self.ok("pg_create_remote_relationship", {"table": "author", "name": "person", "definition": {
            "to_remote_schema": {"remote_schema": "people", "lhs_fields": ["id"],
                                 "remote_field": {"person": {"arguments": {"id": "$id"}}}}}})
        known = remote.schema
        remote.schema = GraphQLService(PEOPLE_SDL.replace("person(id:", "human(id:")).schema
        told = self.await_consistent(False)
        self.assertEqual([o["name"] for o in told], ["remote_relationship person in table author in source default"])
        self.assertIn("human", self.roots())
        self.assertNotIn("person", self.fields("author"))
        remote.schema = known
        self.await_consistent(True)
        self.assertIn("person", self.fields("author"))

    def test_a_database_that_goes_away_and_comes_back(self):
        if self.sql_in("postgres", "select 1 from pg_database where datname = 'away'") == "":
            self.sql_in("postgres", "create database away")
            self.sql_in("away", "create table far (id int primary key)")
        self.track("author")
        self.ok("pg_add_source", {"name": "away", "configuration": {
            "connection_info": {"database_url": world.postgres.url("away")}}})
        self.ok("pg_track_table", {"source": "away", "table": "far"})
        self.sql_in("postgres", "alter database away with allow_connections false")
        try:
            told = self.await_consistent(False)
            self.assertEqual([(o["name"], o["reason"]) for o in told],
                             [("source away", "Inconsistent object: connection error")])
            self.assertEqual(self.data("{ author(limit: 1) { id } }"), {"author": [{"id": 1}]})
        finally:
            self.sql_in("postgres", "alter database away with allow_connections true")
        self.await_consistent(True)
        self.assertEqual(self.data("{ far { id } }"), {"far": []})

    def test_a_change_by_the_api_is_not_undone(self):
        self.track("author")
        for i in range(20):
            status, answer = self.sql("alter table author add column c%d int" % i)
            self.assertEqual(status, 200, answer)
            self.ok("pg_create_select_permission", {"table": "author", "role": "r%d" % i, "permission": {
                "columns": ["c%d" % i], "filter": {}}})
            self.assertIn("c%d" % i, self.fields("author", "r%d" % i))
            time.sleep(0.15)
        self.assert_consistent()


class AtOnce(MetadataCase):
    """The interval is long here: what a call is about is looked for by the call."""

    def test_a_table(self):
        self.outside("create table made (id serial primary key, name text)")
        self.ok("pg_track_table", {"table": "made"})
        self.outside("create table made2 (id int primary key, made_id int references made)")
        self.ok("track_table", {"schema": "public", "name": "made2"}, "/v1/query")
        self.outside("create table made3 (id int primary key)")
        self.assertEqual(self.ok("pg_track_tables", {"tables": [{"table": "made3"}]}), {"message": "success"})
        self.assertEqual(self.data("{ made { id } made2 { id } made3 { id } }"), {"made": [], "made2": [], "made3": []})

    def test_in_bulks(self):
        self.outside("create table made (id int primary key); create table made2 (id int primary key)")
        self.ok("bulk", [{"type": "pg_track_table", "args": {"table": "made"}}])
        self.ok("bulk_atomic", [{"type": "pg_track_table", "args": {"table": "made2"}}])
        self.assertTrue({"made", "made2"} <= self.roots())

    def test_columns_keys_and_functions(self):
        self.track("author", "article")
        self.outside("alter table author add column born date")
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": {
            "columns": ["id", "born"], "filter": {"born": {"_is_null": False}}}})
        self.outside("alter table article add column editor_id int references author")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "editor", "using": {
            "foreign_key_constraint_on": "editor_id"}})
        self.outside("create function born_on(d date) returns setof author language sql stable as "
                     "$$ select * from author where born = d $$")
        self.ok("pg_track_function", {"function": "born_on"})
        self.outside("create function age_of(a author) returns int language sql stable as $$ select 7 $$")
        self.ok("pg_add_computed_field", {"table": "author", "name": "years", "definition": {"function": "age_of"}})
        self.outside("alter table author add column died date")
        self.ok("pg_set_table_customization", {"table": "author", "configuration": {
            "column_config": {"died": {"custom_name": "death"}}}})
        self.assertTrue({"born", "years", "death"} <= self.fields("author"))
        self.assertIn("editor", self.fields("article"))

    def test_a_document(self):
        self.outside("create table made (id int primary key)")
        document = self.export()
        document["sources"][0]["tables"].append({"table": public("made")})
        self.ok("replace_metadata", document)
        self.assertIn("made", self.roots())

    def test_what_is_not_there_is_refused_as_ever(self):
        self.refuses("pg_track_table", {"table": "nowhere"}, "invalid-configuration",
                     'Inconsistent object: no such table/view exists in source: "nowhere"')

    def test_what_a_refused_call_learnt_is_served(self):
        self.track("author")
        self.outside("alter table author add column born date")
        status, answer = self.call("pg_track_table", {"table": "nowhere"})
        self.assertEqual(status, 400, answer)
        deadline = time.monotonic() + 10
        while "born" not in self.fields("author") and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn("born", self.fields("author"))
