"""Several planners on one metadata database: nothing is lost, nothing is stale, whatever is killed or cut off."""

import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import SECRET, Joinery, Postgres, world
from upstream import free_port

STALE = 1.0  # Seconds after which no replica may serve what was changed.
REVOKED = 0.5  # The same for a permission that was removed.
USER = {"x_hasura_role": "user"}


class Proxy:
    """A TCP connection that can be cut without anybody noticing: what is sent goes nowhere."""

    def __init__(self, port):
        self.target, self.cut, self.sockets = port, threading.Event(), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self.sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    def copy(self, source, sink):
        try:
            while data := source.recv(65536):
                while self.cut.is_set():
                    time.sleep(0.01)
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            one.close()

    def close(self):
        """From now on connections are refused."""
        self.cut.clear()
        for one in [self.listener] + self.sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


class Service:
    """One process of the mesh."""

    def __init__(self, folder, name, arguments, **variables):
        self.folder, self.name, self.arguments, self.variables = folder, name, arguments, variables
        self.start()

    def start(self):
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("HASURA_", "JOINERY_")) and "proxy" not in k.lower()}
        environment.update(self.variables, JOINERY_THREADS="1")
        kind = self.name.split("-")[0]
        with open(os.path.join(self.folder, self.name + ".log"), "ab") as log:
            self.process = subprocess.Popen([world.binary, "service", kind] + self.arguments, env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Edge(Joinery):
    """An edge of the mesh, reached as an engine is."""

    def __init__(self, service, port):
        self.service, self.port, self.process = service, port, service.process

    def tail(self):
        return self.service.name

    def stop(self):
        self.service.kill()

    def metadata(self, kind, args, timeout=60, **more):
        status, body = self.request("POST", "/v1/metadata", dict(type=kind, args=args, **more), timeout=timeout)
        return status, json.loads(body)

    def exported(self):
        status, answer = self.metadata("export_metadata", {}, version=2)
        if status != 200:
            raise OSError("export: %s" % answer)
        return answer["resource_version"], answer["metadata"]

    def refuses(self, query):
        """Whether role user is refused."""
        return "errors" in self.graphql(query, **USER)


class Mesh:
    """Planners that share a metadata database, an edge before each, and one edge before them all."""

    def __init__(self, planners, metadata_port, metadata_database):
        self.folder = tempfile.mkdtemp(prefix="joinery-e2e-mesh.")
        self.proxies = [Proxy(metadata_port) for _ in range(planners)]
        ports = [free_port() for _ in range(planners + 3)]
        addresses = ["127.0.0.1:%d" % port for port in ports]
        connectors = ["--postgres", addresses[0], "--remote-schema", addresses[1], "--action", addresses[2]]
        every = "ipv4:" + ",".join(addresses[3:])
        self.services = [Service(self.folder, name, ["--listen", address, "--planner", every])
                         for name, address in zip(("postgres", "remote_schema", "action"), addresses)]
        self.planners = [
            Service(self.folder, "planner-%d" % i, ["--listen", address] + connectors,
                    HASURA_GRAPHQL_METADATA_DATABASE_URL="postgresql://postgres@127.0.0.1:%d/%s" % (
                        proxy.port, metadata_database))
            for i, (proxy, address) in enumerate(zip(self.proxies, addresses[3:]))]
        self.edges = [self.edge("edge-%d" % i, address, connectors) for i, address in enumerate(addresses[3:])]
        self.front = self.edge("edge-all", every, connectors)
        for edge in self.edges + [self.front]:
            edge.await_ready()

    def edge(self, name, planners, connectors):
        port = free_port()
        return Edge(Service(self.folder, name, ["--host", "127.0.0.1", "--port", str(port), "--listen",
                                                "127.0.0.1:0", "--planner", planners] + connectors, HASURA_GRAPHQL_ADMIN_SECRET=SECRET), port)

    def stop(self):
        for service in self.services + self.planners + [edge.service for edge in self.edges + [self.front]]:
            service.kill()
        for proxy in self.proxies:
            proxy.close()


class Writer(threading.Thread):
    """Makes changes of two parts through one edge, each until it is stored."""

    def __init__(self, number, edge, count):
        super().__init__()
        self.number, self.edge, self.count, self.faults = number, edge, count, []

    def names(self):
        return ["w%d_%d" % (self.number, i) for i in range(self.count)]

    def stored(self, name):
        parts = [{"type": "create_query_collection", "args": {
            "name": part + name, "definition": {"queries": [{"name": "q", "query": "{ member { name } }"}]}}}
            for part in ("a_", "b_")]
        try:
            status, answer = self.edge.metadata("bulk", parts, timeout=15)
        except OSError:
            return False
        if status == 200 or answer.get("code") == "already-exists":
            return True  # Of an earlier try whose answer was lost.
        if status != 409 and status < 500:
            self.faults.append(answer)
        return False

    def run(self):
        deadline = time.monotonic() + 90
        for name in self.names():
            while not self.stored(name):
                if self.faults or time.monotonic() > deadline:
                    return self.faults.append("not stored: " + name)
                time.sleep(random.uniform(0.005, 0.05))


class Replicas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if world.shape != "mesh":
            raise unittest.SkipTest("needs services of their own")
        cls.postgres = Postgres()
        cls.mesh = None

    @classmethod
    def tearDownClass(cls):
        if world.shape == "mesh":
            cls.postgres.stop()

    def start(self, planners=3):
        database = self.postgres.fresh("metadata").rpartition("/")[2]
        self.mesh = Mesh(planners, self.postgres.port, database)
        self.addCleanup(self.mesh.stop)
        self.mesh.front.replace_metadata(world.document())
        return self.mesh

    def soon(self, seconds, what, condition):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def versions(self):
        return {edge.exported()[0] for edge in self.mesh.edges + [self.mesh.front]}

    def test_no_update_is_lost(self):
        mesh = self.start()
        writers = [Writer(i, edge, 25) for i, edge in enumerate(mesh.edges)]
        for writer in writers:
            writer.start()
        trouble = threading.Thread(target=self.make_trouble)
        trouble.start()
        while any(writer.is_alive() for writer in writers) or trouble.is_alive():
            for edge in mesh.edges + [mesh.front]:
                try:
                    document = edge.exported()[1]
                except OSError:
                    continue
                names = {c["name"] for c in document.get("query_collections", [])}
                self.assertEqual({n[2:] for n in names if n[:2] == "a_"}, {n[2:] for n in names if n[:2] == "b_"},
                                 "half of a change is visible")
        self.assertEqual([f for writer in writers for f in writer.faults], [])
        wanted = {part + name for writer in writers for name in writer.names() for part in ("a_", "b_")}
        self.soon(STALE, "a replica is behind", lambda: len(self.versions()) == 1)
        for edge in mesh.edges:
            self.assertEqual({c["name"] for c in edge.exported()[1]["query_collections"]}, wanted)

    def make_trouble(self):
        for victim in (1, 2):
            time.sleep(0.5)
            self.mesh.planners[victim].kill()
            time.sleep(0.3)
            self.mesh.planners[victim].start()
        time.sleep(0.5)
        self.postgres.down()
        time.sleep(0.5)
        self.postgres.up()
        for edge in self.mesh.edges:
            self.soon(20, "a planner does not come back", lambda edge=edge: self.answers(edge))

    @staticmethod
    def answers(edge):
        try:
            return edge.metadata("export_metadata", {}, timeout=5)[0] == 200
        except OSError:
            return False

    def test_a_change_is_everywhere_within_a_second(self):
        mesh = self.start()
        for i, edge in enumerate(mesh.edges):
            status, answer = edge.metadata("pg_set_table_customization", {
                "source": "library", "table": "big", "configuration": {"custom_name": "big_%d" % i}})
            self.assertEqual(status, 200, answer)
            query = "{ big_%d(limit: 1) { id } }" % i
            self.assertNotIn("errors", edge.graphql(query), "whoever made a change sees it at once")
            for other in mesh.edges + [mesh.front]:
                self.soon(STALE, "a replica is behind", lambda other=other: "errors" not in other.graphql(query))

    def drop_permission(self, edge):
        status, answer = edge.metadata("pg_drop_select_permission",
                                       {"source": "library", "table": "member", "role": "user"})
        self.assertEqual(status, 200, answer)

    def check_revoked(self, cut_off, cut, mend):
        """Drops a permission through edge 0 while planner `cut_off` is cut off."""
        mesh, query = self.mesh, "{ member(limit: 1) { name } }"
        for edge in mesh.edges + [mesh.front]:
            self.soon(10, "the user is not served", lambda edge=edge: not edge.refuses(query))
            self.assertNotIn("errors", edge.graphql(query))
        cut()
        self.drop_permission(mesh.edges[0])
        dropped = time.monotonic()
        time.sleep(REVOKED)
        for edge in mesh.edges + [mesh.front]:
            answer = edge.graphql(query, **USER)
            self.assertIn("errors", answer, "served after %.2f s" % (time.monotonic() - dropped))
        lonely = mesh.edges[cut_off]
        self.assertEqual(lonely.graphql(query, **USER)["errors"][0]["extensions"]["code"], "unavailable")
        self.assertNotIn("errors", lonely.graphql(query), "admin is served from what is known")
        mend()
        self.soon(10, "the edge does not recover", lambda: lonely.graphql(query, **USER).get("errors", [{}])[0].get(
            "extensions", {}).get("code") == "validation-failed")

    def test_a_removed_permission_is_gone_where_a_planner_hangs(self):
        mesh = self.start()
        planner = mesh.planners[2]
        self.check_revoked(2, lambda: planner.signal(signal.SIGSTOP), lambda: planner.signal(signal.SIGCONT))

    def test_a_removed_permission_is_gone_where_the_database_is_cut_off(self):
        mesh = self.start()
        self.check_revoked(1, mesh.proxies[1].cut.set, mesh.proxies[1].cut.clear)

    def test_a_database_that_is_down_stops_changes_only(self):
        mesh, query = self.start(1), "{ member(limit: 1) { name } }"
        change = ("pg_set_table_customization", {"source": "library", "table": "big",
                                                 "configuration": {"custom_name": "great"}})
        mesh.proxies[0].close()
        time.sleep(2 * REVOKED)
        self.assertNotIn("errors", mesh.front.graphql(query, **USER))
        status, answer = mesh.front.metadata(*change)
        self.assertEqual((status, answer["code"]), (503, "unexpected"))
        self.assertIn("the metadata cannot be changed now, try again later", answer["error"])
        self.assertEqual(mesh.front.metadata("export_metadata", {})[0], 200)


class Store(unittest.TestCase):
    """One engine, and what it keeps where."""

    def engine(self, url, **variables):
        engine = Joinery(world.binary, world.shape, world.postgres.fresh("default"), None,
                         HASURA_GRAPHQL_METADATA_DATABASE_URL=url, **variables)
        self.addCleanup(engine.stop)
        return engine

    def test_starts_on_the_database_of_a_hasura(self):
        url = world.postgres.fresh("hasura")
        database = url.rpartition("/")[2]
        document = json.dumps(world.document()).replace("'", "''")
        world.postgres.psql(database, HASURA_CATALOG.replace("METADATA", document))
        engine = self.engine(url)
        self.assertEqual(engine.graphql("{ member(limit: 1) { id } }"), {"data": {"member": [{"id": 1}]}})
        status, body = engine.request("POST", "/v1/metadata", {"type": "export_metadata", "version": 2, "args": {}})
        self.assertEqual((status, json.loads(body)["resource_version"]), (200, 17))
        status, body = engine.request("POST", "/v1/metadata", {
            "type": "pg_untrack_table", "resource_version": 17, "args": {"source": "library", "table": "awake"}})
        self.assertEqual(status, 200, body)
        # What Hasura polls, and what it reads then.
        self.assertEqual(world.postgres.psql(database, """
            select m.resource_version, n.resource_version, n.notification->>'metadata',
              m.metadata::text like '%"awake"%' from hdb_catalog.hdb_metadata m,
              hdb_catalog.hdb_schema_notifications n"""), "18|18|false|f")
        status, body = engine.request("POST", "/v1/metadata", {"type": "get_catalog_state", "args": {}})
        self.assertEqual(json.loads(body), {"id": "3b8bd1e5-8ae4-4ce2-a4a5-4f5a5dfd0c0c", "cli_state": {},
                                            "console_state": {"onboardingShown": True}})

    def test_keeps_its_metadata(self):
        url = world.postgres.fresh("kept")
        engine = self.engine(url)
        engine.replace_metadata(world.document())
        engine.stop()
        again = self.engine(url)
        self.assertNotIn("errors", again.graphql("{ member(limit: 1) { id } people(first: 1) { id } }"))

    def test_outlives_its_catalog(self):
        url = world.postgres.fresh("dropped")
        engine = self.engine(url)
        engine.replace_metadata(world.document())
        world.postgres.psql(url.rpartition("/")[2], "drop schema hdb_catalog cascade")
        self.assertNotIn("errors", engine.graphql("{ member(limit: 1) { id } }"))
        engine.request("POST", "/v1/metadata", {"type": "pg_untrack_table",
                                                "args": {"source": "library", "table": "awake"}})
        self.assertEqual(world.postgres.psql(url.rpartition("/")[2], """
            select metadata::text like '%"member"%', metadata::text like '%"awake"%'
            from hdb_catalog.hdb_metadata"""), "t|f")

    def test_files_are_not_changed_by_the_api(self):
        engine = Joinery(world.binary, world.shape, world.postgres.fresh("default"), world.document())
        self.addCleanup(engine.stop)
        path = os.path.join(engine.folder, "metadata.json")
        status, body = engine.request("POST", "/v1/metadata", {"type": "clear_metadata", "args": {}})
        answer = json.loads(body)
        self.assertEqual((status, answer["code"]), (400, "not-supported"))
        self.assertIn(path, answer["error"])
        self.assertIn("--metadata-writable", answer["error"])
        engine.await_field("{ member(limit: 1) { id } }")
        with open(path) as file:
            changed = json.load(file)
        for source in changed["sources"]:
            source["tables"] = [t for t in source["tables"] if t["table"]["name"] != "awake"]
        with open(path, "w") as file:
            json.dump(changed, file)
        deadline = time.monotonic() + 10
        while "errors" not in engine.graphql("{ awake { id } }"):
            self.assertLess(time.monotonic(), deadline, "the changed file is not read")
            time.sleep(0.05)


# As a Hasura v2 of catalog version 48 leaves it.
HASURA_CATALOG = """
create schema hdb_catalog;
create function hdb_catalog.gen_hasura_uuid() returns uuid language sql as 'select gen_random_uuid()';
create table hdb_catalog.hdb_version (
  hasura_uuid uuid primary key default hdb_catalog.gen_hasura_uuid(), version text not null,
  upgraded_on timestamptz not null, cli_state jsonb not null default '{}',
  console_state jsonb not null default '{}', ee_client_id text, ee_client_secret text);
create unique index hdb_version_one_row on hdb_catalog.hdb_version ((version is not null));
create table hdb_catalog.hdb_metadata (
  id integer primary key, metadata json not null, resource_version integer not null default 1 unique);
create table hdb_catalog.hdb_schema_notifications (
  id integer primary key check (id = 1), notification json not null, resource_version integer not null default 1,
  instance_id uuid not null, updated_at timestamptz default now());
insert into hdb_catalog.hdb_version values ('3b8bd1e5-8ae4-4ce2-a4a5-4f5a5dfd0c0c', '48', now(), '{}',
  '{"onboardingShown": true}');
insert into hdb_catalog.hdb_metadata values (1, 'METADATA', 17);
insert into hdb_catalog.hdb_schema_notifications values (1,
  '{"metadata":false,"remote_schemas":[],"sources":[],"data_connectors":[]}', 17, gen_random_uuid());
"""
