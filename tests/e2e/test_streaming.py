"""Large answers leave while the database still makes them: they are never held whole."""

import gzip
import http.client
import json
import time

from harness import SECRET, Case, resident_kb, world

ROWS = 100_000
WIDTH = 1_000


class Streaming(Case):
    @classmethod
    def setUpClass(cls):
        world.postgres.psql("library", """
            drop table if exists wide cascade;
            create table wide as
              select n as id, repeat('x', %d) as payload from generate_series(1, %d) n;
            alter table wide add primary key (id);
            create view wide_broken as select id, payload, 1 / (%d - id) as late from wide;
            """ % (WIDTH, ROWS, ROWS))
        cls.track(world.engine())

    @staticmethod
    def track(engine):
        engine.request("POST", "/v1/metadata", {"type": "reload_metadata", "args": {}})
        for name in ("wide", "wide_broken"):
            status, answer = engine.request("POST", "/v1/metadata", {
                "type": "pg_track_table", "args": {"source": "library", "table": name}})
            assert status == 200, answer

    @classmethod
    def tearDownClass(cls):
        engine = world.engine()
        for name in ("wide", "wide_broken"):
            engine.request("POST", "/v1/metadata", {
                "type": "pg_untrack_table", "args": {"source": "library", "table": name}})
        world.postgres.psql("library", "drop view wide_broken; drop table wide")

    def begin(self, query, **headers):
        connection = self.engine.connect()
        sent = {"Content-Type": "application/json", "x-hasura-admin-secret": SECRET}
        sent.update(headers)
        connection.request("POST", "/v1/graphql", json.dumps({"query": query}), sent)
        return connection, connection.getresponse()

    def waiting_backends(self):
        return int(world.postgres.psql("postgres", "select count(*) from pg_stat_activity where state = 'active' "
                                       "and query like '%wide%' and wait_event = 'ClientWrite'"))

    def test_a_slow_client_holds_the_database_back_and_costs_no_memory(self):
        self.data("{ wide(limit: 2000) { id payload } }")
        before = resident_kb(self.engine.process.pid)
        connection, response = self.begin("{ wide(order_by: {id: asc}) { id payload } }")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("transfer-encoding"), "chunked")
        deadline = time.monotonic() + 20
        while not self.waiting_backends() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.waiting_backends(), 1, "the database waits for the client")
        grown = resident_kb(self.engine.process.pid) - before
        self.assertLess(grown, 40_000, "an answer of 100 MB is held in memory")
        rows = json.loads(response.read())["data"]["wide"]
        connection.close()
        self.assertEqual([row["id"] for row in rows], list(range(1, ROWS + 1)))
        self.assertTrue(all(len(row["payload"]) == WIDTH for row in rows))

    def test_a_client_that_goes_away_ends_the_statement(self):
        connection, response = self.begin("{ wide(order_by: {id: asc}) { id payload } }")
        response.read(100_000)
        connection.close()
        response.close()
        deadline = time.monotonic() + 10
        while world.postgres.active("wide") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(world.postgres.active("wide"), 0)
        self.assertEqual(len(self.data("{ wide(limit: 3) { id } }")["wide"]), 3)

    def test_a_client_that_is_too_slow_is_cut_off(self):
        self.engine = world.engine(JOINERY_STREAM_TIMEOUT="2")
        self.track(self.engine)
        connection, response = self.begin("{ wide(order_by: {id: asc}) { id payload } }")
        deadline = time.monotonic() + 20
        while not self.waiting_backends() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.waiting_backends(), 1)
        while world.postgres.active("wide") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(world.postgres.active("wide"), 0, "a slow client holds a connection")
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        connection.close()

    def test_an_error_after_the_beginning_cuts_the_answer(self):
        connection, response = self.begin("{ wide_broken { id payload late } }")
        self.assertEqual(response.status, 200)
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        connection.close()

    def test_a_small_answer_still_tells_its_error(self):
        _, errors = self.failing("{ wide_broken(where: {id: {_gte: %d}}) { id late } }" % (ROWS - 10))
        self.assertEqual(errors[0]["extensions"]["code"], "data-exception")

    def test_gzip(self):
        connection, response = self.begin("{ wide(order_by: {id: asc}, limit: 5000) { id payload } }",
                                          **{"Accept-Encoding": "gzip"})
        self.assertEqual(response.getheader("content-encoding"), "gzip")
        rows = json.loads(gzip.decompress(response.read()))["data"]["wide"]
        connection.close()
        self.assertEqual(len(rows), 5000)

    def test_a_batch_of_operations_is_whole(self):
        query = "{ wide(order_by: {id: asc}, limit: 2000) { id payload } }"
        status, body = self.engine.request("POST", "/v1/graphql", [{"query": query}, {"query": query}])
        self.assertEqual(status, 200)
        self.assertEqual([len(one["data"]["wide"]) for one in json.loads(body)], [2000, 2000])
