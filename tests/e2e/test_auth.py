"""Who asks: tokens and the hook, from outside."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import unittest

from harness import world

KEY = "0123456789abcdef0123456789abcdef"
NAMESPACE = "https://hasura.io/jwt/claims"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(claims, key=KEY, algorithm="HS256", **registered):
    body = dict(registered)
    body[NAMESPACE] = claims
    head = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    signed = head + b"." + encoded(json.dumps(body).encode())
    return (signed + b"." + encoded(hmac.new(key.encode(), signed, hashlib.sha256).digest())).decode()


CLAIMS = {"x-hasura-allowed-roles": ["user"], "x-hasura-default-role": "user"}


class AuthCase(unittest.TestCase):
    def shortDescription(self):
        return None

    def ask(self, engine, query="{ member(limit: 1) { name } }", **headers):
        sent = {"x-hasura-admin-secret": ""}
        sent.update(headers)
        status, answer = engine.request("POST", "/v1/graphql", {"query": query}, **sent)
        self.assertEqual(status, 200)
        return json.loads(answer)

    def code(self, answer):
        self.assertIn("errors", answer, answer)
        return answer["errors"][0]["extensions"]["code"]


class Tokens(AuthCase):
    def setUp(self):
        self.engine = world.engine(HASURA_GRAPHQL_JWT_SECRET=json.dumps({"type": "HS256", "key": KEY}))

    def bearer(self, *arguments, **keywords):
        return {"Authorization": "Bearer " + token(*arguments, **keywords)}

    def test_role_of_the_token(self):
        self.assertEqual(self.ask(self.engine, **self.bearer(CLAIMS)), {"data": {"member": [{"name": "member 1"}]}})
        denied = self.ask(self.engine, "{ member { id } }", **self.bearer(CLAIMS))
        self.assertEqual(self.code(denied), "validation-failed")

    def test_refused(self):
        cases = {
            "invalid-jwt": [self.bearer(CLAIMS, key="x" * 32), self.bearer(CLAIMS, exp=time.time() - 5),
                            self.bearer(CLAIMS, nbf=time.time() + 60), self.bearer(CLAIMS, algorithm="none"),
                            self.bearer(CLAIMS, algorithm="HS512"), {"Authorization": "Bearer a.b.c"}],
            "invalid-headers": [{}, {"Authorization": "Basic x"}],
            "jwt-missing-role-claims": [self.bearer({})],
            "access-denied": [dict(self.bearer(CLAIMS), **{"x-hasura-role": "admin"})],
        }
        for code, requests in cases.items():
            for headers in requests:
                with self.subTest(code=code, headers=headers):
                    self.assertEqual(self.code(self.ask(self.engine, **headers)), code)

    def test_headers_of_the_request_add_nothing(self):
        headers = dict(self.bearer(dict(CLAIMS, **{"x-hasura-user-id": "1"})), **{"x-hasura-user-id": "2"})
        self.assertIn("data", self.ask(self.engine, **headers))


class Hook(AuthCase):
    def setUp(self):
        outer = self
        self.answer, self.seen = (200, {"X-Hasura-Role": "user"}), []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.seen.append({k.lower(): v for k, v in self.headers.items()})
                status, body = outer.answer
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.engine = world.new_engine(
            world.document(), HASURA_GRAPHQL_AUTH_HOOK="http://127.0.0.1:%d/" % self.server.server_port)
        self.addCleanup(self.engine.stop)

    def test_asks_the_hook(self):
        self.engine.await_field("{ member(limit: 1) { id } }")
        self.assertEqual(self.ask(self.engine, Authorization="Bearer t"),
                         {"data": {"member": [{"name": "member 1"}]}})
        self.assertEqual(self.seen[-1]["authorization"], "Bearer t")
        self.answer = (401, {})
        self.assertEqual(self.code(self.ask(self.engine)), "access-denied")
        self.answer = (200, {"x-hasura-user-id": "1"})
        self.assertEqual(self.code(self.ask(self.engine)), "invalid-params")
        self.answer = (500, {})
        self.assertEqual(self.code(self.ask(self.engine)), "unexpected")
