"""A request runs on one version of the metadata from its start to its end."""

import threading

from harness import world
from metadata_case import MetadataCase, public
from upstream import GraphQLService, PEOPLE_SDL

SLOW = """
create function napping(seconds float) returns int language plpgsql volatile as
  $$ begin perform pg_sleep(seconds); return 1; end $$;
create view nap as select napping(2.5) as id;
"""
FAR = """
drop schema public cascade; create schema public;
create table far (id int primary key, name text);
insert into far values (1, 'one');
create function napping(seconds float) returns int language plpgsql volatile as
  $$ begin perform pg_sleep(seconds); return 1; end $$;
create view far_nap as select napping(2.5) as id;
"""


class Underway(MetadataCase):
    def setUp(self):
        super().setUp()
        if self.sql_in("postgres", "select 1 from pg_database where datname = 'far'") == "":
            self.sql_in("postgres", "create database far")
        self.sql_in("far", FAR)
        self.outside(SLOW)
        self.track("nap")
        self.ok("pg_add_source", {"name": "far", "configuration": {
            "connection_info": {"database_url": world.postgres.url("far")}}})
        self.ok("pg_track_table", {"source": "far", "table": "far"})
        self.ok("pg_track_table", {"source": "far", "table": "far_nap"})

    def join(self, name, definition):
        self.ok("pg_create_remote_relationship", {"table": "nap", "name": name, "definition": definition})

    def during(self, query, change):
        """The answer to a slow query during which `change` is made."""
        self.data("{ __typename }")
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.engine.graphql(query)))
        asking.start()
        self.wait_until(lambda: world.postgres.active("nap"))
        change()
        asking.join()
        return answers[0]

    def wait_until(self, what):
        for _ in range(200):
            if what():
                return
            threading.Event().wait(0.01)
        self.fail("it did not begin")

    def test_a_statement_outlives_its_source(self):
        answer = self.during("{ far_nap { id } }", lambda: self.ok("pg_drop_source", {"name": "far", "cascade": True}))
        self.assertEqual(answer, {"data": {"far_nap": [{"id": 1}]}})
        self.assertNotIn("far_nap", self.roots())
        self.sql_in("postgres", "drop database far")

    def test_a_join_to_a_database_that_is_dropped_meanwhile(self):
        self.join("there", {"to_source": {"source": "far", "table": public("far"), "relationship_type": "object",
                                          "field_mapping": {"id": "id"}}})
        query = "{ nap { there { name } } }"
        expected = {"data": {"nap": [{"there": {"name": "one"}}]}}
        answer = self.during(query, lambda: self.ok("pg_drop_source", {"name": "far", "cascade": True}))
        self.assertEqual(answer, expected)
        self.assertEqual(self.engine.graphql(query)["errors"][0]["extensions"]["code"], "validation-failed")
        self.sql_in("postgres", "drop database far")

    def test_a_join_to_a_database_that_is_another_one_meanwhile(self):
        self.join("there", {"to_source": {"source": "far", "table": public("far"), "relationship_type": "object",
                                          "field_mapping": {"id": "id"}}})
        if self.sql_in("postgres", "select 1 from pg_database where datname = 'farther'") == "":
            self.sql_in("postgres", "create database farther")
        self.sql_in("farther", FAR.replace("'one'", "'other'"))
        query = "{ nap { there { name } } }"
        answer = self.during(query, lambda: self.ok("pg_update_source", {"name": "far", "configuration": {
            "connection_info": {"database_url": world.postgres.url("farther")}}}))
        self.assertEqual(answer, {"data": {"nap": [{"there": {"name": "one"}}]}})
        self.assertEqual(self.data(query), {"nap": [{"there": {"name": "other"}}]})

    def test_a_join_to_a_remote_schema_that_moves_meanwhile(self):
        remote = GraphQLService(PEOPLE_SDL)
        remote.root = lambda field, arguments: {"id": arguments["id"], "name": "elsewhere"}
        remote.start()
        self.addCleanup(remote.stop)
        self.ok("add_remote_schema", {"name": "people", "definition": {"url": world.people.url}})
        self.join("person", {"to_remote_schema": {"remote_schema": "people", "lhs_fields": ["id"], "remote_field": {
            "person": {"arguments": {"id": "$id"}}}}})
        query = "{ nap { person { name } } }"
        answer = self.during(query, lambda: self.ok("update_remote_schema", {
            "name": "people", "definition": {"url": remote.url}}))
        self.assertEqual(answer, {"data": {"nap": [{"person": {"name": "person 1"}}]}})
        self.assertEqual(self.data(query), {"nap": [{"person": {"name": "elsewhere"}}]})

    def test_a_join_to_an_action_that_is_dropped_meanwhile(self):
        self.ok("set_custom_types", {"objects": [{"name": "Picked", "fields": [
            {"name": "note", "type": "String"}, {"name": "customer_id", "type": "Int"}]}]})
        self.ok("create_action", {"name": "pick", "definition": {
            "type": "query", "kind": "synchronous", "handler": world.actions.url, "output_type": "[Picked]",
            "arguments": [{"name": "count", "type": "Int!"}]}})
        self.join("picked", {"to_action": {
            "action": "pick", "lhs_fields": ["id"], "arguments": {"count": "$id"}}})

        def change():
            self.ok("pg_delete_remote_relationship", {"table": "nap", "name": "picked"})
            self.ok("drop_action", {"name": "pick"})

        answer = self.during("{ nap { picked { note } } }", change)
        self.assertEqual(answer, {"data": {"nap": [{"picked": [{"note": "n1"}]}]}})
