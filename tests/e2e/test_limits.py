"""Hostile documents and requests, over every transport: refused, cheap, and nothing else suffers."""

import gzip
import http.client
import json
import subprocess

from harness import SECRET, Case, world
from websocket_mini import WebSocket


def nested(levels):
    return "{ member(limit: 1) " + "{ customer { member " * (levels // 2) + "{ id }" + " } }" * (levels // 2) + " }"


def fan_out(levels):
    """2^levels fields, from a document of `levels` short fragments."""
    out = ["{ member(limit: 1) { ...f0 } }"]
    for i in range(levels):
        out.append("fragment f%d on member { a: customer { member { ...f%d } } b: customer { member { ...f%d } } }"
                   % (i, i + 1, i + 1))
    return " ".join(out + ["fragment f%d on member { id }" % levels])


HOSTILE = {
    "tokens": "{ member { " + "id " * 250_000 + "} }",
    "depth": nested(1000),
    "depth_of_a_value": "{ member(where: " + "{_not: " * 1000 + "{}" + "}" * 1000 + ") { id } }",
    "depth_of_a_list": "{ member(order_by: " + "[" * 100_000 + "]" * 100_000 + ") { id } }",
    "aliases": "{ " + " ".join("a%d: member(limit: 1) { id }" % i for i in range(60_000)) + " }",
    "fragment_cycle": "{ member { ...a } } fragment a on member { ...b } fragment b on member { ...a }",
    "fragment_cycle_below_fields": "{ member { ...a } } fragment a on member { customer { member { ...a } } }",
    "fan_out": fan_out(60),
    "fan_out_of_spreads": "{ member { ...f0 } } " + " ".join(
        "fragment f%d on member { ...f%d ...f%d }" % (i, i + 1, i + 1) for i in range(60)) +
        " fragment f60 on member { nothing }",
    "unknown_fields": "{ " + " ".join("x%d" % i for i in range(20_000)) + " }",
    "unclosed": "{" * 150_000,
    "no_document": "\x00\x01",
}


class Documents(Case):
    """Each is refused with an error and reaches no source; the engine goes on serving."""

    def refused(self, name, answer):
        self.assertEqual(list(answer), ["errors"], name)
        self.assertIn(answer["errors"][0]["extensions"]["code"],
                      ("validation-failed", "parse-failed", "invalid-json", "not-supported"), name)
        # A complaint stays short, whatever it complains of.
        self.assertLess(len(json.dumps(answer)), 10_000, name)

    def setUp(self):
        super().setUp()
        self.data("{ member(limit: 1) { id } }")
        world.postgres.reset_statements()

    def tearDown(self):
        self.assertEqual(world.postgres.statements(), {})
        self.assertEqual(len(self.data("{ member(limit: 2) { id customer { id } } }")["member"]), 2)

    def test_http1(self):
        for name, query in HOSTILE.items():
            with self.subTest(name):
                self.refused(name, self.engine.graphql(query))

    def test_http2(self):
        for name, query in HOSTILE.items():
            with self.subTest(name):
                done = subprocess.run(
                    ["curl", "-s", "--http2-prior-knowledge", "-m", "30", "-H", "x-hasura-admin-secret: " + SECRET,
                     "-H", "content-type: application/json", "--data-binary", "@-", "-w", "\n%{http_version}",
                     "http://127.0.0.1:%d/v1/graphql" % self.engine.port],
                    input=json.dumps({"query": query}).encode(), capture_output=True)
                body, version = done.stdout.rsplit(b"\n", 1)
                self.assertEqual(version, b"2")
                self.refused(name, json.loads(body))

    def test_batch(self):
        for name, query in HOSTILE.items():
            with self.subTest(name):
                status, body = self.engine.request("POST", "/v1/graphql",
                                                   [{"query": query}, {"query": "{ __typename }"}])
                self.assertEqual(status, 200)
                first, second = json.loads(body)
                self.refused(name, first)
                self.assertEqual(second, {"data": {"__typename": "query_root"}})

    def test_websocket(self):
        client = WebSocket(self.engine.port, "graphql-transport-ws")
        self.addCleanup(client.close)
        client.send(type="connection_init", payload={"headers": {"x-hasura-admin-secret": SECRET}})
        self.assertEqual(client.receive()["type"], "connection_ack")
        for name, query in HOSTILE.items():
            with self.subTest(name):
                client.send(type="subscribe", id=name, payload={"query": query})
                answer = client.receive()
                self.assertEqual((answer["type"], answer["id"]), ("error", name))
                self.refused(name, {"errors": answer["payload"]})


class Requests(Case):
    def tearDown(self):
        self.assertEqual(len(self.data("{ member(limit: 2) { id } }")["member"]), 2)

    def raw(self, body, **headers):
        connection = self.engine.connect()
        try:
            connection.request("POST", "/v1/graphql", body, {
                "Content-Type": "application/json", "x-hasura-admin-secret": SECRET,
                **{k.replace("_", "-"): v for k, v in headers.items()}})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def test_body_that_is_too_large(self):
        connection = self.engine.connect()
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/v1/graphql")
        connection.putheader("Content-Length", str(1 << 40))
        connection.endheaders()
        # Refused by its length alone: not a byte of it is sent.
        self.assertEqual(connection.getresponse().status, 413)

    def test_chunks_that_become_too_large(self):
        connection = self.engine.connect()
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/v1/graphql")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        try:
            for _ in range(200):
                connection.send(piece)
            self.assertEqual(connection.getresponse().status, 413)
        except ConnectionError:
            pass  # It has said no and hung up, before all was sent or while we asked.

    def test_compressed_bodies_are_not_unpacked(self):
        bomb = gzip.compress(b" " * (64 << 20))
        status, body = self.raw(bomb, Content_Encoding="gzip")
        self.assertIn(status, (200, 400, 415))
        self.assertIn("errors", json.loads(body))

    def test_batch_that_is_too_long(self):
        status, body = self.engine.request("POST", "/v1/graphql", [{"query": "{ __typename }"}] * 1001)
        self.assertIn(b"error", body)
        self.assertLess(len(body), 1000)

    def test_deep_json(self):
        for text in ("[" * 100_000, '{"query": "{ __typename }", "variables": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}"):
            status, body = self.raw(text)
            self.assertIn("errors", json.loads(body))

    def test_head_that_is_too_large(self):
        self.assertEqual(self.raw("{}", X_Long="a" * 100_000)[0], 431)

    def test_websocket_message_that_is_too_large(self):
        client = WebSocket(self.engine.port, "graphql-transport-ws")
        self.addCleanup(client.close)
        client.send(type="connection_init", payload={"headers": {"x-hasura-admin-secret": SECRET}})
        self.assertEqual(client.receive()["type"], "connection_ack")
        try:
            client.send_frame(1, b" " * (33 << 20))
        except OSError:
            pass
        self.assertIsNone(client.receive())
        self.assertEqual(client.close_code, 1009)


class Sizes(Case):
    """Rows and bytes of an answer, counted while it is read."""

    ROWS, BYTES = 1_999, 600_000

    def setUp(self):
        super().setUp()
        self.engine = world.engine(JOINERY_MAX_ROWS=str(self.ROWS), JOINERY_MAX_ANSWER_BYTES=str(self.BYTES))

    def tearDown(self):
        self.assertEqual(len(self.data("{ big(limit: %d) { id } }" % self.ROWS)["big"]), self.ROWS)
        self.assertEqual(world.postgres.active("big"), 0)

    def refused(self, query, code, path):
        _, errors = self.failing(query)
        self.assertEqual(errors[0]["extensions"]["code"], code)
        self.assertEqual(errors[0]["extensions"]["path"], path)

    def test_rows(self):
        self.refused("{ many: big(limit: %d) { id } }" % (self.ROWS + 1), "row-limit-exceeded",
                     "$.selectionSet.big")

    def test_rows_of_a_list_beside_others(self):
        self.refused("{ member(limit: 1) { id } big { id } }", "row-limit-exceeded", "$.selectionSet.big")

    def test_rows_of_a_join(self):
        data, errors = self.failing("{ member { id orders { id } } }")
        self.assertIsNone(data, "a list that may not be null")
        self.assertEqual(errors[0]["extensions"]["code"], "row-limit-exceeded")
        self.assertEqual(errors[0]["path"], ["member", 0, "orders"])

    def test_bytes(self):
        payloads = " ".join("p%d: payload" % i for i in range(10))
        # Alone it would be a download, whose beginning has left by then.
        self.refused("{ member(limit: 1) { id } big(limit: %d) { %s } }" % (self.ROWS, payloads),
                     "size-limit-exceeded", "$")

    def test_rows_of_a_download(self):
        body = json.dumps({"query": "{ big { id a: payload b: payload c: payload d: payload e: payload } }"})
        connection = self.engine.connect()
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/graphql", body, {"x-hasura-admin-secret": SECRET})
        answer = connection.getresponse()
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            answer.read()


class Answers(Case):
    def test_compressed_answer_of_an_upstream_that_unpacks_to_too_much(self):
        bomb = gzip.compress(b'{"data":{"pad":"' + b" " * (80 << 20) + b'"}}')
        self.assertLess(len(bomb), 1 << 20)
        world.people.raw = (200, bomb)
        world.people.raw_headers = {"Content-Encoding": "gzip"}
        data, errors = self.failing("{ member(where: {id: {_eq: 1}}) { id person { name } } }")
        self.assertEqual(data, {"member": [{"id": 1, "person": None}]})
        self.assertEqual(errors[0]["path"], ["member", 0, "person"])


