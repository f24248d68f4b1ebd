"""GraphQL over WebSocket: both subprotocols, live queries, and what they cost."""

import time

from harness import SECRET, Case, world
from websocket_mini import WebSocket

MODERN, LEGACY = "graphql-transport-ws", "graphql-ws"
INIT = {"headers": {"x-hasura-admin-secret": SECRET}}


class Socket(Case):
    def open(self, protocol=MODERN, payload=INIT, engine=None):
        client = WebSocket((engine or self.engine).port, protocol)
        self.addCleanup(client.close)
        self.assertEqual(client.status, 101)
        client.send(type="connection_init", payload=payload)
        return client

    def opened(self, protocol=MODERN, engine=None):
        client = self.open(protocol, engine=engine)
        self.assertEqual(client.receive()["type"], "connection_ack")
        return client

    def start(self, client, name, query, variables=None, protocol=MODERN):
        client.send(type="subscribe" if protocol == MODERN else "start", id=name,
                    payload={"query": query, "variables": variables or {}})


class Operations(Socket):
    def test_query(self):
        for protocol, data in ((MODERN, "next"), (LEGACY, "data")):
            with self.subTest(protocol=protocol):
                client = self.opened(protocol)
                self.start(client, "1", "{ member(where: {id: {_eq: 1}}) { id customer { id } } }", protocol=protocol)
                self.assertEqual(client.receive(), {"type": data, "id": "1", "payload": {
                    "data": {"member": [{"id": 1, "customer": {"id": 1}}]}}})
                self.assertEqual(client.receive(), {"type": "complete", "id": "1"})

    def test_validation_error(self):
        client = self.opened()
        self.start(client, "1", "{ nothing }")
        answer = client.receive()
        self.assertEqual((answer["type"], answer["id"]), ("error", "1"))
        self.assertEqual(answer["payload"][0]["extensions"]["code"], "validation-failed")

    def test_wrong_secret(self):
        client = self.open(payload={"headers": {"x-hasura-admin-secret": "wrong"}})
        self.assertIsNone(client.receive())
        self.assertEqual(client.close_code, 4403)

    def test_start_before_init(self):
        client = WebSocket(self.engine.port, MODERN)
        self.addCleanup(client.close)
        self.start(client, "1", "{ __typename }")
        self.assertIsNone(client.receive())
        self.assertEqual(client.close_code, 4401)

    def test_one_id_twice(self):
        client = self.opened()
        for _ in range(2):
            self.start(client, "1", "subscription { member(limit: 1) { id } }")
        while client.receive() is not None:
            pass
        self.assertEqual(client.close_code, 4409)

    def test_large_and_fragmented_message(self):
        client = self.opened()
        text = ('{"type":"subscribe","id":"1","payload":{"query":"{ member(limit: 1) { id } } #%s"}}'
                % ("x" * 100_000)).encode()
        client.send_frame(1, text[:50_000], final=False)
        client.send_frame(0, text[50_000:])
        self.assertEqual(client.receive()["payload"], {"data": {"member": [{"id": 1}]}})

    def test_unmasked_frame_ends_the_connection(self):
        client = self.opened()
        client.socket.sendall(b"\x81\x02{}")
        self.assertIsNone(client.receive())
        self.assertEqual(len(self.data("{ member(limit: 1) { id } }")["member"]), 1)


class LiveQueries(Socket):
    QUERY = "subscription ($id: Int!) { loan(where: {member_id: {_eq: $id}}) { title member { name } } }"

    def setUp(self):
        super().setUp()
        self.live = world.engine(HASURA_GRAPHQL_LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL="200")
        world.postgres.psql("library", "delete from loan where id >= 9000")
        self.addCleanup(world.postgres.psql, "library", "delete from loan where id >= 9000")

    def write(self, number, member, title):
        world.postgres.psql("library", "insert into loan values (%d, %d, '%s')" % (number, member, title))

    def test_tells_changes_only(self):
        client = self.opened(engine=self.live)
        self.start(client, "1", self.QUERY, {"id": 901})
        self.assertEqual(client.receive()["payload"], {"data": {"loan": []}})
        time.sleep(0.7)
        self.write(9001, 901, "first")
        self.assertEqual(client.receive()["payload"],
                         {"data": {"loan": [{"title": "first", "member": {"name": "member 901"}}]}})
        client.send(type="complete", id="1")
        self.write(9002, 901, "second")
        client.socket.settimeout(0.8)
        with self.assertRaises(TimeoutError):
            client.receive()

    def test_many_subscribers_are_one_statement(self):
        clients = [self.opened(engine=self.live) for _ in range(20)]
        for client in clients:
            self.start(client, "1", self.QUERY, {"id": 902})
        for client in clients:
            self.assertEqual(client.receive()["payload"], {"data": {"loan": []}})
        world.postgres.reset_statements()
        time.sleep(1.1)
        ran = world.postgres.statements().get("library", 0)
        self.assertGreaterEqual(ran, 2)
        self.assertLessEqual(ran, 2 * 7, "one statement per interval and event loop at most")
        self.write(9003, 902, "new")
        for client in clients:
            self.assertEqual(len(client.receive()["payload"]["data"]["loan"]), 1)

    def test_ends_with_its_connection(self):
        client = self.opened(engine=self.live)
        self.start(client, "1", self.QUERY, {"id": 903})
        client.receive()
        client.close()
        time.sleep(0.6)
        world.postgres.reset_statements()
        time.sleep(0.7)
        self.assertEqual(world.postgres.statements(), {})

    def test_follows_metadata(self):
        client = self.opened(engine=self.live)
        self.start(client, "1", self.QUERY, {"id": 904})
        client.receive()
        status, told = self.live.request("POST", "/v1/metadata", {"type": "pg_untrack_table", "args": {
            "source": "library", "table": "loan", "cascade": True}}, **{"x-hasura-admin-secret": SECRET})
        self.addCleanup(self.live.replace_metadata, world.document())
        self.assertEqual(status, 200, told)
        answer = client.receive()
        self.assertEqual((answer["type"], answer["payload"][0]["extensions"]["code"]),
                         ("error", "validation-failed"))
