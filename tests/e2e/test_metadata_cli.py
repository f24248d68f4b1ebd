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

    def address(self):
        return "http://127.0.0.1:%d" % self.engine.port

    def run_cli(self, *words, code=0, secret=SECRET):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HASURA_")}
        environment.update(HASURA_GRAPHQL_ENDPOINT=self.address(), HASURA_GRAPHQL_ADMIN_SECRET=secret)
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

    def edit(self, name, old, new):
        with open(self.path(name)) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.path(name), "w") as file:
            file.write(text.replace(old, new, 1))

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=self.folder,
                       check=True, capture_output=True)

    def add_clerk(self, columns):
        """A role that may see these columns of orders."""
        name = "metadata/databases/shop/tables/public_orders.yaml"
        with open(self.path(name)) as file:
            text = file.read().split("select_permissions:")[0]
        lines = ["select_permissions:", "  - role: clerk", "    permission:", "      columns:"]
        lines += ["        - " + column for column in columns] + ["      filter: {}", ""]
        with open(self.path(name), "w") as file:
            file.write(text + "\n".join(lines))

    def test_validates_without_sources(self):
        self.run_cli("export", "metadata")
        self.run_cli("validate", "metadata", code=3)
        self.run_cli("snapshot", "metadata")
        with open(self.path("metadata/snapshot.json")) as file:
            first = file.read()
        self.assertIn('{"name":"member_id","type":"int4"', first)
        self.assertNotIn("postgresql://", first)
        self.run_cli("snapshot", "metadata", "--snapshot", "again.json")
        with open(self.path("again.json")) as file:
            self.assertEqual(file.read(), first)
        # No database of that name is ever asked.
        url = world.postgres.url("shop")
        self.edit("metadata/databases/databases.yaml", url, url.replace("/shop", "/no_such_database"))
        report = json.loads(self.run_cli("validate", "metadata", "--output", "json"))
        self.assertEqual(report["errors"], 0, report)
        live = json.loads(self.run_cli("validate", "metadata", "--live", "--output", "json", code=1))
        found = [(f["object"], f["file"]) for f in live["findings"] if f["severity"] == "error"]
        self.assertIn(("source shop", "metadata/databases/databases.yaml"), found)

    def test_tells_all_mistakes_with_their_lines(self):
        self.run_cli("export", "metadata")
        self.run_cli("snapshot", "metadata")
        self.add_clerk(["id", "colour"])
        self.edit("metadata/inherited_roles.yaml", "[]", "- role_name: [x\n")
        with open(self.path("metadata/databases/shop/tables/public_customers.yaml"), "a") as file:
            file.write("is_emun: true\n")
        report = json.loads(self.run_cli("validate", "metadata", "--output", "json", code=1))
        found = {(os.path.basename(f["file"]), f["rule"]) for f in report["findings"]}
        self.assertEqual(found, {("public_orders.yaml", "inconsistent-object"),
                                 ("inherited_roles.yaml", "unreadable-file"),
                                 ("public_customers.yaml", "unknown-key")}, report)
        self.assertTrue(all(f["line"] > 0 for f in report["findings"]), report)
        self.run_cli("validate", "metadata", "--fail-on", "never")
        sarif = json.loads(self.run_cli("validate", "metadata", "--output", "sarif", code=1))
        self.assertEqual(len(sarif["runs"][0]["results"]), 3)
        self.assertIn("<failure", self.run_cli("validate", "metadata", "--output", "junit", code=1))

    def test_diff_of_revisions(self):
        self.run_cli("export", "metadata")
        self.run_cli("snapshot", "metadata")
        self.add_clerk(["id", "status", "total"])
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "one")
        self.assertIn("nothing changes", self.run_cli("diff", "HEAD:metadata", "metadata"))
        self.add_clerk(["id", "status", "placed"])
        report = json.loads(self.run_cli("diff", "HEAD:metadata", "metadata", "--output", "json", code=1))
        changes = {(f["rule"], f["object"]): f for f in report["findings"]}
        removed = changes["FIELD_REMOVED", "orders.total"]
        self.assertEqual((removed["severity"], removed["roles"]), ("breaking", ["clerk"]))
        self.assertEqual(os.path.basename(removed["file"]), "public_orders.yaml")
        self.assertEqual(changes["FIELD_ADDED", "orders.placed"]["severity"], "safe")
        self.assertEqual({role for f in report["findings"] for role in f["roles"]}, {"clerk"})
        self.run_cli("diff", "HEAD:metadata", "metadata", "--role", "admin", "--fail-on", "safe")
        self.run_cli("diff", "HEAD:nowhere", "metadata", code=3)

    def test_diff_against_a_server(self):
        engine = world.new_engine()
        try:
            self.engine = engine
            engine.replace_metadata(world.document())
            self.run_cli("export", "metadata")
            self.run_cli("snapshot", "metadata")
            self.assertIn("nothing changes", self.run_cli("diff", self.address(), "metadata"))
            self.add_clerk(["id"])
            report = json.loads(self.run_cli("diff", self.address(), "metadata", "--output", "json"))
            self.assertEqual([(f["rule"], f["roles"]) for f in report["findings"]],
                             [("ROLE_ADDED", ["clerk"])])
            self.run_cli("apply", "metadata")
            self.assertIn("nothing changes", self.run_cli("diff", self.address(), "metadata"))
            self.run_cli("diff", self.address(), self.address())
        finally:
            engine.stop()

    def test_codes(self):
        self.run_cli("apply", code=2)
        self.run_cli("admire", code=2)
        self.run_cli("reload", "--output", "xml", code=2)
        self.run_cli("apply", "nowhere", code=3)
        self.run_cli("reload", secret="wrong", code=3)
