"""/v1/graphql/explain: the plan with each fetch's statement, and with `analyze` what each did."""

import json

from harness import Case, world

QUERY = ("query ($n: Int!) { member(limit: $n, order_by: {id: asc}) { id customer { id person { name } } "
         "orders(limit: 1) { id } } }")


class Explain(Case):
    def explain(self, query, status=200, **more):
        body = {"query": {"query": query, "variables": more.pop("variables", {})}, **more}
        code, answer = self.engine.request("POST", "/v1/graphql/explain", body)
        self.assertEqual(code, status, answer)
        return json.loads(answer)

    def test_fetches(self):
        fetches = self.explain(QUERY, variables={"n": 10})[0]["fetches"]
        self.assertEqual([(f["kind"], f["source"], f.get("parents")) for f in fetches],
                         [("postgres", "library", None), ("postgres", "shop", [0]), ("remote_schema", "people", [1])])
        self.assertNotIn("analyze", fetches[0])
        self.assertEqual(world.people.requests, [], "nothing ran")

    def test_analyze(self):
        fetches = self.explain(QUERY, variables={"n": 10}, analyze=True)[0]["fetches"]
        did = [f["analyze"] for f in fetches]
        self.assertEqual([(d["ran"], d["keys"], d["rows"]) for d in did],
                         [(True, 0, 10), (True, 10, 20), (True, 10, 10)])
        self.assertTrue(all(d["bytes"] > 0 and d["took_us"] >= 0 for d in did), did)
        self.assertLessEqual(did[0]["began_us"] + did[0]["took_us"], did[1]["began_us"])
        self.assertEqual(len(world.people.requests), 1)

    def test_analyze_without_keys(self):
        fetches = self.explain(QUERY, variables={"n": 0}, analyze=True)[0]["fetches"]
        self.assertEqual([f["analyze"]["ran"] for f in fetches], [True, False, False])

    def test_analyze_of_one_fetch(self):
        entry = self.explain("{ member(limit: 3) { id } }", analyze=True)[0]
        self.assertEqual((entry["field"], entry["analyze"]["rows"]), ("member", 3))

    def test_analyze_as_a_role(self):
        query = "{ customers(order_by: {id: asc}) { id name } }"
        as_user = self.explain(query, analyze=True, user={"X-Hasura-Role": "user"})[0]
        self.assertEqual(as_user["analyze"]["rows"], 2, "the role's filter")
        self.assertEqual(self.explain(query, analyze=True)[0]["analyze"]["rows"], 1000)
        self.explain("{ customers { secret } }", status=400, analyze=True, user={"x-hasura-role": "user"})

    def test_mutations_do_not_run(self):
        self.explain("mutation { delete_lines(where: {}) { affected_rows } }", status=400, analyze=True)
        self.assertEqual(self.data("{ lines_aggregate { aggregate { count } } }")["lines_aggregate"]["aggregate"]["count"],
                         400)
