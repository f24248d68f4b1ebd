"""Clients that go away, long runs, and the end of the process."""

import json
import os
import threading
import time

from harness import Case, processes, resident_kb, world

REQUESTS = int(os.environ.get("E2E_MEMORY_REQUESTS", "2000"))


class Cancellation(Case):
    def check(self, query, view):
        connection = self.engine.connect()
        connection.request("POST", "/v1/graphql", json.dumps({"query": query}), {
            "Content-Type": "application/json", "x-hasura-admin-secret": "e2e-secret"})
        deadline = time.monotonic() + 5
        while not world.postgres.active(view) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(world.postgres.active(view), 1, "the statement runs")
        connection.close()
        deadline = time.monotonic() + 5
        while world.postgres.active(view) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(world.postgres.active(view), 0, "the statement was not cancelled within 5 s")
        self.assertEqual(len(self.data("{ member(limit: 2) { id customer { id } } }")["member"]), 2)

    def tearDown(self):
        world.postgres.psql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity "
                            "where state = 'active' and query like '%sleep_%' and pid <> pg_backend_pid()")

    def test_root(self):
        self.check("{ sleep_long { id } }", "sleep_long")

    def test_joined(self):
        self.check("{ member(limit: 3) { slow { id } } }", "sleep_joined")


class Memory(Case):
    def test_does_not_grow(self):
        body = {"query": "{ big { id payload } }"}
        connection = self.engine.connect()

        def run(count):
            for _ in range(count):
                status, answer = self.engine.request("POST", "/v1/graphql", body, connection=connection)
                self.assertEqual(status, 200)
                self.assertGreater(len(answer), 500_000)

        run(max(50, REQUESTS // 5))
        warm = resident_kb(self.engine.process.pid)
        run(REQUESTS)
        grown = resident_kb(self.engine.process.pid) - warm
        connection.close()
        self.assertLess(grown, max(16_384, warm // 10), "grew by %d kB from %d kB" % (grown, warm))


class Drain(Case):
    def start(self):
        engine = world.new_engine()
        engine.replace_metadata(world.document())
        return engine

    def test_finishes_what_is_in_flight(self):
        engine = self.start()
        try:
            below = processes(engine.process.pid)
            self.assertEqual(len(below), 6 if world.shape == "mesh" else 1)
            answers = []
            thread = threading.Thread(target=lambda: answers.append(
                engine.graphql("{ nap { id } }")))
            thread.start()
            deadline = time.monotonic() + 5
            while not world.postgres.active("nap") and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(engine.terminate(), 0, engine.tail())
            thread.join(10)
            self.assertEqual(answers, [{"data": {"nap": [{"id": 1}]}}])
            time.sleep(0.2)
            self.assertEqual([p for p in below if os.path.exists("/proc/%d" % p)], [])
        finally:
            engine.stop()

    def test_idle_ends_soon(self):
        engine = self.start()
        try:
            started = time.monotonic()
            self.assertEqual(engine.terminate(), 0, engine.tail())
            self.assertLess(time.monotonic() - started, 5)
        finally:
            engine.stop()
