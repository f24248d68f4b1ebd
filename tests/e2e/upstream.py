"""Scriptable upstreams: two GraphQL services and one action handler, each on a port of its own."""

import json
import random
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from graphql_mini import GraphQLError, Schema

PEOPLE_SDL = """
type Query {
  person(id: Int!): Person
  people(first: Int = 3): [Person!]!
  solid(id: Int!): Solid
  tag(name: String!): String
}
type Person { id: Int! name: String title(prefix: String = "Mx"): String member_id: Int customer_id: Int token: String friends: [Person!]! }
type Solid { id: Int! must: String! }
"""

THINGS_SDL = """
type Query { thing(id: ID!): Thing  named(id: ID!): Named  all_named: [Named!]! }
union Thing = Cat | Dog
interface Named { name: String! }
type Cat implements Named { name: String! lives: Int! member_id: Int }
type Dog implements Named { name: String! tricks: [String!]! member_id: Int }
"""


def _thing(i):
    if i % 2:
        return {"__typename": "Cat", "name": "cat %d" % i, "lives": 9, "member_id": i}
    return {"__typename": "Dog", "name": "dog %d" % i, "tricks": ["sit"], "member_id": i}


class Service:
    """One HTTP server. `reset()` between tests. What a test may set:
    fail_ids {id: message}; delay seconds; hold seconds, which ends with a caller that
    hangs up and counts as `abandoned`; raw (status, bytes) with raw_headers; edit (a function of the response dict)."""

    def __init__(self):
        self.port = None
        self.server = None
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        with self.lock:
            self.requests, self.calls = [], []
            self.fail_ids, self.missing_ids, self.delay, self.raw, self.edit = {}, set(), 0, None, None
            self.raw_headers = {}
            self.hold, self.abandoned = 0, 0

    def start(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def caller_leaves(self, seconds):
                # A caller that waits sends nothing: readable means hung up.
                return bool(select.select([self.connection], [], [], seconds)[0])

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if service.server is None:
                    self.close_connection = True
                    return
                status, answer = service.answer(body, dict(self.headers))
                if service.hold and b"__schema" not in body and self.caller_leaves(service.hold):
                    with service.lock:
                        service.abandoned += 1
                    self.close_connection = True
                    return
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    if service.raw:
                        for name, value in service.raw_headers.items():
                            self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", self.port or 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()

    @property
    def url(self):
        return "http://127.0.0.1:%d/" % self.port

    def answer(self, body, headers):
        try:
            request = json.loads(body)
        except ValueError:
            return 400, b'{"errors":[{"message":"not JSON"}]}'
        introspection = "__schema" in str(request.get("query"))
        if not introspection:
            with self.lock:
                self.requests.append({"body": request, "headers": headers})
            if self.delay:
                time.sleep(self.delay)
            if self.raw:
                return self.raw
        status, response = self.respond(request)
        if self.edit and not introspection:
            response = self.edit(response)
        return status, json.dumps(response).encode()


class GraphQLService(Service):
    def __init__(self, sdl):
        super().__init__()
        self.schema = Schema(sdl, self.resolve)

    def respond(self, request):
        return 200, self.schema.execute(request["query"], request.get("variables") or {})

    def resolve(self, type_name, field, parent, arguments):
        if type_name in ("Query", "Mutation"):
            with self.lock:
                self.calls.append((field, arguments))
            key = arguments.get("id")
            if key in self.missing_ids:
                return None
            return self.root(field, arguments)
        key = parent.get("id")
        if field in ("name", "must") and key in self.fail_ids:
            raise GraphQLError(self.fail_ids[key])
        if field == "title":
            return "%s person %d" % (arguments.get("prefix"), key)
        if field == "friends":
            return [person(key + 1), person(key + 2)]
        return parent.get(field)

    def asked(self, field, argument="id"):
        """The keys that `field` was asked for, in order of arrival."""
        with self.lock:
            return [a.get(argument) for f, a in self.calls if f == field]


def person(i):
    return {"id": i, "name": "person %d" % i, "member_id": i if i % 7 else None, "customer_id": i,
            "token": "t%d" % i}


class People(GraphQLService):
    def __init__(self):
        super().__init__(PEOPLE_SDL)

    def root(self, field, arguments):
        if field == "people":
            return [person(i) for i in range(1, arguments["first"] + 1)]
        if field == "tag":
            return "tag:" + arguments["name"]
        if field == "solid":
            return {"id": arguments["id"], "must": "must %d" % arguments["id"]}
        return person(arguments["id"])


class Things(GraphQLService):
    def __init__(self):
        super().__init__(THINGS_SDL)

    def root(self, field, arguments):
        if field == "all_named":
            return [_thing(i) for i in range(1, 5)]
        return _thing(int(arguments["id"]))


class Actions(Service):
    """`pick(count)`: a list of {customer_id, note}; every fifth customer_id is null from `nulls` on."""

    def respond(self, request):
        given = request["input"]
        out = []
        for i in range(1, given["count"] + 1):
            out.append({"customer_id": None if given.get("nulls") and i % 5 == 0 else i, "note": "n%d" % i})
        return 200, out


def free_port():
    """A port below those that outgoing connections take, so that none of them takes it before it is used."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
