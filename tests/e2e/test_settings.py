"""Every wrong setting: a clear line on stderr, a non-zero exit, nothing left running."""

import json
import os
import subprocess
import tempfile
import time

from harness import Case, processes, world

# (flags, variables, what stderr says)
WRONG = [
    (["--bogus"], {}, "unknown flag --bogus"),
    (["--port"], {}, "flag --port needs a value"),
    (["--port", ""], {}, "flag --port needs a value"),
    (["--admin-secret="], {}, "flag --admin-secret needs a value"),
    (["stray"], {}, 'unexpected argument "stray"'),
    (["--port", "x"], {}, "Flag --port: expected a whole number from 0 to 65535"),
    (["--port", "65536"], {}, "Flag --port: expected a whole number from 0 to 65535"),
    ([], {"HASURA_GRAPHQL_SERVER_PORT": "-1"}, "HASURA_GRAPHQL_SERVER_PORT: expected a whole number"),
    (["--threads", "0"], {}, "Flag --threads: expected a whole number from 1 to 256"),
    (["--host", "999.1.1.1"], {}, '"999.1.1.1" is not a numeric IPv4 or IPv6 address'),
    (["--tls-cert", "cert.pem"], {}, "--tls-cert and --tls-key go together"),
    (["--tls-cert", "/no/cert", "--tls-key", "/no/key"], {}, 'cannot use the certificate file "/no/cert"'),
    (["--dev-mode=perhaps"], {}, "Flag --dev-mode: Not a valid boolean text"),
    ([], {"HASURA_GRAPHQL_DEV_MODE": "perhaps"}, "HASURA_GRAPHQL_DEV_MODE: Not a valid boolean text"),
    ([], {"JOINERY_PARTIAL_RESULTS": "2"}, "JOINERY_PARTIAL_RESULTS: Not a valid boolean text"),
    (["--log-level", "loud"], {}, "Flag --log-level: expected debug, info, warn or error"),
    ([], {"HASURA_GRAPHQL_ENABLED_APIS": "graphql,all"}, 'there is no API "all"'),
    ([], {"HASURA_GRAPHQL_CORS_DOMAIN": "example.org"}, "invalid domain: example.org"),
    ([], {"HASURA_GRAPHQL_DEFAULT_NAMING_CONVENTION": "camel"}, "expected hasura-default or graphql-default"),
    ([], {"HASURA_GRAPHQL_ADMIN_SECRETS": "{}"}, "HASURA_GRAPHQL_ADMIN_SECRETS: expected a JSON array"),
    ([], {"HASURA_GRAPHQL_WEBSOCKET_KEEPALIVE": "0"}, "expected a whole number from 1"),
    ([], {"HASURA_GRAPHQL_LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL": "1s"}, "expected a whole number from 1"),
    (["--admin-secret", "s", "--jwt-secret", "{"], {}, "HASURA_GRAPHQL_JWT_SECRET: expected a JSON object"),
    (["--admin-secret", "s", "--jwt-secret", '{"type": "HS256", "key": "short"}'], {},
     "the key of HS256 must have at least 32 characters"),
    (["--jwt-secret", json.dumps({"type": "HS256", "key": "k" * 32})], {}, "requires --admin-secret"),
    (["--auth-hook", "http://127.0.0.1:1/"], {}, "requires --admin-secret"),
    (["--admin-secret", "s", "--auth-hook", "nowhere"], {}, "Flag --auth-hook: expected an http:// or https://"),
    (["--admin-secret", "s", "--auth-hook", "http://h/", "--auth-hook-mode", "PUT"], {},
     "Flag --auth-hook-mode: expected GET or POST"),
    (["--metadata", "/no/such/place"], {}, "there is no metadata at /no/such/place"),
    (["--metadata", "/etc/hostname"], {}, "/etc/hostname: not a metadata document"),
    (["--metadata", "{folder}/broken.json"], {}, "broken.json: line "),
    (["--metadata", "{folder}/old.json"], {}, "old.json: expected metadata of version 3"),
]


class Settings(Case):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="joinery-e2e-settings.")
        for name, text in (("broken.json", '{"version": 3'), ("old.json", '{"version": 2, "tables": []}')):
            with open(os.path.join(self.folder, name), "w") as out:
                out.write(text)

    def run_binary(self, *words, **variables):
        words = [w.replace("{folder}", self.folder) for w in words]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("HASURA_", "JOINERY_"))}
        environment["HASURA_GRAPHQL_SERVER_PORT"] = "0"
        return subprocess.run([world.binary] + words, env=dict(environment, **variables), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=30)

    def test_each_mistake_is_told(self):
        shape = ["--mesh"] if world.shape == "mesh" else []
        for flags, variables, message in WRONG:
            with self.subTest(flags=flags, variables=variables):
                ended = self.run_binary("serve", *shape, *flags, **variables)
                self.assertIn(ended.returncode, (1, 2))
                self.assertIn("Fatal Error: ", ended.stderr)
                self.assertIn(message, ended.stderr)

    def test_all_mistakes_at_once(self):
        ended = self.run_binary("serve", "--port", "x", "--threads", "none", HASURA_GRAPHQL_DEV_MODE="2")
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stderr.count("Fatal Error: "), 3, ended.stderr)

    def test_port_in_use(self):
        ended = self.run_binary("serve", "--host", "127.0.0.1", "--port", str(world.engine().port))
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr, "Fatal Error: .*(in use|%d)" % world.engine().port)

    def test_services(self):
        for words, message in ((["service"], "service needs a name"),
                               (["service", "bogus"], 'there is no service "bogus"'),
                               (["service", "postgres", "--listen", "127.0.0.1:99999"], "expected host:port"),
                               (["service", "planner", "--listen", "nowhere"], "expected host:port"),
                               (["service", "action", "--listen", "203.0.113.1:0"], "cannot listen on")):
            with self.subTest(words):
                ended = self.run_binary(*words)
                self.assertIn(ended.returncode, (1, 2))
                self.assertIn("Fatal Error: ", ended.stderr)
                self.assertIn(message, ended.stderr)

    def test_commands(self):
        for words in ([], ["bogus"]):
            ended = self.run_binary(*words)
            self.assertEqual(ended.returncode, 2)
            self.assertIn("usage: joinery", ended.stderr)
        self.assertEqual(self.run_binary("help").returncode, 0)
        self.assertIn("joinery ", self.run_binary("version").stdout)

    def test_a_mesh_ends_with_any_of_its_services(self):
        if world.shape != "mesh":
            self.skipTest("of a mesh")
        engine = world.new_engine()
        try:
            below = [p for p in processes(engine.process.pid) if p != engine.process.pid]
            os.kill(below[0], 9)
            self.assertEqual(engine.process.wait(40), 1)
            deadline = time.monotonic() + 5
            while any(os.path.exists("/proc/%d" % p) for p in below) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual([p for p in below if os.path.exists("/proc/%d" % p)], [])
        finally:
            engine.stop()
