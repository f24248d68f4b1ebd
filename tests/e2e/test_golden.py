"""Every case of tests/golden on real sources: PostgreSQL runs the golden SQL, word for word."""

import glob
import json
import os
import re
from collections import Counter

from harness import Case, world
from upstream import GraphQLService, Service, person

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
MARKER = re.compile("joinery_[0-9a-f]{16}_")


def read(*path):
    with open(os.path.join(GOLDEN, *path)) as file:
        return file.read()


def head(query):
    """{name: value} of the lines `# name: value` at the start."""
    out = {}
    for line in query.splitlines():
        if not line.startswith("# "):
            break
        name, _, value = line[2:].partition(": ")
        out[name] = value
    return out


def golden_sql(plan):
    """{database: statements of its fetches}."""
    out = {}
    for line in plan.splitlines():
        if line.startswith("fetch "):
            kind, source = re.match(r"fetch \d+: (\w+) (\w+)", line).groups()
        elif kind == "postgres" and not line.startswith("  "):
            out.setdefault(source, []).append(line)
    return out


class People(GraphQLService):
    def __init__(self):
        super().__init__(read("world", "people.graphql"))

    def root(self, field, arguments):
        if field == "people":
            return [person(i) for i in range(11, 11 + arguments["first"])]
        return person(int(arguments["id"]))


class Quotes(Service):
    def respond(self, request):
        quote = {"price": 5, "customer_id": request["input"]["customer"]}
        return 200, [quote] if request["action"]["name"] == "quote" else quote


class Golden(Case):
    @classmethod
    def setUpClass(cls):
        cls.people, cls.quotes = People(), Quotes()
        cls.people.start()
        cls.quotes.start()
        document = json.loads(read("world", "metadata.json"))
        for source in document["sources"]:
            database = "golden_" + source["name"]
            world.postgres.psql("postgres", "drop database if exists %s with (force)" % database)
            world.postgres.psql("postgres", "create database %s" % database)
            world.postgres.psql("postgres", "alter database %s set log_statement = 'all'" % database)
            world.postgres.psql(database, read("world", source["name"] + ".sql"))
            source["configuration"] = {"connection_info": {"database_url": world.postgres.url(database)}}
        document["remote_schemas"][0]["definition"]["url"] = cls.people.url
        for action in document["actions"]:
            action["definition"]["handler"] = cls.quotes.url
        cls.served = world.new_engine(document, HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS="true")
        cls.served.await_field("{ customers(limit: 1) { id } contacts(limit: 1) { id } people(first: 1) { id } }")

    @classmethod
    def tearDownClass(cls):
        cls.served.stop()
        cls.people.stop()
        cls.quotes.stop()

    def setUp(self):
        self.people.reset()
        self.quotes.reset()

    def reseed(self):
        for source in ("shop", "crm"):
            names = world.postgres.psql("golden_" + source,
                                        "select string_agg(quote_ident(tablename), ', ') from pg_tables "
                                        "where schemaname = 'public'")
            world.postgres.psql("golden_" + source, "drop table %s;\n%s" % (names, read("world", source + ".sql")))

    def ask(self, query):
        given = head(query)
        return self.served.graphql(query, json.loads(given.get("variables", "{}")),
                                   x_hasura_role=given.get("role", "admin"), x_hasura_region="north",
                                   x_hasura_words="7")

    def logged(self, run):
        """(what `run` gives, {database: statements that it made PostgreSQL execute})."""
        path = os.path.join(world.postgres.folder, "log")
        before = os.path.getsize(path)
        answer = run()
        with open(path, errors="replace") as log:
            log.seek(before)
            text = log.read()
        out = {}
        for database, sql in re.findall(r"@(\w+) LOG:  execute [^:]*: (.*)", text):
            if re.match("select|with", sql):
                out.setdefault(database.replace("golden_", ""), []).append(MARKER.sub("MARK_", sql))
        return answer, out

    def test_cases_run_as_written(self):
        paths = sorted(glob.glob(os.path.join(GOLDEN, "cases", "*.graphql")))
        self.assertTrue(paths)
        for path in paths:
            name = os.path.basename(path)[:-len(".graphql")]
            with self.subTest(name):
                query, plan = read("cases", name + ".graphql"), read("cases", name + ".plan")
                if re.search(r"^mutation", query, re.M):
                    self.reseed()
                self.people.reset()
                self.quotes.reset()
                answer, ran = self.logged(lambda: self.ask(query))
                self.assertNotIn("errors", answer)
                expected = golden_sql(plan)
                self.assertEqual({k: Counter(v) for k, v in ran.items()},
                                 {k: Counter(v) for k, v in expected.items()})
                requests = Counter(dict(word.rsplit("=", 1) for word in head(query)["fetches"].split()))
                self.assertEqual(len(self.people.requests), int(requests.get("remote_schema/people", 0)))
                # An action that is joined is called once for each distinct input.
                inputs = {json.dumps(call["body"]["input"]) for call in self.quotes.requests}
                self.assertEqual(len(self.quotes.requests), len(inputs))
                self.assertEqual(bool(inputs), any(source.startswith("action/") for source in requests))

    def test_what_a_role_may_not_see_reaches_no_source(self):
        paths = sorted(glob.glob(os.path.join(GOLDEN, "failing", "*.graphql")))
        self.assertTrue(paths)
        for path in paths:
            name = os.path.basename(path)[:-len(".graphql")]
            with self.subTest(name):
                answer, ran = self.logged(lambda: self.ask(read("failing", name + ".graphql")))
                self.assertEqual(list(answer), ["errors"])
                error = answer["errors"][0]
                place = "%s at %s" % (error["extensions"]["code"], error["extensions"]["path"])
                self.assertEqual([place, error["message"]], read("failing", name + ".error").splitlines())
                self.assertEqual(ran, {})
                self.assertEqual(self.people.requests, [])
