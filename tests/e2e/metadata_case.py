"""What the tests of the metadata API share: an engine on a database of their own, and calls in every form."""

import json
import time

import harness
from harness import world

SQL = """
drop schema public cascade; create schema public;
create table colors (value text primary key, comment text);
insert into colors values ('red', 'the warm one'), ('blue', null);
create table author (id serial primary key, name text, age int, color text references colors);
create table article (id serial primary key, title text, author_id int references author, published boolean default false,
                      price numeric);
create table profile (id int primary key, author_id int unique references author);
create table twice (id int primary key, a int references author, b int);
alter table twice add foreign key (a) references article;
create table "odd name" (id int primary key);
create table search_author (id int);
create view author_view as select id, name from author;
create view author_count as select count(*) as n from author;
create function find_authors(term text) returns setof author language sql stable as
  $$ select * from author where name like term $$;
create function find_session(s json) returns setof author language sql stable as $$ select * from author $$;
create function make_author(n text) returns setof author language sql volatile as
  $$ insert into author (name) values (n) returning * $$;
create function shout(a author) returns text language sql stable as $$ select upper(a.name) $$;
create function writes(a author) returns setof article language sql stable as
  $$ select * from article where author_id = a.id $$;
create function restless(a author) returns text language sql volatile as $$ select a.name $$;
create function of_article(a article) returns text language sql stable as $$ select a.title $$;
create function nothing() returns int language sql stable as $$ select 1 $$;
create function many(variadic xs int[]) returns setof author language sql stable as $$ select * from author $$;
create function again(t text) returns setof author language sql stable as $$ select * from author $$;
create function again(t int) returns setof author language sql stable as $$ select * from author $$;
insert into author (name, age) values ('Ada', 36), ('Bob', 50);
insert into article (title, author_id, published) values ('one', 1, true), ('two', 1, false), ('three', 2, true);
"""

ENDPOINTS = ("/v1/metadata", "/v1/query")


def public(name):
    return {"schema": "public", "name": name}


class MetadataCase(harness.Case):
    database = "audit"  # The engine's own, which the tests of other classes may share.
    settings = {}

    def setUp(self):
        if self.database not in world.engines:
            if self.sql_in("postgres", "select 1 from pg_database where datname = '%s'" % self.database) == "":
                self.sql_in("postgres", "create database " + self.database)
            world.engines[self.database] = harness.Joinery(
                world.binary, world.shape, world.postgres.url(self.database),
                HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS="true", ACTION_URL=world.actions.url, **self.settings)
        self.engine = world.engines[self.database]
        for service in world.services():
            service.reset()
        self.ok("replace_metadata", {"version": 3, "sources": [{
            "name": "default", "kind": "postgres", "tables": [],
            "configuration": {"connection_info": {"database_url": {"from_env": "HASURA_GRAPHQL_DATABASE_URL"}}}}]})
        self.outside(SQL)
        self.ok("reload_metadata", {})

    # --- calls

    def post(self, body, endpoint="/v1/metadata", **headers):
        status, answer = self.engine.request("POST", endpoint, body, **headers)
        return status, json.loads(answer)

    def call(self, kind, args, endpoint="/v1/metadata", **more):
        return self.post({"type": kind, "args": args, **more}, endpoint)

    def ok(self, kind, args, endpoint="/v1/metadata", **more):
        status, answer = self.call(kind, args, endpoint, **more)
        self.assertEqual(status, 200, "%s %s: %s" % (kind, json.dumps(args)[:300], answer))
        return answer

    def track(self, *names):
        for name in names:
            self.ok("pg_track_table", {"table": public(name)})

    def export(self):
        return self.ok("export_metadata", {})

    def table(self, name, source="default"):
        for one in self.export()["sources"]:
            if one["name"] == source:
                for table in one["tables"]:
                    if table["table"] == public(name):
                        return table
        return None

    def inconsistent(self):
        return self.ok("get_inconsistent_metadata", {})

    def assert_consistent(self):
        self.assertEqual(self.inconsistent(), {"is_consistent": True, "inconsistent_objects": []})

    def await_consistent(self, wanted, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.inconsistent()
            if told["is_consistent"] == wanted:
                return told["inconsistent_objects"]
            time.sleep(0.1)
        self.fail("still %s after %d s: %s" % ("inconsistent" if wanted else "consistent", seconds, told))

    def sql_in(self, database, text):
        return world.postgres.psql(database, text)

    def outside(self, text):
        """SQL that Joinery does not see."""
        return self.sql_in(self.database, text)

    def sql(self, text, **args):
        return self.call("run_sql", {"sql": text, **args}, "/v2/query")

    def roots(self, role="admin", kind="queryType"):
        """The root fields that a role sees."""
        data = self.data("{ __schema { %s { fields { name } } } }" % kind, x_hasura_role=role)
        root = data["__schema"][kind]
        return {field["name"] for field in root["fields"]} if root else set()

    def fields(self, type_name, role="admin"):
        data = self.data('{ __type(name: "%s") { fields { name } } }' % type_name, x_hasura_role=role)
        return {field["name"] for field in data["__type"]["fields"]} if data["__type"] else set()

    # --- refusals

    def refuses(self, kind, args, code, message, path="$.args", status=400, **more):
        """The call is refused on its own and in every kind of bulk, and leaves nothing behind."""
        before = self.export()
        error = {"path": path, "error": message, "code": code}
        self.assert_refusal(self.call(kind, args, **more), error, status)
        plain = kind[3:] if kind.startswith("pg_") else kind
        shape = code == "parse-failed"
        old = dict(error, path=path.replace(".args", "") if shape else path)
        self.assert_refusal(self.call(plain, args, "/v1/query", **more), old, status)
        one = {"type": kind, "args": args, **more}
        inside = dict(error, path=path.replace("$", "$.args[0]", 1))
        self.assert_refusal(self.call("bulk", [one]), inside, status)
        answer = self.ok("bulk_keep_going", [one, {"type": "export_metadata", "args": {}}])
        self.assertEqual({k: answer[0].get(k) for k in error}, inside)
        self.assertEqual(answer[1], before)
        self.assertEqual(self.export(), before)

    def assert_refusal(self, answer, error, status):
        self.assertEqual((answer[0], {k: answer[1].get(k) for k in error}), (status, error), answer)

    def refuses_atomic(self, calls, code, message, path):
        before = self.export()
        self.assert_refusal(self.call("bulk_atomic", calls), {"path": path, "error": message, "code": code}, 400)
        self.assertEqual(self.export(), before)
