"""GraphQL over HTTP: what the specification's audits ask, answered the way Hasura does where the two differ
(status 200 for every error of /v1/graphql, no GET)."""

import gzip
import json

from harness import SECRET, Case

JSON = "application/json; charset=utf-8"


class Audits(Case):
    def send(self, body, method="POST", path="/v1/graphql", **headers):
        connection = self.engine.connect()
        self.addCleanup(connection.close)
        sent = {"x-hasura-admin-secret": SECRET, "content-type": "application/json"}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        connection.request(method, path, body if isinstance(body, (bytes, str, type(None))) else json.dumps(body), sent)
        answer = connection.getresponse()
        return answer, answer.read()

    def error(self, body, **headers):
        answer, text = self.send(body, **headers)
        self.assertEqual((answer.status, answer.getheader("content-type")), (200, JSON))
        self.assertEqual(list(json.loads(text)), ["errors"])
        return json.loads(text)["errors"][0]

    def test_accepts(self):
        for accept in (None, "*/*", "application/json", "application/*", "application/graphql-response+json, */*"):
            with self.subTest(accept):
                answer, text = self.send({"query": "{ __typename }"}, **({"accept": accept} if accept else {}))
                self.assertEqual((answer.status, json.loads(text)), (200, {"data": {"__typename": "query_root"}}))

    def test_utf8_goes_both_ways(self):
        body = json.dumps({"query": 'query { odd(where: {k_text: {_eq: "Grüße, 世界 \\"q\\""}}, limit: 1) { k_text } }'},
                          ensure_ascii=False).encode()
        _, text = self.send(body)
        self.assertEqual(json.loads(text), {"data": {"odd": [{"k_text": 'Grüße, 世界 "q"'}]}})

    def test_parameters_of_the_body(self):
        good = {"query": "query A($n: Int) { member(limit: $n) { id } } query B { __typename }"}
        for more, expected in (({"operationName": "B"}, {"__typename": "query_root"}),
                               ({"operationName": "A", "variables": {"n": 0}}, {"member": []}),
                               ({"operationName": "B", "variables": None}, {"__typename": "query_root"}),
                               ({"operationName": "B", "variables": {}, "extensions": {"a": 1}},
                                {"__typename": "query_root"})):
            with self.subTest(more):
                _, text = self.send(dict(good, **more))
                self.assertEqual(json.loads(text), {"data": expected})

    def test_bodies_that_are_refused(self):
        for body, code in ((b"", "invalid-json"), (b"{", "invalid-json"), (b"\xff\xfe{}", "invalid-json"),
                           (b"7", "parse-failed"), (b'"{ __typename }"', "parse-failed"), ({}, "parse-failed"),
                           ({"query": None}, "parse-failed"), ({"query": 7}, "parse-failed"),
                           ({"query": ["{ a }"]}, "parse-failed"), ({"query": "{ __typename }", "variables": 7}, "parse-failed"),
                           ({"query": "{ __typename }", "variables": "{}"}, "parse-failed"),
                           ({"query": "{ __typename }", "operationName": 7}, "parse-failed"),
                           ({"query": ""}, "validation-failed"), ({"query": "{"}, "validation-failed"),
                           ({"query": "{ nothing }"}, "validation-failed"),
                           ({"query": "query A { __typename } query B { __typename }"}, "validation-failed"),
                           ({"query": "query A { __typename }", "operationName": "C"}, "validation-failed"),
                           ({"query": "query ($n: Int!) { member(limit: $n) { id } }"}, "validation-failed"),
                           ({"query": "query ($n: Int!) { member(limit: $n) { id } }", "variables": {"n": "x"}},
                            "validation-failed"),
                           ({"query": "subscription { member { id } }"}, "unexpected-payload")):
            with self.subTest(body):
                self.assertEqual(self.error(body)["extensions"]["code"], code)

    def test_other_methods_are_not_served(self):
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            with self.subTest(method):
                answer, _ = self.send(None, method=method, path="/v1/graphql?query=%7B__typename%7D")
                self.assertEqual(answer.status, 404)

    def test_a_mutation_by_get_changes_nothing(self):
        self.send(None, method="GET", path="/v1/graphql?query=mutation%7Bdelete_member(where:%7B%7D)%7Baffected_rows%7D%7D")
        self.assertEqual(len(self.data("{ member(limit: 2) { id } }")["member"]), 2)

    def test_request_ids(self):
        self.assertEqual(self.send({"query": "{ __typename }"}, x_request_id="mine")[0].getheader("x-request-id"), "mine")
        fresh = {self.send({"query": "{ __typename }"})[0].getheader("x-request-id") for _ in range(2)}
        self.assertEqual(len(fresh), 2)

    def test_gzip(self):
        answer, text = self.send({"query": "{ member(limit: 50) { id name } }"}, accept_encoding="gzip")
        self.assertEqual(answer.getheader("content-encoding"), "gzip")
        self.assertIn("accept-encoding", answer.getheader("vary").lower())
        self.assertEqual(len(json.loads(gzip.decompress(text))["data"]["member"]), 50)
        answer, text = self.send({"query": "{ __typename }"}, accept_encoding="gzip;q=0, br")
        self.assertIsNone(answer.getheader("content-encoding"))

    def test_batches_keep_their_order(self):
        _, text = self.send([{"query": "{ a: __typename }"}, {"query": "{ nothing }"}, {"query": "{ c: __typename }"}])
        answers = json.loads(text)
        self.assertEqual([list(a) for a in answers], [["data"], ["errors"], ["data"]])
        self.assertEqual(json.loads(self.send([])[1]), [])

    def test_one_connection_serves_many(self):
        connection = self.engine.connect()
        self.addCleanup(connection.close)
        for n in range(1, 20):
            status, text = self.engine.request("POST", "/v1/graphql", {
                "query": "query ($n: Int!) { member(where: {id: {_eq: $n}}) { id } }", "variables": {"n": n}},
                connection=connection)
            self.assertEqual((status, json.loads(text)), (200, {"data": {"member": [{"id": n}]}}))
