"""Clients that go away, long runs, replicas that come and go, and the end of the process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import Case, Served, processes, resident_kb, world
from upstream import free_port

REQUESTS = int(os.environ.get("E2E_MEMORY_REQUESTS", "2000"))  # Of 10,000 rows each.
LONGEST_PAUSE = 1.5  # Seconds; kLongestPause of services/kit/rpc/loop_channel.cc with its jitter.
SMALL_REQUESTS = int(os.environ.get("E2E_SMALL_REQUESTS", "5000"))


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


class CancellationOfCalls(Case):
    """A client that goes away: the upstream sees that nobody waits for its answer."""

    def check(self, service, query):
        service.hold = 30
        connection = self.engine.connect()
        connection.request("POST", "/v1/graphql", json.dumps({"query": query}), {
            "Content-Type": "application/json", "x-hasura-admin-secret": "e2e-secret"})
        self.wait_for(lambda: service.requests, "the call is made")
        connection.close()
        self.wait_for(lambda: service.abandoned, "the call was not given up")
        self.assertEqual((len(service.requests), service.abandoned), (1, 1))

    def wait_for(self, happened, what):
        deadline = time.monotonic() + 10
        while not happened() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(happened(), what)

    def test_remote_schema(self):
        self.check(world.people, "{ people(first: 1) { id } }")

    def test_joined_remote_schema(self):
        self.check(world.people, "{ member(where: {id: {_eq: 1}}) { person { id } } }")

    def test_action(self):
        self.check(world.actions, "{ pick(count: 1) { note } }")


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


    def test_many_small_requests_leak_nothing(self):
        bodies = [{"query": "query ($n: Int!) { member(where: {id: {_eq: $n}}) { id customer { id } } }",
                   "variables": {"n": n + 1}} for n in range(100)]
        connection = self.engine.connect()

        def run(count):
            for i in range(count):
                status, _ = self.engine.request("POST", "/v1/graphql", bodies[i % 100], connection=connection)
                self.assertEqual(status, 200)

        run(max(500, SMALL_REQUESTS // 5))
        warm = resident_kb(self.engine.process.pid)
        run(SMALL_REQUESTS)
        grown = resident_kb(self.engine.process.pid) - warm
        connection.close()
        print("%d requests: %d kB, grown by %d kB" % (SMALL_REQUESTS, warm, grown), flush=True)
        self.assertLess(grown, 4_096, "grew by %d kB from %d kB" % (grown, warm))


class Replicas(Case):
    """The services as processes of their own, two of them Postgres connectors."""

    def setUp(self):
        if world.shape != "mesh":
            self.skipTest("of a mesh")
        super().setUp()
        self.ports = {name: free_port() for name in ("planner", "postgres_1", "postgres_2", "remote_schema", "action")}
        self.services = {}
        self.folder = tempfile.mkdtemp(prefix="joinery-e2e-mesh.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        with open(os.path.join(self.folder, "metadata.json"), "w") as out:
            json.dump(world.document(), out)
        self.addCleanup(self.stop_all)
        for name in self.ports:
            self.start(name)
        self.edge = Served(free_port())
        self.start("edge", "--host=127.0.0.1", "--port=%d" % self.edge.port, "--listen=127.0.0.1:0")
        deadline = time.monotonic() + 30
        while not self.serves() and time.monotonic() < deadline:
            time.sleep(0.1)

    def serves(self):
        try:
            return "data" in self.edge.graphql("{ member(limit: 1) { id customer { id } person { id } } }")
        except (OSError, AssertionError):
            return False

    def at(self, *names):
        return "ipv4:" + ",".join("127.0.0.1:%d" % self.ports[name] for name in names)

    def start(self, name, *flags):
        command = [world.binary, "service", name.split("_")[0] if name.startswith("postgres") else name,
                   "--planner=" + self.at("planner"), "--postgres=" + self.at("postgres_1", "postgres_2"),
                   "--remote-schema=" + self.at("remote_schema"), "--action=" + self.at("action"), "--threads=1",
                   "--admin-secret=e2e-secret"]
        if name in self.ports:
            command.append("--listen=127.0.0.1:%d" % self.ports[name])
        if name == "planner":
            command.append("--metadata=" + os.path.join(self.folder, "metadata.json"))
        with open(os.path.join(self.folder, name + ".log"), "ab") as log:
            self.services[name] = subprocess.Popen(command + list(flags), stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log)

    def kill(self, name):
        self.services[name].kill()
        self.services[name].wait()

    def stop_all(self):
        for process in self.services.values():
            process.kill()
            process.wait()

    def reads(self, count):
        # Not all from one connection: the edge's loops have connections of their own.
        for i in range(count):
            answer = self.edge.graphql("{ member(where: {id: {_eq: %d}}) { id customer { id } } }" % (i + 1))
            self.assertEqual(answer, {"data": {"member": [{"id": i + 1, "customer": {"id": i + 1}}]}})

    def test_a_replica_that_is_gone_is_not_noticed(self):
        self.reads(10)
        self.kill("postgres_1")
        self.reads(50)
        # It comes back knowing none of the fragments that the edge has sent, and is the only one.
        self.start("postgres_1")
        self.await_listening("postgres_1")
        # The edge looks for a lost replica in growing pauses, at most this long; reads make it look.
        until = time.monotonic() + LONGEST_PAUSE
        while time.monotonic() < until:
            self.reads(5)
        self.kill("postgres_2")
        self.reads(50)

    def test_reads_in_flight_are_asked_of_another_replica(self):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.edge.graphql("{ nap { id } }")))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 5
        while world.postgres.active("nap") < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.kill("postgres_1")
        for thread in threads:
            thread.join(20)
        self.assertEqual(answers, [{"data": {"nap": [{"id": 1}]}}] * 4)

    def test_what_is_planned_is_served_without_the_planner(self):
        query = "{ member(where: {id: {_eq: 1}}) { id person { id } } }"
        before = self.edge.graphql(query)
        self.kill("planner")
        self.assertEqual(self.edge.graphql(query), before)
        self.start("planner")
        deadline = time.monotonic() + 20
        new = "{ member(where: {id: {_eq: 2}}) { name } }"
        while "errors" in self.edge.graphql(new) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.edge.graphql(new), {"data": {"member": [{"name": "member 2"}]}})

    def await_listening(self, name):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports[name])) == 0:
                    return
            time.sleep(0.05)
        self.fail("%s does not listen" % name)


SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def health(port):
    """What the standard gRPC health check says of the whole server."""
    answer = subprocess.run(
        ["curl", "-s", "-m", "10", "--http2-prior-knowledge", "-H", "content-type: application/grpc", "-H",
         "te: trailers", "--data-binary", "@-", "http://127.0.0.1:%d/grpc.health.v1.Health/Check" % port],
        input=bytes(5), capture_output=True, check=True).stdout
    return answer[5:]


class Drain(Case):
    def start(self):
        self.listen = free_port()
        engine = world.new_engine(JOINERY_LISTEN="127.0.0.1:%d" % self.listen)
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
            self.assertEqual(health(self.listen), SERVING)
            engine.process.send_signal(signal.SIGTERM)
            refused = False
            while thread.is_alive() and not refused:
                with socket.socket() as probe:
                    refused = probe.connect_ex(("127.0.0.1", engine.port)) != 0
                time.sleep(0.01)
            self.assertTrue(refused and thread.is_alive(), "new connections are refused while one request runs")
            self.assertEqual(health(self.listen), NOT_SERVING)
            self.assertEqual(engine.process.wait(40), 0, engine.tail())
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
