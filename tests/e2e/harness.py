"""What the tests stand on: a throw-away PostgreSQL, the upstreams, and Joinery in one of its two shapes."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import fixtures
from upstream import Actions, People, Things, free_port

SECRET = "e2e-secret"


def _postgres_bin():
    for folder in ("/usr/lib/postgresql/15/bin",):
        if os.path.exists(os.path.join(folder, "initdb")):
            return folder
    return os.path.dirname(shutil.which("initdb") or "")


class Postgres:
    """Its own cluster in a temporary folder; `statements(database)` counts what touched user tables."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="joinery-e2e-pg.")
        self.port = free_port()
        self.bin = _postgres_bin()
        self.prefix = []
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.data = os.path.join(self.folder, "data")
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
            conf.write("fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nmax_connections=200\n"
                       "shared_preload_libraries='pg_stat_statements'\npg_stat_statements.track=top\n"
                       "pg_stat_statements.track_utility=off\npg_stat_statements.max=5000\n"
                       "log_line_prefix='%%u@%%d '\n"
                       "listen_addresses='127.0.0.1'\nport=%d\nunix_socket_directories='%s'\n"
                       % (self.port, self.folder))
        self._run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "start")
        self.made = 0
        for database in ("library", "shop"):
            self.psql("postgres", "create database %s" % database)
        self.psql("postgres", "create extension pg_stat_statements")
        self.psql("library", fixtures.LIBRARY_SQL)
        self.psql("shop", fixtures.SHOP_SQL)

    def _run(self, program, *arguments):
        command = self.prefix + [os.path.join(self.bin, program)] + list(arguments)
        subprocess.run(command, check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def psql(self, database, sql):
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", "postgres", "-d", database], input=sql, text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def fresh(self, name):
        """The URL of a new, empty database."""
        self.made += 1
        database = "%s_%d" % (name, self.made)
        self.psql("postgres", "create database %s" % database)
        return self.url(database)

    def url(self, database):
        return "postgresql://postgres@127.0.0.1:%d/%s" % (self.port, database)

    def reset_statements(self):
        self.psql("postgres", "select pg_stat_statements_reset()")

    def statements(self):
        """{database: number of executed statements that are no catalog reads}."""
        rows = self.psql("postgres", r"""
            select d.datname, sum(s.calls) from pg_stat_statements s join pg_database d on d.oid = s.dbid
            where d.datname in ('library', 'shop')
              and s.query ~ '\m(member|loan|odd|big|customers|orders|lines|target)\M'
              and s.query !~ 'pg_catalog|pg_class|pg_attribute|information_schema'
            group by 1""")
        return {line.split("|")[0]: int(line.split("|")[1]) for line in rows.splitlines()}

    def active(self, text):
        return int(self.psql("postgres", "select count(*) from pg_stat_activity where state = 'active' "
                             "and pid <> pg_backend_pid() and query like '%" + text + "%'"))

    def down(self):
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def up(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "start")

    def stop(self):
        try:
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        except subprocess.CalledProcessError:
            pass  # It is down already.
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def processes(pid):
    """`pid` and everything below it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as stat:
                    fields = stat.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry)] = int(fields[1])
    out = [pid]
    for parent in out:
        out.extend(child for child, p in parents.items() if p == parent)
    return out


def resident_kb(pid):
    total = 0
    for one in processes(pid):
        try:
            with open("/proc/%d/status" % one) as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        except OSError:
            pass
    return total


class Served:
    """What clients may do with whatever serves HTTP on a port."""

    def __init__(self, port):
        self.port = port

    def connect(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, timeout=60, connection=None, **headers):
        own = connection or self.connect(timeout)
        try:
            sent = {"Content-Type": "application/json", "x-hasura-admin-secret": SECRET}
            sent.update({k.replace("_", "-"): v for k, v in headers.items()})
            own.request(method, path, None if body is None else json.dumps(body), sent)
            answer = own.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            if not connection:
                own.close()

    def graphql(self, query, variables=None, **headers):
        status, body = self.request("POST", "/v1/graphql", {"query": query, "variables": variables or {}},
                                    **headers)
        if status != 200:
            raise AssertionError("status %d: %s" % (status, body[:2000]))
        return json.loads(body)


class Joinery(Served):
    """One engine. With `document` it is served from a metadata file, else metadata is posted."""

    def __init__(self, binary, shape, database_url, document=None, **variables):
        super().__init__(free_port())
        self.folder = tempfile.mkdtemp(prefix="joinery-e2e.")
        self.log = os.path.join(self.folder, "log")
        command = [binary, "serve", "--port", str(self.port)] + (["--mesh"] if shape == "mesh" else [])
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("HASURA_", "JOINERY_")) and "proxy" not in k.lower()}
        environment.update(HASURA_GRAPHQL_DATABASE_URL=database_url, HASURA_GRAPHQL_ADMIN_SECRET=SECRET)
        environment.update(variables)
        if document is not None:
            path = os.path.join(self.folder, "metadata.json")
            with open(path, "w") as out:
                json.dump(document, out)
            command += ["--metadata", path]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        self.await_ready()

    def await_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("joinery ended at start (%s): %s" % (self.process.returncode, self.tail()))
            try:
                if self.request("GET", "/healthz", timeout=2)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("joinery is not ready after 30 s: " + self.tail())

    def tail(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-3000:]

    def replace_metadata(self, document):
        status, body = self.request("POST", "/v1/metadata", {"type": "replace_metadata", "args": document})
        if status != 200:
            raise RuntimeError("replace_metadata: %d %s" % (status, body[:4000].decode()))
        self.await_field("{ member(limit: 1) { id } people(first: 1) { id } pick(count: 1) { note } }")

    def await_field(self, query):
        deadline, answer = time.monotonic() + 15, None
        while time.monotonic() < deadline:
            answer = self.graphql(query)
            if "errors" not in answer:
                return
            time.sleep(0.1)
        raise RuntimeError("metadata is stored and not served: %s" % answer)

    def terminate(self, timeout=40):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def stop(self):
        if self.process.poll() is None:
            try:
                self.terminate(10)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class World:
    """What all tests of a run share. Engines are started when a test first asks for one."""

    def __init__(self):
        self.binary, self.shape, self.engines = None, None, {}

    def start(self, binary):
        self.binary = binary
        self.postgres = Postgres()
        self.people, self.things, self.actions = People(), Things(), Actions()
        for service in self.services():
            service.start()

    def services(self):
        return (self.people, self.things, self.actions)

    def document(self):
        return fixtures.metadata(self.postgres.url("library"), self.postgres.url("shop"), self.people.url,
                                 self.things.url, self.actions.url)

    def engine(self, **variables):
        """The shared engine with these environment variables."""
        key = tuple(sorted(variables.items()))
        if key in self.engines and self.engines[key].process.poll() is not None:
            self.engines.pop(key).stop()
        if key not in self.engines:
            engine = self.new_engine(**variables)
            self.engines[key] = engine
            engine.replace_metadata(self.document())
        return self.engines[key]

    def new_engine(self, document=None, **variables):
        """An engine with a metadata database of its own, which is also its source `default`."""
        return Joinery(self.binary, self.shape, self.postgres.fresh("meta"), document, **variables)

    def stop_engines(self):
        for engine in self.engines.values():
            engine.stop()
        self.engines = {}

    def stop(self):
        self.stop_engines()
        for service in self.services():
            service.stop()
        self.postgres.stop()


world = World()


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        for service in world.services():
            service.reset()
        self.engine = world.engine()
        for service in world.services():
            service.reset()

    def shortDescription(self):
        return None

    def data(self, query, variables=None, **headers):
        answer = self.engine.graphql(query, variables, **headers)
        self.assertNotIn("errors", answer, query)
        return answer["data"]

    def failing(self, query, variables=None):
        """(data, errors) of an answer that must have errors."""
        answer = self.engine.graphql(query, variables)
        self.assertIn("errors", answer, json.dumps(answer)[:2000])
        return answer.get("data"), answer["errors"]

    def counted(self, query):
        """(data, statements per database) of a query run a second time, when plans and pools are warm."""
        self.data(query)
        for service in world.services():
            service.reset()
        world.postgres.reset_statements()
        return self.data(query), world.postgres.statements()
