"""`joinery metadata`: the verbs that talk to a server, on a folder of their own."""

import filecmp
import json
import os
import shutil
import subprocess
import tempfile

from harness import SECRET, Case, world


class MetadataCli(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="joinery-cli.")

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *steps):
        return os.path.join(self.folder, *steps)

    def run_cli(self, *words, code=0, secret=SECRET):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HASURA_")}
        environment.update(HASURA_GRAPHQL_ENDPOINT="http://127.0.0.1:%d" % self.engine.port,
                           HASURA_GRAPHQL_ADMIN_SECRET=secret)
        done = subprocess.run([world.binary, "metadata", *words], env=environment, cwd=self.folder,
                              text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def files(self, folder):
        return sorted(os.path.relpath(os.path.join(at, name), folder)
                      for at, _, names in os.walk(folder) for name in names)

    def test_a_folder_goes_round(self):
        self.run_cli("export", "one")
        self.run_cli("apply", "one")
        self.run_cli("export", "two")
        files = self.files(self.path("one"))
        self.assertIn("databases/shop/tables/public_orders.yaml", files)
        self.assertIn("actions.graphql", files)
        self.assertEqual(files, self.files(self.path("two")))
        same, different, missing = filecmp.cmpfiles(self.path("one"), self.path("two"), files, False)
        self.assertEqual((len(same), different, missing), (len(files), [], []))
        # Nothing to say twice, and comments stay.
        with open(self.path("two", "inherited_roles.yaml"), "a") as file:
            file.write("# kept\n")
        report = json.loads(self.run_cli("export", "two", "--output", "json"))
        self.assertEqual(report["findings"], [])
        with open(self.path("two", "inherited_roles.yaml")) as file:
            self.assertIn("# kept", file.read())

    def test_a_refusal_names_the_line(self):
        self.run_cli("export", "metadata")
        name = "metadata/databases/shop/tables/public_orders.yaml"
        with open(self.path(name)) as file:
            lines = file.read().splitlines()
        lines += ["select_permissions:", "  - role: clerk", "    permission:", "      columns:",
                  "        - id", "        - colour", "      filter: {}"]
        with open(self.path(name), "w") as file:
            file.write("\n".join(lines) + "\n")
        report = json.loads(self.run_cli("apply", "metadata", "--output", "json", code=1))
        self.assertEqual(len(report["findings"]), 1, report)
        finding = report["findings"][0]
        self.assertEqual((finding["file"], finding["line"], finding["column"]), (name, len(lines) - 1, 11))
        self.assertIn("colour", finding["message"])
        self.assertEqual(json.loads(self.run_cli("inconsistent", "--output", "json"))["errors"], 0)

    def test_what_the_server_leaves_out(self):
        engine = world.new_engine()
        try:
            self.engine = engine
            engine.replace_metadata(world.document())
            self.run_cli("export", "metadata")
            with open(self.path("metadata/databases/shop/tables/tables.yaml"), "a") as file:
                file.write('- "!include public_nothing.yaml"\n')
            with open(self.path("metadata/databases/shop/tables/public_nothing.yaml"), "w") as file:
                file.write("table:\n  name: nothing\n  schema: public\n")
            self.run_cli("apply", "metadata", code=1)
            self.run_cli("apply", "metadata", "--allow-inconsistent")
            self.assertIn("nothing", self.run_cli("inconsistent", code=1))
            self.assertIn("1 inconsistent object", self.run_cli("reload", code=1))
            world.postgres.psql("shop", "create table nothing (id int primary key)")
            self.assertIn("all objects are consistent", self.run_cli("reload"))
        finally:
            world.postgres.psql("shop", "drop table if exists nothing")
            engine.stop()

    def test_codes(self):
        self.run_cli("apply", code=2)
        self.run_cli("admire", code=2)
        self.run_cli("reload", "--output", "xml", code=2)
        self.run_cli("apply", "nowhere", code=3)
        self.run_cli("reload", secret="wrong", code=3)
