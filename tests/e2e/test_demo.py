"""The demo shows what it promises, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import unittest

from harness import processes, world

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "demo")


@unittest.skipUnless(shutil.which("node") and shutil.which("npm"), "needs Node.js and npm")
class Demo(unittest.TestCase):
    def setUp(self):
        if world.shape != "mesh":
            self.skipTest("the demo is a mesh")

    def start(self, *flags):
        return subprocess.Popen([DEMO, world.binary, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                text=True, start_new_session=True)

    def assert_gone(self, pids):
        self.assertEqual([p for p in pids if os.path.exists("/proc/%d" % p)], [])

    def test_once(self):
        demo = self.start("--once")
        printed, below = [], set()
        for line in demo.stdout:
            printed.append(line)
            below.update(processes(demo.pid))
        self.assertEqual(demo.wait(60), 0, "".join(printed))
        text = "".join(printed)
        for part in ("== the query", "== the answer: ", " rows in ", "== the plan", "postgres shop", "postgres crm",
                     "remote_schema logistics", "action quote_order", "== upstream requests: "):
            self.assertIn(part, text)
        self.assertGreater(len(below), 7, "the demo runs a database, services and a mesh")
        self.assert_gone(below)

    def test_until_interrupted(self):
        demo = self.start()
        for line in demo.stdout:
            if "Ctrl-C ends it" in line:
                break
        below = processes(demo.pid)
        self.assertGreater(len(below), 7)
        os.kill(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(60), 0)
        demo.stdout.close()
        self.assert_gone(below)
