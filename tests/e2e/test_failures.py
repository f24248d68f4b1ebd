"""Sources that fail: the rest of the answer stays, and the error says where."""

import json
import time

from harness import Case, world

QUERY = "{ member(where: {id: {_lte: 3}}, order_by: {id: asc}) { id customer { name } person { id name } } }"


def rows(*people):
    return {"member": [{"id": i + 1, "customer": {"name": "customer %d" % (i + 1)}, "person": p}
                       for i, p in enumerate(people)]}


def whole(i):
    return {"id": i, "name": "person %d" % i}


class PartialResults(Case):
    def check_all_null(self, errors=None):
        data, errors = self.failing(QUERY)
        self.assertEqual(data, rows(None, None, None))
        # One per failing fetch, not per row beyond the first ten.
        self.assertTrue(1 <= len(errors) <= 3, errors)
        self.assertEqual(errors[0]["path"], ["member", 0, "person"])
        for error in errors:
            self.assertEqual(error["extensions"].get("source"), "people")
        return errors

    def test_failing_rows_leave_the_siblings(self):
        # Member 2 divides by zero; customers are asked for in the same statement.
        query = ("{ member(where: {id: {_in: [1, 2]}}, order_by: {id: asc}) { id fragile { ratio } customer { name } "
                 "again: fragile { id ratio } orders(limit: 1, order_by: {id: asc}) { id person { id } } } }")
        data, errors = self.failing(query)
        self.assertEqual(data["member"], [
            {"id": 1, "fragile": None, "customer": {"name": "customer 1"}, "again": None,
             "orders": [{"id": 1, "person": {"id": 1}}]},
            {"id": 2, "fragile": None, "customer": {"name": "customer 2"}, "again": None,
             "orders": [{"id": 3, "person": {"id": 2}}]}])
        self.assertEqual([e["path"] for e in errors], [["member", 0, "fragile"], ["member", 0, "again"]])
        self.assertEqual({e["extensions"]["source"] for e in errors}, {"shop"})
        whole = self.data(query.replace("[1, 2]", "[1, 3]"))
        self.assertEqual([r["fragile"] for r in whole["member"]], [{"ratio": -10}, {"ratio": 10}])

    def test_down(self):
        world.people.stop()
        try:
            self.check_all_null()
        finally:
            world.people.start()
        time.sleep(0.1)
        deadline = time.monotonic() + 30
        while "errors" in self.engine.graphql(QUERY) and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(self.data(QUERY), rows(whole(1), whole(2), whole(3)), "back when the upstream is")

    def test_slow(self):
        world.people.delay = 6
        started = time.monotonic()
        self.check_all_null()
        took = time.monotonic() - started
        self.assertTrue(1.5 < took < 4.5, "the schema's timeout is 2 s; took %.1f" % took)

    def test_garbage(self):
        for raw in ((200, b"<html>"), (200, b""), (200, b"[]"), (200, b"{\"data\": 7}"), (200, b"{}"),
                    (200, b"{\"data\": {\"f0\": 5, \"f1\": []}}"), (200, b"{\"data\": {")):
            with self.subTest(raw):
                world.people.raw = raw
                self.check_all_null()

    def test_status_500(self):
        for body in (b"oops", b"{\"errors\": [{\"message\": \"boom\"}]}"):
            with self.subTest(body):
                world.people.raw = (500, body)
                self.check_all_null()

    def test_errors_without_data(self):
        world.people.raw = (200, b"{\"errors\": [{\"message\": \"boom\"}]}")
        self.assertEqual(self.check_all_null()[0]["message"], "boom")

    def test_data_null(self):
        world.people.raw = (200, b"{\"data\": null, \"errors\": [{\"message\": \"boom\"}]}")
        self.check_all_null()

    def test_partial_answer(self):
        world.people.fail_ids = {2: "boom"}
        data, errors = self.failing(QUERY)
        self.assertEqual(data, rows(whole(1), {"id": 2, "name": None}, whole(3)))
        self.assertEqual([(e["message"], e["path"]) for e in errors], [("boom", ["member", 1, "person", "name"])])
        self.assertEqual(errors[0]["extensions"].get("source"), "people")

    def test_partial_answer_with_an_empty_place(self):
        world.people.fail_ids = {2: "boom"}
        data, errors = self.failing("{ member(where: {id: {_lte: 3}}, order_by: {id: asc}) { id s: solid { must } } }")
        self.assertEqual([r["s"] for r in data["member"]], [{"must": "must 1"}, None, {"must": "must 3"}])
        self.assertEqual([(e["message"], e["path"]) for e in errors], [("boom", ["member", 1, "s", "must"])])

    def test_path_follows_client_aliases(self):
        world.people.fail_ids = {1: "boom"}
        _, errors = self.failing("{ m: member(where: {id: {_eq: 1}}) { c: customer { p: person { n: name } } } }")
        self.assertEqual([e["path"] for e in errors], [["m", 0, "c", "p", "n"]])

    def test_path_below_lists(self):
        world.people.fail_ids = {3: "boom"}
        data, errors = self.failing("{ member(where: {id: {_eq: 1}}) { friends { id name } } }")
        self.assertEqual(data["member"][0]["friends"], [{"id": 2, "name": "person 2"}, {"id": 3, "name": None}])
        self.assertEqual([e["path"] for e in errors], [["member", 0, "friends", 1, "name"]])

    def test_too_few_elements(self):
        def drop(response):
            response["data"].popitem()
            return response
        world.people.edit = drop
        data, errors = self.failing(QUERY)
        people = [r["person"] for r in data["member"]]
        self.assertEqual(people.count(None), 1)
        self.assertEqual(len(errors), 1)
        self.assertEqual(errors[0]["path"], ["member", people.index(None), "person"])

    def test_answers_in_another_order(self):
        def turn(response):
            response["data"] = dict(reversed(list(response["data"].items())))
            return response
        world.people.edit = turn
        self.assertEqual(self.data(QUERY), rows(whole(1), whole(2), whole(3)))

    def test_errors_null_or_empty_are_none(self):
        for nothing in (None, []):
            with self.subTest(nothing):
                world.people.edit = lambda response: dict(response, errors=nothing)
                self.assertEqual(self.data(QUERY), rows(whole(1), whole(2), whole(3)))

    def test_shared_key_failing(self):
        world.people.fail_ids = {2: "boom"}
        data, errors = self.failing("{ member(where: {ten: {_eq: 2}}) { ten_person { name } } }")
        self.assertEqual([r["ten_person"] for r in data["member"]], [{"name": None}] * 100)
        self.assertTrue(1 <= len(errors) <= 10, "%d errors" % len(errors))

    def test_failing_level_in_a_chain(self):
        world.people.raw = (500, b"oops")
        data, errors = self.failing("{ member(where: {id: {_eq: 1}}) { customer { name member { person { id } } } } }")
        self.assertEqual(data, {"member": [{"customer": {"name": "customer 1", "member": {"person": None}}}]})
        self.assertEqual([e["path"] for e in errors], [["member", 0, "customer", "member", "person"]])

    def test_failing_middle_of_a_chain(self):
        world.postgres.psql("shop", "alter table customers rename to customers_away")
        try:
            data, errors = self.failing("{ member(where: {id: {_eq: 1}}) { name customer { member { id } } person { id } } }")
        finally:
            world.postgres.psql("shop", "alter table customers_away rename to customers")
        self.assertEqual(data, {"member": [{"name": "member 1", "customer": None, "person": {"id": 1}}]})
        self.assertEqual([e["path"] for e in errors], [["member", 0, "customer"]])

    def test_no_inner_addresses_for_users(self):
        world.people.raw = (500, b"oops")
        answer = self.engine.graphql("{ member(limit: 1) { name person { id } } }", x_hasura_role="user")
        self.assertIn("errors", answer)
        self.assertNotIn("127.0.0.1", json.dumps(answer["errors"]))


class StrictResults(Case):
    def setUp(self):
        super().setUp()
        self.engine = world.engine(JOINERY_PARTIAL_RESULTS="false")
        for service in world.services():
            service.reset()

    def check(self):
        answer = self.engine.graphql(QUERY)
        self.assertEqual(list(answer), ["errors"], answer)
        self.assertEqual(len(answer["errors"]), 1)
        return answer["errors"][0]

    def test_partial_answer(self):
        world.people.fail_ids = {2: "boom"}
        error = self.check()
        self.assertEqual((error["message"], error["extensions"]["path"], error["extensions"]["code"]),
                         ("Errors from remote server", "$", "unexpected"))

    def test_garbage(self):
        world.people.raw = (200, b"<html>")
        self.check()

    def test_status_500(self):
        world.people.raw = (500, b"oops")
        self.check()

    def test_whole_answer(self):
        self.assertEqual(self.data(QUERY), rows(whole(1), whole(2), whole(3)))


class DownAtStart(Case):
    def test_others_serve(self):
        document = world.document()
        document["sources"].append({"name": "gone", "kind": "postgres", "tables": [{"table": "t"}], "configuration": {
            "connection_info": {"database_url": "postgresql://postgres@127.0.0.1:1/gone"}}})
        document["remote_schemas"].append({"name": "away", "definition": {"url": "http://127.0.0.1:1/"}})
        engine = world.new_engine(document)
        try:
            engine.await_field("{ member(limit: 1) { id } people(first: 1) { id } }")
            self.assertEqual(engine.graphql(QUERY)["data"], rows(whole(1), whole(2), whole(3)))
            _, body = engine.request("POST", "/v1/metadata", {"type": "get_inconsistent_metadata", "args": {}})
            names = {o.get("type"): o["name"] for o in json.loads(body)["inconsistent_objects"]}
            self.assertEqual(names, {"source": "source gone", "remote_schema": "remote_schema away"})
        finally:
            engine.stop()
